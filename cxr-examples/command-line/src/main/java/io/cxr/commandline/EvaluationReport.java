package io.cxr.commandline;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.evaluation.Evaluation;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelEvaluation;
import io.cxr.evaluation.LabelSetEvaluation;
import io.cxr.evaluation.PointingGame;
import io.cxr.evaluation.SubgroupGap;
import io.cxr.evaluation.ThresholdEvaluation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What {@code cxr evaluate} prints.
 *
 * @param model the model
 * @param data the folder's name
 * @param positive the positive class of a two-class model; else an empty text
 * @param whole the metrics on all images
 * @param column the column by which images are grouped, or null for none
 * @param byValue the metrics for each value of the column
 * @param pointed what the heatmaps point at, or null where nobody asked
 */
record EvaluationReport(
    ModelIdentity model,
    String data,
    String positive,
    Evaluation whole,
    @Nullable String column,
    Map<String, Evaluation> byValue,
    @Nullable PointedFilms pointed) {
  /** With fewer patients, an interval is too narrow to be taken at its word. */
  private static final int FEWEST_PATIENTS = 10;

  private static final int CELL = 21;

  /** The object; a figure is {value, low, high}, or null where it is not defined. */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", Json.model(model));
    object.put("data", data);
    object.put("labels", whole.labels());
    object.put("intervals", jsonIntervals(whole.groups(), whole.ofKnownPatients()));
    object.putAll(figures(whole, positive));
    if (column != null) {
      List<Map<String, Object>> values = new ArrayList<>();
      byValue.forEach(
          (value, part) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("value", value);
            entry.put("groups", part.groups());
            entry.putAll(figures(part, positive));
            values.add(entry);
          });
      Map<String, Object> by = new LinkedHashMap<>();
      by.put("column", column);
      by.put("values", values);
      by.put("fewest", SubgroupGap.FEWEST);
      by.put(
          "largestGaps", SubgroupGap.largest(byValue).stream().map(EvaluationReport::gap).toList());
      object.put("by", by);
    }
    if (pointed != null) {
      object.put("boxes", pointed.toJson());
    }
    object.put("notice", Prediction.NOTICE);
    return object;
  }

  private static Map<String, Object> gap(SubgroupGap gap) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("metric", gap.metric());
    object.put("label", gap.label());
    object.put("better", gap.better());
    object.put("worse", gap.worse());
    object.put("difference", Json.interval(gap.difference()));
    object.put("pairs", gap.pairs());
    return object;
  }

  private static Map<String, Object> labelSets(LabelSetEvaluation sets) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("promised", sets.promised());
    object.put("coverage", Json.interval(sets.coverage()));
    object.put("single", Json.interval(sets.single()));
    object.put("size", Json.interval(sets.size()));
    Map<String, Object> labels = new LinkedHashMap<>();
    sets.coverageOf()
        .forEach(
            (label, coverage) -> {
              Map<String, Object> of = new LinkedHashMap<>();
              of.put("coverage", Json.interval(coverage));
              of.put("size", Json.interval(sets.sizeOf().getOrDefault(label, Optional.empty())));
              labels.put(label, of);
            });
    object.put("byLabel", labels);
    return object;
  }

  /**
   * The figures of some images.
   *
   * @param positive the positive class of two, or empty
   */
  static Map<String, Object> figures(Evaluation of, String positive) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("images", of.images());
    object.put("answered", of.answered());
    object.put("refusals", of.refusals());
    object.put("coverage", Json.interval(of.coverage()));
    object.put("accuracy", Json.interval(of.accuracy()));
    object.put("accuracyOfAll", Json.interval(of.accuracyOfAll()));
    object.put("balancedAccuracy", Json.interval(of.balancedAccuracy()));
    object.put("balancedAccuracyOfAll", Json.interval(of.balancedAccuracyOfAll()));
    object.put("auroc", Json.interval(of.auroc()));
    object.put("calibrationError", Json.interval(of.calibrationError()));
    object.put("brierScore", Json.interval(of.brierScore()));
    object.put("confusion", of.confusion().rows());
    if (!positive.isEmpty()) {
      LabelEvaluation finding = of.label(positive);
      Map<String, Object> two = new LinkedHashMap<>();
      two.put("label", positive);
      two.put("sensitivity", Json.interval(finding.sensitivity()));
      two.put("sensitivityOfAll", Json.interval(finding.sensitivityOfAll()));
      two.put("specificity", Json.interval(finding.specificity()));
      two.put("specificityOfAll", Json.interval(finding.specificityOfAll()));
      object.put("positive", two);
    }
    Map<String, Object> labels = new LinkedHashMap<>();
    of.byLabel().forEach(label -> labels.put(label.label(), figures(label)));
    object.put("byLabel", labels);
    object.put("thresholds", of.byThreshold().stream().map(EvaluationReport::figures).toList());
    of.labelSets().ifPresent(sets -> object.put("labelSets", labelSets(sets)));
    return object;
  }

  private static Map<String, Object> figures(LabelEvaluation of) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("images", of.images());
    object.put("answered", of.answered());
    object.put("refusals", of.refusals());
    object.put("coverage", Json.interval(of.coverage()));
    object.put("sensitivity", Json.interval(of.sensitivity()));
    object.put("sensitivityOfAll", Json.interval(of.sensitivityOfAll()));
    object.put("specificity", Json.interval(of.specificity()));
    object.put("specificityOfAll", Json.interval(of.specificityOfAll()));
    object.put("precision", Json.interval(of.precision()));
    object.put("f1", Json.interval(of.f1()));
    object.put("auroc", Json.interval(of.auroc()));
    return object;
  }

  static Map<String, Object> figures(ThresholdEvaluation of) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("label", of.threshold().label());
    object.put("aim", of.threshold().aim().name().toLowerCase(Locale.ROOT));
    if (!Double.isNaN(of.threshold().target())) {
      object.put("target", of.threshold().target());
    }
    object.put("threshold", of.threshold().threshold());
    object.put("sensitivity", Json.interval(of.sensitivity()));
    object.put("sensitivityOfAll", Json.interval(of.sensitivityOfAll()));
    object.put("specificity", Json.interval(of.specificity()));
    object.put("specificityOfAll", Json.interval(of.specificityOfAll()));
    return object;
  }

  /** The tables to read. */
  String format() {
    StringBuilder text = heading(model, data, whole.images(), whole.answered(), whole.refusals());
    text.append(intervals()).append("\n\n");
    overall(text);
    byLabel(text);
    byThreshold(text);
    labelSets(text);
    byValue(text);
    pointed(text);
    return text.append("\nPredicted label (columns) by true label (rows), answered images:\n")
        .append(whole.confusion().format())
        .append('\n')
        .append(Prediction.NOTICE)
        .toString();
  }

  /** Who was asked about what, and how many images have no answer for which reason. */
  static StringBuilder heading(
      ModelIdentity model, String data, int images, int answered, Map<String, Integer> refusals) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s %s on %s: %d of %d images answered\n",
            model.name(),
            model.version(),
            data,
            answered,
            images));
    refusals.forEach((why, count) -> text.append("  " + count + " without: " + why + "\n"));
    return text;
  }

  private String intervals() {
    return intervals(whole.images(), whole.groups(), whole.ofKnownPatients());
  }

  /** How sure the intervals are. */
  static String intervals(int images, int groups, int ofKnownPatients) {
    String text = "95 % intervals in brackets, by resampling ";
    if (ofKnownPatients == 0) {
      return text + images + " images: too narrow where a patient has several (--patients FILE).";
    }
    int unknown = images - ofKnownPatients;
    return text
        + groups
        + " patients"
        + (unknown == 0 ? "" : ", " + unknown + " images of unknown ones taken for a patient each")
        + (groups < FEWEST_PATIENTS ? ": too few for intervals to trust." : ".");
  }

  /** The same in JSON. */
  static Map<String, Object> jsonIntervals(int groups, int ofKnownPatients) {
    Map<String, Object> intervals = new LinkedHashMap<>();
    intervals.put("level", 0.95);
    intervals.put("resampled", ofKnownPatients > 0 ? "patients" : "images");
    intervals.put("groups", groups);
    intervals.put("imagesOfKnownPatients", ofKnownPatients);
    return intervals;
  }

  private void overall(StringBuilder text) {
    row(text, 28, "", List.of("answered images", "no answer is wrong"));
    row(text, 28, "coverage", List.of("", cell(whole.coverage())));
    row(text, 28, "accuracy", List.of(cell(whole.accuracy()), cell(whole.accuracyOfAll())));
    row(
        text,
        28,
        "balanced accuracy",
        List.of(cell(whole.balancedAccuracy()), cell(whole.balancedAccuracyOfAll())));
    row(text, 28, "AUROC, mean of the labels", List.of(cell(whole.auroc())));
    row(text, 28, "expected calibration error", List.of(cell(whole.calibrationError())));
    row(text, 28, "Brier score, halved", List.of(cell(whole.brierScore())));
    if (!positive.isEmpty()) {
      LabelEvaluation finding = whole.label(positive);
      text.append("\nPositive class: ").append(positive).append('\n');
      row(
          text,
          28,
          "sensitivity",
          List.of(cell(finding.sensitivity()), cell(finding.sensitivityOfAll())));
      row(
          text,
          28,
          "specificity",
          List.of(cell(finding.specificity()), cell(finding.specificityOfAll())));
    }
  }

  private void byLabel(StringBuilder text) {
    text.append('\n');
    labels(text, "", LabelEvaluation::label);
    labels(text, "images", label -> String.valueOf(label.images()));
    labels(text, "answered", label -> String.valueOf(label.answered()));
    labels(text, "coverage", label -> cell(label.coverage()));
    labels(text, "sensitivity", label -> cell(label.sensitivity()));
    labels(text, "  no answer is missed", label -> cell(label.sensitivityOfAll()));
    labels(text, "specificity", label -> cell(label.specificity()));
    labels(text, "  no answer is wrong", label -> cell(label.specificityOfAll()));
    labels(text, "precision", label -> cell(label.precision()));
    labels(text, "F1 score", label -> cell(label.f1()));
    labels(text, "AUROC", label -> cell(label.auroc()));
  }

  private void labels(StringBuilder text, String name, Function<LabelEvaluation, String> figure) {
    row(text, 28, name, whole.byLabel().stream().map(figure).toList());
  }

  private void byThreshold(StringBuilder text) {
    byThreshold(text, whole.byThreshold());
  }

  /** What the card's thresholds reach. */
  static void byThreshold(StringBuilder text, List<ThresholdEvaluation> thresholds) {
    if (thresholds.isEmpty()) {
      return;
    }
    int width = 28;
    for (ThresholdEvaluation of : thresholds) {
      width = Math.max(width, name(of).length());
    }
    text.append(
        "\nThresholds of the card, answered images; what they reached in its validation:\n");
    row(text, width, "", List.of("sensitivity", "specificity", "validation"));
    for (ThresholdEvaluation of : thresholds) {
      row(
          text,
          width,
          name(of),
          List.of(
              cell(of.sensitivity()),
              cell(of.specificity()),
              String.format(
                  Locale.ROOT,
                  "%.3f, %.3f",
                  of.threshold().sensitivity().value(),
                  of.threshold().specificity().value())));
    }
  }

  private static String name(ThresholdEvaluation of) {
    String aim = of.threshold().aim().name().toLowerCase(Locale.ROOT);
    double target = of.threshold().target();
    return String.format(
        Locale.ROOT,
        "%s >= %.4f (%s)",
        of.threshold().label(),
        of.threshold().threshold(),
        Double.isNaN(target) ? aim : String.format(Locale.ROOT, "%s %.2f", aim, target));
  }

  private void labelSets(StringBuilder text) {
    if (whole.labelSets().isEmpty()) {
      return;
    }
    LabelSetEvaluation sets = whole.labelSets().get();
    text.append(
        String.format(
            Locale.ROOT,
            "\n"
                + "Conformal label sets of the card, %.0f %% promised in each class among other"
                + " patients of its hospitals:\n",
            100 * sets.promised()));
    row(text, 28, "", List.of("true label in the set", "labels in a set"));
    row(text, 28, "all", List.of(cell(sets.coverage()), cell(sets.size())));
    sets.coverageOf()
        .forEach(
            (label, coverage) ->
                row(
                    text,
                    Math.max(28, label.length() + 2),
                    "  " + label,
                    List.of(
                        cell(coverage),
                        cell(sets.sizeOf().getOrDefault(label, Optional.empty())))));
    row(text, 28, "sets of one label", List.of(cell(sets.single())));
  }

  /** The accuracy on the images of one label is the label's sensitivity. */
  private void byValue(StringBuilder text) {
    if (column == null) {
      return;
    }
    int width = column.length() + 3;
    for (Map.Entry<String, Evaluation> entry : byValue.entrySet()) {
      width = Math.max(width, named(entry.getKey()).length());
      for (LabelEvaluation label : entry.getValue().byLabel()) {
        width = Math.max(width, label.label().length() + 2);
      }
    }
    text.append("\nBy ").append(column).append("; for a label, accuracy is its sensitivity:\n");
    row(text, width, "", List.of("images", "coverage", "accuracy", "no answer is wrong", "AUROC"));
    for (Map.Entry<String, Evaluation> entry : byValue.entrySet()) {
      Evaluation of = entry.getValue();
      row(
          text,
          width,
          named(entry.getKey()),
          List.of(
              images(of.images()),
              cell(of.coverage()),
              cell(of.accuracy()),
              cell(of.accuracyOfAll()),
              cell(of.auroc())));
      for (LabelEvaluation label : of.byLabel()) {
        if (label.images() > 0) {
          row(
              text,
              width,
              "  " + label.label(),
              List.of(
                  images(label.images()),
                  cell(label.coverage()),
                  cell(label.sensitivity()),
                  cell(label.sensitivityOfAll()),
                  cell(label.auroc())));
        }
      }
    }
    text.append("* fewer than ").append(SubgroupGap.FEWEST).append(" images\n");
    for (SubgroupGap gap : SubgroupGap.largest(byValue)) {
      text.append(
          String.format(
              Locale.ROOT,
              "Largest gap of %s: %s, %s less %s: %s, the largest of %d\n",
              gap.metric().equals("auroc") ? "AUROC" : gap.metric(),
              gap.label(),
              named(gap.better()),
              named(gap.worse()),
              cell(gap.difference()),
              gap.pairs()));
    }
  }

  private static String images(int count) {
    return count + (count < SubgroupGap.FEWEST ? "*" : "");
  }

  private void pointed(StringBuilder text) {
    if (pointed == null) {
      return;
    }
    PointingGame game = pointed.game();
    text.append(
        String.format(
            Locale.ROOT,
            "\n"
                + "Heatmaps of the class of %d films with boxes (%d more without a heatmap, %d"
                + " empty):\n",
            game.films(),
            pointed.unexplained(),
            game.empty()));
    row(text, 28, "", List.of("heatmap", "share of the image"));
    row(
        text,
        28,
        "hottest point in a box",
        List.of(cell(game.hits()), String.format(Locale.ROOT, "%.3f", game.chance())));
    row(
        text,
        28,
        "share of its sum in boxes",
        List.of(cell(game.mass()), String.format(Locale.ROOT, "%.3f", game.area())));
    row(text, 28, "  times the boxes' area", List.of(cell(game.gain())));
  }

  private static String named(String value) {
    return value.isEmpty() ? "(none)" : value;
  }

  static String cell(Interval interval) {
    return String.format(
        Locale.ROOT, "%.3f (%.3f-%.3f)", interval.value(), interval.low(), interval.high());
  }

  static String cell(Optional<Interval> interval) {
    return interval.map(EvaluationReport::cell).orElse("-");
  }

  static void row(StringBuilder text, int width, String name, List<String> cells) {
    StringBuilder line = new StringBuilder(name).append(" ".repeat(width - name.length()));
    for (String cell : cells) {
      line.append("  ").append(" ".repeat(Math.max(0, CELL - cell.length()))).append(cell);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }
}
