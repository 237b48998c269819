package io.cxr.commandline;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.evaluation.Evaluation;
import io.cxr.evaluation.EvaluationBuilder;
import io.cxr.evaluation.FindingsEvaluation;
import io.cxr.evaluation.FindingsEvaluationBuilder;
import io.cxr.evaluation.MeasurementsEvaluation;
import io.cxr.evaluation.PositiveClass;
import io.cxr.model.ModelCard;
import io.cxr.model.Task;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model on a folder of radiographs with known labels. */
@Command(
    name = "evaluate",
    description = {
      "Evaluates a model on a folder with one subfolder per class, some or all of the model's; a",
      "model of findings or measurements on a table.",
      "Radiographs without a prediction are named and counted: every metric is given without",
      "them, and with them counted as wrong. Exit code 1 if there are any.%n"
    },
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR|CSV",
      description = {
        "The radiographs. Of findings and measurements a CSV with the column file (relative to the",
        "CSV), maybe patient, and one for each finding (1 present, 0 absent, -1 or blank unknown)"
            + " or",
        "measurement (a number or blank)."
      })
  private Path data;

  @Mixin private EvaluatedFolder evaluated;

  @Mixin private SubsetOption subset;

  @Option(
      names = "--patients",
      paramLabel = "FILE",
      description = {
        "CSV with the columns file, label, patient, and others: confidence intervals then resample",
        "patients instead of images, because images of a patient are not independent."
      })
  private @Nullable Path patients;

  @Option(
      names = "--by",
      paramLabel = "COLUMN",
      description = {
        "Repeats the metrics for each value of a column of --patients, such as source, view, sex"
            + " or",
        "age (numbers of a column called age in bands), and names the largest gaps. Of DICOM"
            + " files,",
        "view, sex and age are read from the files where the table lacks the column."
      })
  private @Nullable String column;

  @Option(
      names = "--boxes",
      paramLabel = "FILE",
      description = {
        "CSV with the columns file, left, top, width and height, in fractions of the image: says"
            + " how",
        "often the hottest point of the heatmap of an image's class lies in a box."
      })
  private @Nullable Path boxes;

  @Option(
      names = "--positive",
      paramLabel = "CLASS",
      description = {
        "The positive class of a two-class model; by default the one that is not called normal,",
        "clear, healthy, negative, control or no finding."
      })
  private @Nullable String positive;

  @Option(names = "--seed", paramLabel = "N", description = "The seed of the resamples; 0.")
  private long seed;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    Evaluation evaluation;
    EvaluationReport report;
    try (OnnxClassifier classifier = model.open(err)) {
      ModelCard card = classifier.card();
      if (card.task().kind() != Task.Kind.EXCLUSIVE_LABELS) {
        return ofTable(classifier, card.task());
      }
      String finding = positiveClass(card.labels());
      ImageFolder folder = evaluated.open(data, card.labels(), patients);
      RadiographFiles.sayLeftOut(err, folder.leftOut());
      List<LabelledRadiograph> items = subset.of(folder, card);
      Map<LabelledRadiograph, String> values =
          column == null ? Map.of() : Subgroups.of(column, folder, items, patients);
      EvaluationBuilder whole = builder(card);
      Map<String, EvaluationBuilder> parts = new TreeMap<>();
      try (PipelineResults<LabelledRadiograph> results =
          InferencePipeline.<LabelledRadiograph>of(
                  classifier,
                  (item, buffers) -> RadiographReader.standard().read(item.file(), buffers))
              .build()
              .run(items)) {
        while (results.hasNext()) {
          PipelineResult<LabelledRadiograph> result = results.next();
          result.failure().ifPresent(failure -> name(err, result.item().file(), failure));
          add(whole, folder, result);
          String value = values.get(result.item());
          if (value != null) {
            add(parts.computeIfAbsent(value, key -> builder(card)), folder, result);
          }
        }
      }
      evaluation = whole.build();
      Map<String, Evaluation> byValue = new LinkedHashMap<>();
      parts.forEach((value, part) -> byValue.put(value, part.build()));
      report =
          new EvaluationReport(
              classifier.model(),
              folder.name(),
              finding,
              evaluation,
              column,
              byValue,
              boxes == null ? null : PointedFilms.of(classifier, folder, boxes, seed, err));
    }
    return print(
        json ? Json.line(report.toJson()) : report.format(),
        evaluation.images(),
        evaluation.answered());
  }

  private int print(String report, int images, int answered) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(report);
    out.flush();
    int failed = images - answered;
    if (failed > 0) {
      PrintWriter err = spec.commandLine().getErr();
      err.printf("cxr: %d of %d radiographs have no answer.%n", failed, images);
      err.flush();
    }
    return failed == 0 ? 0 : 1;
  }

  /** Of findings or measurements, which a table has and folders cannot have. */
  private int ofTable(OnnxClassifier classifier, Task task) throws IOException {
    if (column != null
        || boxes != null
        || positive != null
        || patients != null
        || subset.isGiven()) {
      throw new IllegalArgumentException(
          "cxr evaluate: --by, --boxes, --positive, --patients and --subset are for exclusive"
              + " labels, found a model of "
              + task.labels()
              + ". Put patients into the column patient of --data.");
    }
    if (!Files.isRegularFile(data)) {
      throw new IllegalArgumentException(
          "--data: expected a CSV file with a column for each of "
              + task.labels()
              + ", found no file "
              + data
              + ".");
    }
    TruthTable table = TruthTable.open(data, task);
    return switch (task.kind()) {
      case EXCLUSIVE_LABELS -> throw new AssertionError(task);
      case FINDINGS -> ofFindings(classifier, (Task.Findings) task, table);
      case MEASUREMENTS -> ofMeasurements(classifier, (Task.Measurements) task, table);
    };
  }

  private int ofFindings(OnnxClassifier classifier, Task.Findings task, TruthTable table) {
    ModelCard card = classifier.card();
    FindingsEvaluationBuilder builder =
        FindingsEvaluation.builder(task).thresholds(card.thresholds()).seed(seed);
    card.conformal().ifPresent(builder::conformal);
    forEach(
        classifier,
        table,
        result -> {
          TruthTable.Film film = result.item();
          FindingStates truth = table.findings(film);
          result
              .prediction()
              .ifPresentOrElse(
                  answer -> builder.answered(film.name(), film.patient(), truth, answer),
                  () -> builder.refused(film.name(), film.patient(), truth, code(result)));
        });
    FindingsEvaluation found = builder.build();
    String name = String.valueOf(data.getFileName());
    return print(
        json
            ? Json.line(TaskEvaluation.toJson(classifier.model(), name, found))
            : TaskEvaluation.format(classifier.model(), name, found),
        found.images(),
        found.answered());
  }

  private int ofMeasurements(OnnxClassifier classifier, Task.Measurements task, TruthTable table) {
    MeasurementsEvaluation.Builder builder = MeasurementsEvaluation.builder(task).seed(seed);
    forEach(
        classifier,
        table,
        result -> {
          TruthTable.Film film = result.item();
          double[] truth = table.values(film);
          result
              .prediction()
              .ifPresentOrElse(
                  answer -> builder.answered(film.name(), film.patient(), truth, answer),
                  () -> builder.refused(film.name(), film.patient(), truth, code(result)));
        });
    MeasurementsEvaluation found = builder.build();
    String name = String.valueOf(data.getFileName());
    return print(
        json
            ? Json.line(TaskEvaluation.toJson(classifier.model(), name, found))
            : TaskEvaluation.format(classifier.model(), name, found),
        found.images(),
        found.answered());
  }

  private void forEach(
      OnnxClassifier classifier,
      TruthTable table,
      Consumer<PipelineResult<TruthTable.Film>> consumer) {
    PrintWriter err = spec.commandLine().getErr();
    try (PipelineResults<TruthTable.Film> results =
        InferencePipeline.<TruthTable.Film>of(
                classifier,
                (film, buffers) -> RadiographReader.standard().read(film.file(), buffers))
            .build()
            .run(table.films())) {
      while (results.hasNext()) {
        PipelineResult<TruthTable.Film> result = results.next();
        result.failure().ifPresent(failure -> name(err, result.item().file(), failure));
        consumer.accept(result);
      }
    }
  }

  private static String code(PipelineResult<?> result) {
    return code(result.failure().orElseThrow());
  }

  /** An empty text if the model has not two labels. */
  private String positiveClass(List<String> labels) {
    if (positive == null) {
      return PositiveClass.of(labels).orElse("");
    }
    if (labels.size() != 2 || !labels.contains(positive)) {
      throw new IllegalArgumentException(
          "--positive: expected one label of a model that has two, found "
              + positive
              + " for a model of "
              + labels);
    }
    return positive;
  }

  private EvaluationBuilder builder(ModelCard card) {
    EvaluationBuilder builder =
        Evaluation.builder(card.labels()).thresholds(card.thresholds()).seed(seed);
    card.conformal().ifPresent(builder::conformal);
    return builder;
  }

  private static void add(
      EvaluationBuilder builder, ImageFolder folder, PipelineResult<LabelledRadiograph> result) {
    LabelledRadiograph item = result.item();
    String file = folder.nameOf(item);
    if (result.failure().isPresent()) {
      builder.refused(file, item.patient(), item.label(), code(result.failure().get()));
    } else {
      builder.answered(file, item.patient(), item.label(), result.prediction().orElseThrow());
    }
  }

  private static void name(PrintWriter err, Path file, Exception failure) {
    err.println("cxr: " + file + ": " + code(failure) + ": " + Cxr.reason(failure));
    err.flush();
  }

  /** Why there is no answer, to count by. */
  private static String code(Exception failure) {
    if (failure instanceof UnsupportedRadiographException refusal) {
      return refusal.reason().name();
    }
    return failure instanceof IOException ? "UNREADABLE" : "FAILED";
  }
}
