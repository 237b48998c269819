package io.cxr.train.report;

import io.cxr.Prediction;
import io.cxr.train.ReportedTraining;
import io.cxr.train.TrainingHistory.Epoch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Networks on one data set: the report's Table 11 with our figures beside its own, where it has
 * that network, as text, CSV, JSON and a web page.
 *
 * @param data name of the data set
 * @param labels the classes, in the order of the outputs
 * @param trainingImages images by class
 * @param validationImages images by class
 * @param patientsApart whether no patient is on both sides
 * @param asReported whether the networks were trained with the report's settings
 * @param seed the seed of split, weights and order
 * @param machine what the times were measured on
 * @param results one entry a trained network
 * @param leftOut why a network is not among them, by its name
 * @param localMaxima the experiment on the small CNN, if it was made
 */
public record NetworkComparison(
    String data,
    List<String> labels,
    Map<String, Integer> trainingImages,
    Map<String, Integer> validationImages,
    boolean patientsApart,
    boolean asReported,
    long seed,
    String machine,
    List<NetworkResult> results,
    Map<String, String> leftOut,
    Optional<LocalMaximaExperiment> localMaxima) {

  /** The columns of {@link #toCsv()}. */
  private static final String COLUMNS =
      "network,source,epochs,best_epoch,training_accuracy,training_loss,validation_accuracy,"
          + "validation_loss,model_bytes,parameters,trainable_parameters,seconds_an_epoch,"
          + "inference_ms\n";

  /** Checks the values. */
  public NetworkComparison {
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(machine, "machine");
    Objects.requireNonNull(localMaxima, "localMaxima");
    labels = List.copyOf(labels);
    trainingImages = new LinkedHashMap<>(trainingImages);
    validationImages = new LinkedHashMap<>(validationImages);
    results = List.copyOf(results);
    leftOut = new LinkedHashMap<>(leftOut);
  }

  /**
   * The table as comma-separated values: for each network a line with source {@code cxr} and, where
   * the report has it, one with source {@code report}. Ours are the figures of the best epoch,
   * which the model file holds; the report's are those of its last. What is not known is empty.
   *
   * @return the text, with a header line
   */
  public String toCsv() {
    StringBuilder csv = new StringBuilder(COLUMNS);
    for (NetworkResult result : results) {
      Epoch best = result.best();
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,cxr,%d,%d,%.6f,%.6f,%.6f,%.6f,%d,%d,%d,%.3f,%.3f\n",
              result.name(),
              result.history().epochs().size(),
              result.bestEpoch(),
              best.trainingAccuracy(),
              best.trainingLoss(),
              best.validationAccuracy(),
              best.validationLoss(),
              result.modelBytes(),
              result.parameters(),
              result.trainableParameters(),
              result.secondsAnEpoch(),
              result.inferenceMillis()));
      result.reported().ifPresent(reported -> csv.append(line(result.name(), reported)));
    }
    return csv.toString();
  }

  private static String line(String network, ReportedTraining reported) {
    return String.format(
        Locale.ROOT,
        "%s,report,%d,,%s,%s,%s,%s,%s,%d,%d,,\n",
        network,
        reported.epochs(),
        reported.trainingAccuracy(),
        reported.trainingLoss(),
        reported.validationAccuracy(),
        reported.validationLoss(),
        reported.modelMegabytes().isPresent()
            ? String.valueOf(Math.round(1e6 * reported.modelMegabytes().getAsDouble()))
            : "",
        reported.parameters(),
        reported.trainableParameters());
  }

  /**
   * All figures as JSON, histories and the report's figures included.
   *
   * @return one JSON object
   */
  public String toJson() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("data", data);
    root.put("labels", labels);
    root.put("trainingImages", trainingImages);
    root.put("validationImages", validationImages);
    root.put("patientsApart", patientsApart);
    root.put("settings", asReported ? "as reported" : "ours");
    root.put("seed", seed);
    root.put("machine", machine);
    List<Map<String, Object>> networks = new ArrayList<>();
    for (NetworkResult result : results) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("network", result.name());
      entry.put("settings", result.settings());
      entry.put("epochs", result.history().epochs().size());
      entry.put("bestEpoch", result.bestEpoch());
      entry.put("best", result.best());
      entry.put("modelBytes", result.modelBytes());
      entry.put("parameters", result.parameters());
      entry.put("trainableParameters", result.trainableParameters());
      entry.put("secondsAnEpoch", result.secondsAnEpoch());
      entry.put("inferenceMs", result.inferenceMillis());
      entry.put("metrics", result.validation().metrics());
      entry.put("confusion", result.validation().confusion().rows());
      entry.put("history", result.history().epochs());
      result.reported().ifPresent(reported -> entry.put("report", reported(reported)));
      networks.add(entry);
    }
    root.put("networks", networks);
    root.put("leftOut", leftOut);
    localMaxima.ifPresent(experiment -> root.put("localMaxima", experiment(experiment)));
    root.put("notice", Prediction.NOTICE);
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(root);
  }

  private static Map<String, Object> reported(ReportedTraining reported) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("epochs", reported.epochs());
    entry.put("trainingAccuracy", reported.trainingAccuracy());
    entry.put("trainingLoss", reported.trainingLoss());
    entry.put("validationAccuracy", reported.validationAccuracy());
    entry.put("validationLoss", reported.validationLoss());
    reported.modelMegabytes().ifPresent(size -> entry.put("modelMegabytes", size));
    entry.put("parameters", reported.parameters());
    entry.put("trainableParameters", reported.trainableParameters());
    List<Map<String, Object>> epochs = new ArrayList<>();
    for (ReportedTraining.ValidationEpoch epoch : reported.validation()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("accuracy", epoch.accuracy());
      epoch.loss().ifPresent(loss -> row.put("loss", loss));
      epochs.add(row);
    }
    entry.put("validation", epochs);
    return entry;
  }

  private static Map<String, Object> experiment(LocalMaximaExperiment experiment) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("mismatch", experiment.mismatch());
    entry.put("largestClass", experiment.largestClass());
    entry.put("largestTrainingClass", experiment.largestTrainingClass());
    List<Map<String, Object>> runs = new ArrayList<>();
    for (LocalMaximaExperiment.Run run : experiment.sweep()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("learningRate", run.learningRate());
      row.put("epsilon", run.epsilon());
      row.put("steps", run.steps());
      row.put("trainingAccuracy", run.last().trainingAccuracy());
      row.put("validationAccuracy", run.last().validationAccuracy());
      row.put("validationLoss", run.last().validationLoss());
      row.put("confusion", run.confusion().rows());
      row.put("oneAnswerOnly", run.collapsed());
      runs.add(row);
    }
    entry.put("sweep", runs);
    return entry;
  }

  /**
   * The table for a terminal.
   *
   * @return lines that end in a line feed
   */
  public String format() {
    String line = "%-18s %-7s %9s %9s %8s %9s %8s %9s %12s %12s %9s %9s\n";
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                line,
                "network",
                "source",
                "epoch",
                "train acc",
                "loss",
                "val acc",
                "loss",
                "model MB",
                "parameters",
                "trainable",
                "s/epoch",
                "ms/image"));
    for (NetworkResult result : results) {
      text.append(String.format(Locale.ROOT, line, ours(result).toArray()));
      result
          .reported()
          .ifPresent(
              reported ->
                  text.append(
                      String.format(Locale.ROOT, line, theirs(result.name(), reported).toArray())));
    }
    leftOut.forEach((network, why) -> text.append(network).append(": ").append(why).append('\n'));
    return text.append(Prediction.NOTICE).append('\n').toString();
  }

  static List<String> ours(NetworkResult result) {
    Epoch best = result.best();
    return List.of(
        result.name(),
        "cxr",
        result.bestEpoch() + " of " + result.history().epochs().size(),
        share(best.trainingAccuracy()),
        loss(best.trainingLoss()),
        share(best.validationAccuracy()),
        loss(best.validationLoss()),
        String.format(Locale.ROOT, "%.1f", result.modelBytes() / 1e6),
        String.format(Locale.ROOT, "%,d", result.parameters()),
        String.format(Locale.ROOT, "%,d", result.trainableParameters()),
        String.format(Locale.ROOT, "%.1f", result.secondsAnEpoch()),
        String.format(Locale.ROOT, "%.1f", result.inferenceMillis()));
  }

  static List<String> theirs(String network, ReportedTraining reported) {
    return List.of(
        network,
        "report",
        "last of " + reported.epochs(),
        share(reported.trainingAccuracy()),
        loss(reported.trainingLoss()),
        share(reported.validationAccuracy()),
        loss(reported.validationLoss()),
        reported.modelMegabytes().isPresent()
            ? String.format(Locale.ROOT, "%.1f", reported.modelMegabytes().getAsDouble())
            : "-",
        String.format(Locale.ROOT, "%,d", reported.parameters()),
        String.format(Locale.ROOT, "%,d", reported.trainableParameters()),
        "-",
        "-");
  }

  static String share(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  static String loss(double loss) {
    return String.format(Locale.ROOT, "%.4f", loss);
  }

  /**
   * The comparison as a web page: one file, with its pictures in it and without a reference to any
   * other.
   *
   * @return HTML that is well-formed XML too
   * @throws IllegalStateException if Java finds no font for the figures
   */
  public String toHtml() {
    return ComparisonPage.of(this);
  }

  /**
   * The figures on the page, by the file name without extension that suits them.
   *
   * @return curves and confusion matrices of all networks, and the matrix of the small CNN under
   *     the report's Adam
   */
  public Map<String, Figure> figures() {
    Map<String, Figure> figures = new LinkedHashMap<>();
    for (NetworkResult result : results) {
      figures.put(result.name() + ".curves", ComparisonPage.curves(result));
      figures.put(result.name() + ".confusion", ComparisonPage.confusion(result));
    }
    localMaxima
        .flatMap(ComparisonPage::collapse)
        .ifPresent(figure -> figures.put("local-maxima-cnn.reported-adam.confusion", figure));
    return figures;
  }
}
