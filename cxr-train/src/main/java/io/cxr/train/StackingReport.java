package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.ClassificationStatistics;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.Statistic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

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
 * @param differences by figure, the stack's less that member's, with a 95 % interval by patient;
 *     both sides of a difference are of the same resample
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
   * @param figures by name, accuracy, sensitivity, specificity, f1 and auroc with 95 % intervals by
   *     patient; see {@link CrossValidationReport#figures()}
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
    // All from the same resamples, so that differences are those of pairs.
    List<Statistic> figures = new ArrayList<>();
    for (List<double[]> model : answers) {
      figures.addAll(ClassificationStatistics.of(labels, truth, model).values());
    }
    List<Statistic> ofBest = List.copyOf(ClassificationStatistics.of(labels, truth, best).values());
    int width = ofBest.size();
    for (int i = 0; i < width; i++) {
      figures.add(
          Statistic.difference(figures.get((answers.size() - 1) * width + i), ofBest.get(i)));
    }
    List<Optional<Interval>> found = Bootstrap.ofGroups(groups, seed).intervals(figures);
    List<Model> models = new ArrayList<>();
    for (int model = 0; model < names.size(); model++) {
      ClassificationReport.Builder report = ClassificationReport.builder(labels);
      for (int i = 0; i < truth.length; i++) {
        report.add(labels.get(truth[i]), answers.get(model).get(i));
      }
      models.add(
          new Model(
              names.get(model),
              report.build(),
              named(found.subList(model * width, (model + 1) * width))));
    }
    return new StackingReport(
        data,
        labels,
        patientsApart,
        truth.length,
        models,
        bestName,
        named(found.subList(names.size() * width, found.size())));
  }

  private static Map<String, Interval> named(List<Optional<Interval>> found) {
    Map<String, Interval> intervals = new LinkedHashMap<>();
    for (String name : CrossValidationReport.FIGURES.keySet()) {
      intervals.put(name, found.get(intervals.size()).orElseThrow());
    }
    return intervals;
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
