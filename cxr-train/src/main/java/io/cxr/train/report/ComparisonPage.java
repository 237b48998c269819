package io.cxr.train.report;

import io.cxr.Prediction;
import io.cxr.train.TrainingHistory.Epoch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes a comparison as one HTML page. Every text that is not ours is escaped. */
final class ComparisonPage {
  private static final String STYLE =
      """
      :root { color-scheme: light; }
      body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: #fff; color: #1d2733;
        font: 1rem/1.55 system-ui, sans-serif; }
      h1 { font-size: 1.6rem; line-height: 1.25; margin: .6rem 0; }
      h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; }
      h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
      .notice { background: #fff4e0; border-left: 4px solid #d4690f; padding: .6rem .9rem;
        font-weight: 600; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
      th, td { padding: .35rem .6rem; text-align: right; white-space: nowrap;
        border-bottom: 1px solid #e3e7ec; }
      th { font-weight: 600; vertical-align: bottom; }
      th:first-child, td:first-child { text-align: left; }
      tr.report td { color: #5b6775; }
      .figures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
      .figures > div { min-width: 0; max-width: 100%; }
      svg.figure { display: block; width: 100%; height: auto; border: 1px solid #e3e7ec; }
      .curves { flex: 1 1 100%; }
      .confusion { flex: 0 1 26rem; }
      .small { color: #5b6775; font-size: .9rem; }
      code { font-size: .92em; }
      """;

  private final StringBuilder html = new StringBuilder();
  private final NetworkComparison comparison;

  private ComparisonPage(NetworkComparison comparison) {
    this.comparison = comparison;
  }

  static String of(NetworkComparison comparison) {
    return new ComparisonPage(comparison).page();
  }

  static Figure curves(NetworkResult result) {
    TrainingCurves curves = TrainingCurves.of(result.name(), result.history(), result.bestEpoch());
    return result.reported().map(curves::beside).orElse(curves);
  }

  static Figure confusion(NetworkResult result) {
    return ConfusionMatrixChart.of(
        result.name() + ": validation images", result.validation().confusion());
  }

  static Optional<Figure> collapse(LocalMaximaExperiment experiment) {
    return experiment.sweep().stream()
        .filter(LocalMaximaExperiment.Run::isReported)
        .findFirst()
        .map(
            run ->
                ConfusionMatrixChart.of(
                    "Adam(0.003, epsilon 0.1), " + run.steps() + " steps", run.confusion()));
  }

  private String page() {
    String title = "Networks on " + comparison.data();
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
        .append("<title>")
        .append(Html.escape(title))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n");
    element("h1", title);
    html.append("<p class=\"notice\">")
        .append(Html.escape(Prediction.NOTICE))
        .append(
            " Figures hold for images from the same sources; where classes come from different"
                + " hospitals, a network learns the hospital.</p>\n");
    element(
        "p",
        String.format(
            Locale.ROOT,
            "%s, trained on %s, validated on %s; %s. Seed %d. %s",
            String.join(" against ", comparison.labels()),
            counts(comparison.trainingImages()),
            counts(comparison.validationImages()),
            comparison.patientsApart()
                ? "no patient is on both sides"
                : "patients may be on both sides, which flatters the figures",
            comparison.seed(),
            comparison.asReported()
                ? "Every network has the settings of the 2022 report."
                : "The networks are trained with settings that work here."));
    table();
    for (NetworkResult result : comparison.results()) {
      network(result);
    }
    comparison.localMaxima().ifPresent(this::localMaxima);
    html.append("</body>\n</html>\n");
    return html.toString();
  }

  private static String counts(Map<String, Integer> images) {
    List<String> parts = new ArrayList<>();
    images.forEach((label, count) -> parts.add(count + " " + label));
    return String.join(" and ", parts) + " images";
  }

  private void element(String name, String text) {
    html.append('<').append(name).append('>').append(Html.escape(text));
    html.append("</").append(name).append(">\n");
  }

  private void row(String cell, String kind, List<String> cells) {
    html.append(kind.isEmpty() ? "<tr>" : "<tr class=\"" + kind + "\">");
    cells.forEach(text -> element(cell, text));
    html.append("</tr>\n");
  }

  private void table() {
    element("h2", "The table");
    html.append("<div class=\"wide\"><table>\n<thead>\n");
    row(
        "th",
        "",
        List.of(
            "network",
            "",
            "epoch",
            "training accuracy",
            "training loss",
            "validation accuracy",
            "validation loss",
            "model, MB",
            "parameters",
            "trainable",
            "s an epoch",
            "ms an image"));
    html.append("</thead>\n<tbody>\n");
    for (NetworkResult result : comparison.results()) {
      row("td", "", NetworkComparison.ours(result));
      result
          .reported()
          .ifPresent(
              reported -> row("td", "report", NetworkComparison.theirs(result.name(), reported)));
    }
    html.append("</tbody>\n</table></div>\n");
    html.append("<p class=\"small\">")
        .append(
            Html.escape(
                "Ours are the figures of the epoch in the model file, the report's those of its"
                    + " last epoch, on other images. Model: ours is ONNX without optimiser state,"
                    + " the report's Keras HDF5 with it. ms an image: median of single"
                    + " answers, preprocessing included, reading the file not. Measured on "
                    + comparison.machine()
                    + "."))
        .append("</p>\n");
    comparison.leftOut().forEach((network, why) -> element("p", network + ": " + why));
  }

