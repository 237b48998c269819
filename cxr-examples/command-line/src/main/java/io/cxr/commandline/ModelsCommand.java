package io.cxr.commandline;

import io.cxr.error.CxrException;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.train.export.ModelCardFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the model files of a folder. */
@Command(
    name = "models",
    description = "Lists the model files of a folder and what their cards say.",
    mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "A folder with model files.")
  private Path folder;

  @Option(names = "--json", description = "One JSON object a file and line.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files =
          all.filter(each -> String.valueOf(each).toLowerCase(Locale.ROOT).endsWith(".onnx"))
              .sorted()
              .toList();
    }
    PrintWriter out = spec.commandLine().getOut();
    int failed = 0;
    for (Path each : files) {
      try {
        Optional<ModelCard> card = ModelCardFile.read(each);
        Map<String, Object> object = object(each, card);
        out.println(json ? Json.line(object) : line(object));
      } catch (IOException | CxrException e) {
        Cxr.failed(spec.commandLine().getErr(), each, e);
        failed++;
      }
    }
    if (files.isEmpty()) {
      spec.commandLine().getErr().println("cxr: " + folder + ": no file ends in .onnx");
    }
    out.flush();
    return failed == 0 ? 0 : 1;
  }

  private static Map<String, Object> object(Path file, Optional<ModelCard> found)
      throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", String.valueOf(file.getFileName()));
    object.put("bytes", Files.size(file));
    if (found.isEmpty()) {
      object.put("card", false);
      return object;
    }
    ModelCard card = found.get();
    InputShape shape = card.preprocessing().inputShape();
    object.put("card", true);
    object.put("name", card.name());
    object.put("version", card.version());
    object.put("architecture", card.architecture());
    object.put("task", card.task().kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    object.put("labels", card.labels());
    object.put("input", List.of(shape.channels(), shape.rows(), shape.columns()));
    object.put("calibrated", card.calibration().isPresent());
    object.put("operatingPoints", card.thresholds().size());
    object.put("noveltyGate", card.novelty().isPresent());
    object.put("adopted", card.origin().isPresent());
    object.put("licence", card.origin().map(origin -> origin.licence()).orElse(""));
    return object;
  }

  private static String line(Map<String, Object> object) {
    if (Boolean.FALSE.equals(object.get("card"))) {
      return object.get("file") + ": no model card (cxr adopt makes one)";
    }
    List<String> words = new ArrayList<>();
    words.add(object.get("name") + " " + object.get("version"));
    words.add(String.valueOf(object.get("architecture")));
    words.add(object.get("task") + " of " + object.get("labels"));
    words.add(
        Boolean.TRUE.equals(object.get("calibrated"))
            ? "calibrated, " + object.get("operatingPoints") + " operating points"
            : "not calibrated");
    words.add(Boolean.TRUE.equals(object.get("noveltyGate")) ? "novelty gate" : "no novelty gate");
    if (Boolean.TRUE.equals(object.get("adopted"))) {
      String licence = String.valueOf(object.get("licence"));
      words.add("adopted, licence " + (licence.isEmpty() ? "not told" : licence));
    }
    return object.get("file") + ": " + String.join("; ", words);
  }
}
