package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.Interval;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What cross-validation found.
 *
 * @param data the data set's name
 * @param labels the labels, in the order of the outputs
 * @param folds how many folds
 * @param seed the seed of the folds
 * @param patientsApart whether patients were known and kept in one fold
 * @param reports the figures of each fold
 * @param pooled the figures over all images, each answered by the network that had not seen it
 * @param figures by name: accuracy, sensitivity, specificity, f1, auroc; sensitivity, specificity
 *     and f1 are those of the positive class for two labels, else means over the labels
 * @param calibration how sure the answers were and how right, uncalibrated
 * @param calibrated the same with calibrations that were fitted to other images
 */
public record CrossValidationReport(
    String data,
    List<String> labels,
    int folds,
    long seed,
    boolean patientsApart,
    List<ClassificationReport> reports,
    ClassificationReport pooled,
    Map<String, Figure> figures,
    CalibrationCurve calibration,
    CalibrationCurve calibrated) {

  static final Map<String, ToDoubleFunction<ClassificationReport>> FIGURES = figuresInOrder();

  private static Map<String, ToDoubleFunction<ClassificationReport>> figuresInOrder() {
    Map<String, ToDoubleFunction<ClassificationReport>> figures = new LinkedHashMap<>();
    figures.put("accuracy", ClassificationReport::accuracy);
    figures.put("sensitivity", ClassificationReport::sensitivity);
    figures.put("specificity", ClassificationReport::specificity);
    figures.put("f1", ClassificationReport::f1);
    figures.put("auroc", report -> report.auroc().orElse(Double.NaN));
    return Collections.unmodifiableMap(figures);
  }

  /**
   * One figure.
   *
   * @param mean its mean over the folds
   * @param deviation its standard deviation over the folds (divided by folds - 1)
   * @param interval the figure over all images, with a 95 % bootstrap interval that resamples
   *     patients
   */
  public record Figure(double mean, double deviation, Interval interval) {}

  /** Checks the values. */
  public CrossValidationReport {
    labels = List.copyOf(labels);
    reports = List.copyOf(reports);
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
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
            "%s, %s: %d folds, %s, %d images, seed %d%n",
            data,
            String.join(" / ", labels),
            folds,
            patientsApart ? "patients kept apart" : "patients may be on both sides",
            pooled.total(),
            seed));
    text.append(
        pooled
            .positiveClass()
            .map(label -> "Positive class: " + label + "\n")
            .orElse("Sensitivity, specificity and F1: means over the labels\n"));
    text.append(
        String.format("%-12s  %-17s  %s%n", "", "mean ± deviation", "all images [95 % interval]"));
    figures.forEach(
        (name, figure) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "%-12s  %.4f ± %.4f    %.4f [%.4f, %.4f]%n",
                    name,
                    figure.mean(),
                    figure.deviation(),
                    figure.interval().value(),
                    figure.interval().low(),
                    figure.interval().high())));
    text.append(
        String.format(
            Locale.ROOT,
            "calibration   expected error %.4f, after calibration %.4f%n",
            calibration.expectedCalibrationError(),
            calibrated.expectedCalibrationError()));
    return text.append(pooled.confusion().format()).append(Prediction.NOTICE).toString();
  }
}
