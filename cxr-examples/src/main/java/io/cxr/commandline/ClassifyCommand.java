package io.cxr.commandline;

import io.cxr.CxrException;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.explain.Explanation;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Classifies radiographs. */
@Command(
    name = "classify",
    description = "Classifies radiographs; a bad file is named and does not stop the others.",
    mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Radiographs, or folders of them.")
  private List<Path> inputs;

  @Option(names = "--json", description = "Prints one JSON object a radiograph.")
  private boolean json;

  @Option(
      names = "--heatmap",
      paramLabel = "DIR",
      description = "Writes a PNG for each radiograph that shows what spoke for its label.")
  private @Nullable Path heatmaps;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Keeps the optimised model there, so that the next start is faster.")
  private @Nullable Path cache;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int failed = 0;
    List<RadiographFiles.Named> files = RadiographFiles.of(inputs);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("Inputs: expected at least one image, found none.");
    }
    try (OnnxClassifier classifier = open();
        PipelineResults<RadiographFiles.Named> results =
            InferencePipeline.of(classifier, ClassifyCommand::decode)
                .heatmaps(heatmaps != null)
                .build()
                .run(files)) {
      while (results.hasNext()) {
        PipelineResult<RadiographFiles.Named> result = results.next();
        RadiographFiles.Named file = result.item();
        try {
          print(out, file, prediction(result));
        } catch (IOException | CxrException e) {
          failed++;
          err.println("cxr: " + file.path() + ": " + Cxr.reason(e));
          err.flush();
          if (json) {
            out.println(Json.line(Json.failure(file.path().toString(), e)));
          }
        }
        out.flush();
      }
    }
    if (failed > 0) {
      err.printf("cxr: %d of %d radiographs failed.%n", failed, files.size());
    }
    if (!json) {
      err.println(Prediction.NOTICE);
    }
    return failed == 0 ? 0 : 1;
  }

  private OnnxClassifier open() throws IOException {
    OnnxClassifier.Builder builder =
        model == null ? OnnxClassifier.builder() : OnnxClassifier.builder(model);
    return cache == null ? builder.open() : builder.cache(cache).open();
  }

  private static Radiograph decode(RadiographFiles.Named file, DecodeBuffers buffers)
      throws IOException {
    return RadiographReader.standard().read(file.path(), buffers);
  }

  private Prediction prediction(PipelineResult<RadiographFiles.Named> result) throws IOException {
    Exception failure = result.failure().orElse(null);
    if (failure instanceof IOException unreadable) {
      throw unreadable;
    }
    if (failure instanceof RuntimeException refused) {
      throw refused;
    }
    Prediction prediction = result.prediction().orElseThrow();
    Explanation explanation = result.explanation().orElse(null);
    if (heatmaps != null && explanation != null) {
      RadiographFiles.Named file = result.item();
      Path target = heatmaps.resolve(file.name() + ".heatmap.png");
      Files.createDirectories(target.toAbsolutePath().getParent());
      // Read again: a film for every item on its way would be a lot of memory.
      HeatmapOverlay.builder(Radiograph.read(file.path()), explanation.heatmap())
          .prediction(prediction)
          .build()
          .write(target);
    }
    return prediction;
  }

  private void print(PrintWriter out, RadiographFiles.Named file, Prediction prediction) {
    if (json) {
      out.println(Json.line(Json.prediction(file.path().toString(), prediction)));
      return;
    }
    StringBuilder line = new StringBuilder(file.path().toString());
    for (LabelProbability entry : prediction.probabilities()) {
      line.append(
          String.format(Locale.ROOT, "  %s %.2f %%", entry.label(), 100 * entry.probability()));
    }
    out.println(line);
  }
}
