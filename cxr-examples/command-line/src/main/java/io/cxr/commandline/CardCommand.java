package io.cxr.commandline;

import io.cxr.model.ModelCard;
import io.cxr.model.ModelOrigin;
import io.cxr.train.export.ModelCardFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the card of a model file, and changes what its user may change. */
@Command(
    name = "card",
    description = {
      "Shows the card of a model file as JSON, and with --out writes the model with another name or",
      "origin. What was measured or fitted, and what the graph needs, cannot be changed here."
    },
    mixinStandardHelpOptions = true)
final class CardCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Option(
      names = "--out",
      paramLabel = "FILE.onnx",
      description = "The file to write; may be the model itself.")
  private @Nullable Path file;

  @Option(names = "--name", paramLabel = "TEXT", description = "The model's new name.")
  private @Nullable String name;

  @Option(names = "--model-version", paramLabel = "TEXT", description = "Its new version.")
  private @Nullable String version;

  @Option(names = "--architecture", paramLabel = "TEXT", description = "The kind of network.")
  private @Nullable String architecture;

  @Option(
      names = "--origin",
      paramLabel = "TEXT",
      description = "Whose network it is; of adopted ones.")
  private @Nullable String origin;

  @Option(names = "--licence", paramLabel = "TEXT", description = "The licence of its weights.")
  private @Nullable String licence;

  @Option(names = "--url", paramLabel = "URL", description = "Where it is published.")
  private @Nullable String url;

  @Override
  public Integer call() throws IOException {
    ModelCard card =
        ModelCardFile.read(model)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        model + ": expected a model card, found none. Adopt the file: cxr adopt."));
    ModelCard changed = changed(card);
    if (file == null && !changed.equals(card)) {
      throw new IllegalArgumentException(
          "--out: expected the file to write the changed model to, found none.");
    }
    if (file != null) {
      OutputName.check("--out", file, ".onnx");
      ModelCardFile.write(model, changed, file);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(changed.toJson());
    out.flush();
    return 0;
  }

  private ModelCard changed(ModelCard card) {
    ModelCard.Builder builder = card.toBuilder();
    if (name != null) {
      builder.name(name);
    }
    if (version != null) {
      builder.version(version);
    }
    if (architecture != null) {
      builder.architecture(architecture);
    }
    if (origin != null || licence != null || url != null) {
      ModelOrigin before =
          card.origin()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "--origin, --licence, --url: expected an adopted network, found one that"
                              + " was trained with this software."));
      builder.origin(
          new ModelOrigin(
              origin == null ? before.network() : origin,
              before.file(),
              before.sha256(),
              licence == null ? before.licence() : licence,
              url == null ? before.url() : url));
    }
    return builder.build();
  }
}