  private void network(NetworkResult result) {
    element("h2", result.name());
    Epoch last = result.history().epochs().get(result.history().epochs().size() - 1);
    element(
        "p",
        String.format(
            Locale.ROOT,
            "The model file holds epoch %d of %d, with a validation accuracy of %s%s; the last"
                + " epoch has %s. Settings: %s.",
            result.bestEpoch(),
            result.history().epochs().size(),
            NetworkComparison.share(result.best().validationAccuracy()),
            result.validation().auroc().isPresent()
                ? String.format(
                    Locale.ROOT, " and an AUROC of %.4f", result.validation().auroc().getAsDouble())
                : "",
            NetworkComparison.share(last.validationAccuracy()),
            String.join(
                ", ",
                new TreeMap<>(result.settings())
                    .entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList())));
    html.append("<div class=\"figures\">\n");
    figure("curves", curves(result));
    figure("confusion", confusion(result));
    html.append("</div>\n");
  }

  private void figure(String kind, Figure figure) {
    html.append("<div class=\"").append(kind).append("\">").append(figure.toInlineSvg());
    html.append("</div>\n");
  }

  private void localMaxima(LocalMaximaExperiment experiment) {
    OneHotMismatch mismatch = experiment.mismatch();
    element("h2", "Why the report's small CNN stood still");
    element(
        "p",
        "The report shows a validation accuracy of 50 % at every epoch, a validation loss of 0.72"
            + " to 0.76 and a training accuracy of about 75 %, and blames a bad optimum. Two other"
            + " things explain both figures.");
    element("h3", "50 %: one-hot labels against one sigmoid");
    element(
        "p",
        "The network has one sigmoid. Its training labels were 0 or 1, but its validation labels"
            + " were left at one-hot pairs. Keras compares the one answer with both entries of a"
            + " pair, and exactly one of them always matches. So it prints 50 % whatever the"
            + " network answers, and as loss the mean of -ln p and -ln(1 - p), which knows nothing"
            + " of the truth and is never below ln 2 = 0.6931. The trained network of this page, on"
            + " the same validation images:");
    html.append("<div class=\"wide\"><table>\n<thead>\n");
    row("th", "", List.of("", "accuracy", "loss"));
    html.append("</thead>\n<tbody>\n");
    row(
        "td",
        "",
        List.of(
            "compared with the true label",
            NetworkComparison.share(mismatch.honestAccuracy()),
            NetworkComparison.loss(mismatch.honestLoss())));
    row(
        "td",
        "",
        List.of(
            "compared with one-hot labels, as the report did",
            NetworkComparison.share(mismatch.accuracy()),
            NetworkComparison.loss(mismatch.loss())));
    html.append("</tbody>\n</table></div>\n");
    element(
        "p",
        "The surer the network, the worse the second loss. Here the mistake cannot be made: a"
            + " caller gives images with class names, never label tensors, and the targets of"
            + " training and validation alike are made from the names and the network's own last"
            + " layer: one number for one sigmoid, one entry a class otherwise.");
    if (experiment.sweep().isEmpty()) {
      return;
    }
    element("h3", "75 %: the larger class, under Adam with epsilon 0.1");
    element(
        "p",
        String.format(
            Locale.ROOT,
            "In the report about 73 %% of the images are of one class, and an answer that never"
                + " changes gets that. Here the larger class has %s of the training and %s of the"
                + " validation images. Adam divides a step by the root of the mean squared gradient"
                + " plus epsilon; where gradients are far below 0.1, epsilon 0.1 makes steps"
                + " many times smaller, and %d steps do not go far. The same network, seed and"
                + " images, last weights:",
            NetworkComparison.share(experiment.largestTrainingClass()),
            NetworkComparison.share(experiment.largestClass()),
            experiment.sweep().get(0).steps()));
    html.append("<div class=\"wide\"><table>\n<thead>\n");
    row(
        "th",
        "",
        List.of(
            "learning rate",
            "epsilon",
            "training accuracy",
            "validation accuracy",
            "validation loss",
            "answers"));
    html.append("</thead>\n<tbody>\n");
    for (LocalMaximaExperiment.Run run : experiment.sweep()) {
      row(
          "td",
          "",
          List.of(
              run.learningRate() + (run.isReported() ? " (the report's)" : ""),
              String.valueOf(run.epsilon()),
              NetworkComparison.share(run.last().trainingAccuracy()),
              NetworkComparison.share(run.last().validationAccuracy()),
              NetworkComparison.loss(run.last().validationLoss()),
              run.collapsed() ? "one class only" : "both classes"));
    }
    html.append("</tbody>\n</table></div>\n");
    collapse(experiment)
        .ifPresent(
            figure -> {
              element("p", "The answers under the report's settings:");
              html.append("<div class=\"figures\">\n");
              figure("confusion", figure);
              html.append("</div>\n");
            });
  }
}
