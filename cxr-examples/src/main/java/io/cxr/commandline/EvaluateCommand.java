package io.cxr.commandline;

import io.cxr.CxrException;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model on a folder of radiographs with known labels. */
@Command(
    name = "evaluate",
    description = "Measures a model on a folder that holds one folder a class.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "The radiographs.")
  private Path data;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    List<String> truth = new ArrayList<>();
    List<Prediction> predictions = new ArrayList<>();
    int failed = 0;
    Map<String, Object> result = new LinkedHashMap<>();
    ClassificationReport report;
    try (OnnxClassifier classifier =
        model == null ? OnnxClassifier.openDefault() : OnnxClassifier.open(model)) {
      ImageFolder folder = ImageFolder.builder(data).classes(classifier.card().labels()).open();
      for (LabelledRadiograph item : folder.items()) {
        try {
          predictions.add(classifier.classify(item.read()));
          truth.add(item.label());
        } catch (IOException | CxrException e) {
          failed++;
          err.println("cxr: " + item.file() + ": " + Cxr.reason(e));
          err.flush();
        }
      }
      if (predictions.isEmpty()) {
        err.println("cxr: none of " + failed + " radiographs could be classified.");
        return 1;
      }
      report = ClassificationReport.of(classifier.card().labels(), truth, predictions);
      result.put("model", Json.model(classifier.model()));
      result.put("data", folder.name());
    }
    result.putAll(Json.report(report));
    result.put("failed", failed);
    result.put("notice", Prediction.NOTICE);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.line(result));
    } else {
      out.println(report.format());
    }
    out.flush();
    return failed == 0 ? 0 : 1;
  }
}
