package io.cxr.commandline;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ConfusionMatrix;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.report.ConfusionMatrixChart;
import io.cxr.train.report.Figure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Draws a confusion matrix. */
@Command(
    name = "confusion",
    description = {
      "Draws a confusion matrix: of the output of 'cxr evaluate --json', or of a model and a"
          + " folder",
      "with one subfolder per class.%n"
    },
    mixinStandardHelpOptions = true)
final class ConfusionCommand implements Callable<Integer> {
  /** A matrix of more radiographs is a broken file. */
  private static final long MOST = 10_000_000;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "EVALUATION.json",
      description = "What 'cxr evaluate --json' printed.")
  private @Nullable Path evaluation;

  @Option(names = "--model", paramLabel = "MODEL.onnx", description = "The model.")
  private @Nullable Path model;

  @Option(names = "--data", paramLabel = "DIR", description = "The radiographs.")
  private @Nullable Path data;

  @Mixin private DeviceOption device;

  @Mixin private EvaluatedFolder evaluated;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The image to write, .png or .svg.")
  private Path out;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "By default the names of model and data.")
  private @Nullable String title;

  @Override
  public Integer call() throws IOException {
    Figure.checkName(out);
    int failed = 0;
    String name;
    ConfusionMatrix matrix;
    if (evaluation != null && model == null && data == null) {
      JsonNode json = read(evaluation);
      matrix = matrix(json, evaluation);
      JsonNode modelName = json.path("model").path("name");
      name =
          (modelName.isString() ? modelName.asString() : "model")
              + (json.path("data").isString() ? " on " + json.path("data").asString() : "");
    } else if (evaluation == null && model != null && data != null) {
      List<String> truth = new ArrayList<>();
      List<String> answers = new ArrayList<>();
      try (OnnxClassifier classifier =
          OnnxClassifier.builder(model).session(device.settings()).open()) {
        classifier.card().task().requireExclusiveLabels("Confusion matrix");
        List<String> labels = classifier.card().labels();
        ImageSet folder = evaluated.open(data, labels, null);
        RadiographFiles.sayLeftOut(spec.commandLine().getErr(), folder.leftOut());
        name = classifier.model().name() + " on " + folder.name();
        failed = classify(classifier, folder, truth, answers);
        matrix = ConfusionMatrix.of(labels, truth, answers);
      }
    } else {
      throw new IllegalArgumentException(
          "Expected an evaluation file, or both --model and --data.");
    }
    ConfusionMatrixChart.of(title == null ? name : title, matrix).write(out);
    PrintWriter writer = spec.commandLine().getOut();
    writer.println(out);
    writer.flush();
    return failed == 0 ? 0 : 1;
  }

  private int classify(
      OnnxClassifier classifier, ImageSet folder, List<String> truth, List<String> answers) {
    PrintWriter err = spec.commandLine().getErr();
    int failed = 0;
    for (LabelledRadiograph item : folder.items()) {
      try {
        answers.add(classifier.classify(item.read()).top().label());
        truth.add(item.label());
      } catch (IOException | RuntimeException e) {
        failed++;
        Cxr.failed(err, item.file(), e);
      }
    }
    return failed;
  }

  private static JsonNode read(Path file) throws IOException {
    try {
      return new JsonMapper().readTree(Files.readString(file));
    } catch (JacksonException | CharacterCodingException e) {
      throw new IOException(
          file + ": expected what 'cxr evaluate --json' prints, found no JSON", e);
    }
  }

  private static ConfusionMatrix matrix(JsonNode json, Path file) throws IOException {
    JsonNode labels = json.path("labels");
    JsonNode rows = json.path("confusion");
    List<String> names = new ArrayList<>();
    labels.forEach(label -> names.add(label.asString("")));
    boolean square =
        labels.isArray()
            && rows.isArray()
            && !names.isEmpty()
            && names.stream().distinct().count() == names.size()
            && rows.size() == names.size();
    long total = 0;
    for (JsonNode row : rows) {
      square &= row.isArray() && row.size() == names.size();
      for (JsonNode count : row) {
        square &= count.isInt() && count.asInt() >= 0;
        total += square ? count.asInt() : 0;
      }
    }
    if (!square || total > MOST) {
      throw new IOException(
          file
              + ": expected 'labels' and a square matrix of counts as 'confusion', as 'cxr evaluate"
              + " --json' prints them, found something else");
    }
    List<String> truth = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    for (int row = 0; row < names.size(); row++) {
      for (int column = 0; column < names.size(); column++) {
        for (int i = rows.get(row).get(column).asInt(); i > 0; i--) {
          truth.add(names.get(row));
          answers.add(names.get(column));
        }
      }
    }
    return ConfusionMatrix.of(names, truth, answers);
  }
}
