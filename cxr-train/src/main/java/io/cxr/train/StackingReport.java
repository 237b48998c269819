package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A stack beside its members, on the same images, which neither was fitted to.
 *
 * @param data the data set's name
 * @param labels the labels, in the order of the outputs
 * @param patientsApart whether patients were known and none of these images is of a patient whose
 *     other images something was fitted to
 * @param images how many images were answered
 * @param models each member, then the stack
 * @param best the member that was best on images that these figures are not from: the stack is
 *     compared to it
 * @param differences by figure, the stack's less that member's, with a 95 % bootstrap interval that
 *     resamples patients; both sides of a difference are of the same resample
 */
public record StackingReport(
    String data,
    List<String> labels,
    boolean patientsApart,
    int images,
    List<Model> models,
    String best,
    Map<String, Interval> differences) {

  /**
   * The figures of one model.
   *
   * @param name the network's name, or {@code stack}
   * @param report its figures
   * @param figures by name, accuracy, sensitivity, specificity, f1 and auroc with 95 % bootstrap
   *     intervals that resample patients; see {@link CrossValidationReport#figures()}
   */
  public record Model(String name, ClassificationReport report, Map<String, Interval> figures) {
    /** Copies the figures. */
    public Model {
      figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    }
  }

  /** Copies the lists. */
  public StackingReport {
    labels = List.copyOf(labels);
    models = List.copyOf(models);
    differences = Collections.unmodifiableMap(new LinkedHashMap<>(differences));
  }

  /**
   * Compares answers.
   *
   * @param truth the label of each image
   * @param groups the patient of each image
   * @param names of the members, then of the stack
   * @param answers of each of them, image by image
   * @param best the answers of the best member
   * @param bestName how that member is called
   */
  static StackingReport of(
      String data,
      List<String> labels,
      int[] truth,
      List<String> groups,
      boolean patientsApart,
      List<String> names,
      List<List<double[]>> answers,
      List<double[]> best,
      String bestName,
      long seed) {
    List<List<double[]>> all = new ArrayList<>(answers);
    all.add(best);
    List<ToDoubleFunction<ClassificationReport>> figures =
        List.copyOf(CrossValidationReport.FIGURES.values());
    int width = figures.size();
    // One row for all images, then one a resample: every figure is of the same resamples.
    List<double[]> rows = new ArrayList<>();
    Bootstrap bootstrap = Bootstrap.ofGroups(groups, seed);
    bootstrap.interval(
        (int[] indices) -> {
          double[] row = new double[all.size() * width];
          for (int model = 0; model < all.size(); model++) {
            ClassificationReport report = report(labels, truth, all.get(model), indices);
            for (int figure = 0; figure < width; figure++) {
              row[model * width + figure] = figures.get(figure).applyAsDouble(report);
            }
          }
          rows.add(row);
          return 0;
        });
    List<Model> models = new ArrayList<>();
    int[] every = new int[truth.length];
    Arrays.setAll(every, i -> i);
    for (int model = 0; model < names.size(); model++) {
      int at = model * width;
      models.add(
          new Model(
              names.get(model),
              report(labels, truth, answers.get(model), every),
              intervals(bootstrap, rows, (row, figure) -> row[at + figure])));
    }
    int stack = (names.size() - 1) * width;
    int member = names.size() * width;
    return new StackingReport(
        data,
        labels,
        patientsApart,
        truth.length,
        models,
        bestName,
        intervals(bootstrap, rows, (row, figure) -> row[stack + figure] - row[member + figure]));
  }

  /** A figure of one row. */
  private interface Value {
    double of(double[] row, int figure);
  }

  private static Map<String, Interval> intervals(
      Bootstrap bootstrap, List<double[]> rows, Value value) {
    Map<String, Interval> intervals = new LinkedHashMap<>();
    int figure = 0;
    for (String name : CrossValidationReport.FIGURES.keySet()) {
      int which = figure++;
      // The bootstrap asks in the same order each time.
      Iterator<double[]> each = rows.iterator();
      intervals.put(name, bootstrap.interval((int[] same) -> value.of(each.next(), which)));
    }
    return intervals;
  }

  private static ClassificationReport report(
      List<String> labels, int[] truth, List<double[]> answers, int[] indices) {
    ClassificationReport.Builder report = ClassificationReport.builder(labels);
    for (int index : indices) {
      report.add(labels.get(truth[index]), answers.get(index));
    }
    return report.build();
  }

  /**
   * The figures of the stack.
   *
   * @return the last of the models
   */
  public Model stack() {
    return models.get(models.size() - 1);
  }

  /**
   * The figures as a table for a terminal.
   *
   * @return several lines, the last of them the notice
   */
  public String format() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s, %s: %d images that nothing was fitted to, %s%n",
            data,
            String.join(" / ", labels),
            images,
            patientsApart ? "patients kept apart" : "patients may be on both sides"));
    text.append(
        stack()
            .report()
            .positiveClass()
            .map(label -> "Positive class: " + label + "\n")
            .orElse("Sensitivity, specificity and F1: means over the labels\n"));
    text.append("[95 % intervals by patient]\n");
    String difference = "stack - " + best;
    int width = difference.length();
    for (Model model : models) {
      width = Math.max(width, model.name().length());
    }
    String line = "%-12s  %-" + width + "s  %7.4f [%7.4f, %7.4f]%n";
    for (String figure : differences.keySet()) {
      String first = figure;
      for (Model model : models) {
        append(text, line, first, model.name(), model.figures(), figure);
        first = "";
      }
      append(text, line, first, difference, differences, figure);
    }
    return text.append(stack().report().confusion().format()).append(Prediction.NOTICE).toString();
  }

  private static void append(
      StringBuilder text,
      String line,
      String first,
      String name,
      Map<String, Interval> intervals,
      String figure) {
    Interval interval = intervals.getOrDefault(figure, new Interval(0, 0, 0));
    text.append(
        String.format(
            Locale.ROOT, line, first, name, interval.value(), interval.low(), interval.high()));
  }
}
