package io.cxr.evaluation;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.Subset;
import io.cxr.model.Calibration;
import io.cxr.model.ConformalSets;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is fitted to a model's predictions on the validation images for its card: calibration,
 * operating points, and the metrics of the calibrated predictions. They are valid for the file
 * whose predictions they were fitted to and for no other: a file of another precision has its own.
 *
 * @param metrics by name: those of {@link ClassificationReport#metrics()} and {@code loss} (mean
 *     cross-entropy) of the calibrated predictions, {@code expectedCalibrationError} before
 *     calibration and {@code calibratedError} after it, each image calibrated by the others
 * @param calibration the fitted calibration; empty with fewer than {@value #ENOUGH} images, which
 *     are too few
 * @param thresholds a sensitivity and a specificity of {@value #TARGET} for each label; empty where
 *     the calibration is
 * @param conformal label sets that have the true label nine times in ten; empty where the
 *     calibration is
 */
public record CardFigures(
    Map<String, Double> metrics,
    Optional<Calibration> calibration,
    List<OperatingThreshold> thresholds,
    Optional<ConformalSets> conformal) {
  /** The label sets of a card lack the true label this often at most. */
  private static final double ALPHA = 0.1;

  private static final double TARGET = 0.95;
  private static final int ENOUGH = 8;

  /** No probability is taken for 0. */
  private static final double LEAST = 1e-7;

  /** Copies the values. */
  public CardFigures {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    thresholds = List.copyOf(thresholds);
  }

  /**
   * Fits calibration and operating points.
   *
   * @param labels the labels, in the order of the outputs
   * @param output the activation of the network
   * @param probabilities the model's uncalibrated probabilities, one value per label
   * @param truth the index of each image's label
   * @param groups the patient of each image, or a substitute for it
   * @param seed the seed of the resamples
   * @return the values of the card
   * @throws IllegalArgumentException if there are fewer than one image, or a label has none
   */
  public static CardFigures fit(
      List<String> labels,
      OutputActivation output,
      List<double[]> probabilities,
      int[] truth,
      List<String> groups,
      long seed) {
    Optional<Calibration> calibration = Optional.empty();
    List<OperatingThreshold> thresholds = new ArrayList<>();
    Optional<ConformalSets> conformal = Optional.empty();
    List<double[]> calibrated = probabilities;
    if (truth.length >= ENOUGH) {
      Calibration fitted = Calibration.fit(output, probabilities, truth);
      calibration = Optional.of(fitted);
      calibrated = probabilities.stream().map(fitted::calibrate).toList();
      conformal =
          Optional.of(
              ConformalFit.fit(labels, calibrated, truth, groups, Subset.VALIDATION, ALPHA, seed));
      Bootstrap bootstrap = Bootstrap.ofGroups(groups, seed);
      for (int label = 0; label < labels.size(); label++) {
        for (Aim aim : Aim.FITTED) {
          thresholds.add(
              OperatingPoints.fit(
                  labels.get(label), label, calibrated, truth, aim, TARGET, bootstrap));
        }
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>(metrics(labels, calibrated, truth));
    metrics.put("expectedCalibrationError", calibrationError(probabilities, truth));
    if (calibration.isPresent()) {
      // Not of the fitted one on its own images, which would flatter it.
      metrics.put(
          "calibratedError",
          calibrationError(CrossCalibration.of(output, probabilities, truth), truth));
    }
    return new CardFigures(metrics, calibration, thresholds, conformal);
  }

  /**
   * Fits calibration, operating points and label sets of findings, each on the films of which it is
   * known whether it is present.
   *
   * @param task the findings, in the order of the outputs
   * @param probabilities the network's probabilities for the validation films, one value per
   *     finding
   * @param truth what is known of each film, for the same findings
   * @param groups the patient of each film, or a substitute for it
   * @param seed the seed of the resamples
   * @return the values of the card: metrics {@code auroc}, {@code auprc} and {@code
   *     calibrationError}, of the calibrated probabilities, which are means over the findings that
   *     some films have and some do not, and {@code auroc.FINDING} and {@code auprc.FINDING} of
   *     each of these; operating points of findings that {@value #ENOUGH} films have and {@value
   *     #ENOUGH} do not; calibration and label sets with {@value #ENOUGH} films or more
   * @throws IllegalArgumentException if there are no films, or not as many of each
   */
  public static CardFigures ofFindings(
      Task.Findings task,
      List<double[]> probabilities,
      List<FindingStates> truth,
      List<String> groups,
      long seed) {
    List<String> findings = task.labels();
    Optional<Calibration> calibration = Optional.empty();
    Optional<ConformalSets> conformal = Optional.empty();
    List<OperatingThreshold> thresholds = new ArrayList<>();
    List<double[]> calibrated = probabilities;
    if (truth.size() >= ENOUGH) {
      Calibration fitted = Calibration.fitFindings(probabilities, truth);
      calibration = Optional.of(fitted);
      calibrated = probabilities.stream().map(fitted::calibrate).toList();
      conformal =
          Optional.of(
              ConformalFit.fitFindings(
                  findings, calibrated, truth, groups, Subset.VALIDATION, ALPHA, seed));
      for (int finding = 0; finding < findings.size(); finding++) {
        thresholds.addAll(operatingPoints(task, finding, calibrated, truth, groups, seed));
      }
    }
    return new CardFigures(
        findingMetrics(task, calibrated, truth), calibration, thresholds, conformal);
  }

  /** On the films of which the finding is known; none where too few have it or do not. */
  private static List<OperatingThreshold> operatingPoints(
      Task.Findings task,
      int finding,
      List<double[]> calibrated,
      List<FindingStates> truth,
      List<String> groups,
      long seed) {
    List<double[]> known = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    List<String> patients = new ArrayList<>();
    int positives = 0;
    for (int i = 0; i < truth.size(); i++) {
      LabelState state = truth.get(i).state(finding);
      if (state.isKnown()) {
        known.add(calibrated.get(i));
        labels.add(state == LabelState.PRESENT ? finding : -1);
        patients.add(groups.get(i));
        positives += state == LabelState.PRESENT ? 1 : 0;
      }
    }
    if (positives < ENOUGH || known.size() - positives < ENOUGH) {
      return List.of();
    }
    int[] indices = labels.stream().mapToInt(Integer::intValue).toArray();
    Bootstrap bootstrap = Bootstrap.ofGroups(patients, seed);
    List<OperatingThreshold> points = new ArrayList<>();
    for (Aim aim : Aim.FITTED) {
      points.add(
          OperatingPoints.fit(
              task.labels().get(finding), finding, known, indices, aim, TARGET, bootstrap));
    }
    return points;
  }

  /**
   * Metrics of predictions of findings, without intervals and without fitting anything.
   *
   * @param task the findings, in the order of the outputs
   * @param probabilities the predictions, one value per finding
   * @param truth what is known of each film, for the same findings
   * @return {@code auroc}, {@code auprc} and {@code calibrationError}, means over the findings that
   *     some films have and some do not, and {@code auroc.FINDING} and {@code auprc.FINDING} of
   *     each of these; none if there is no such finding
   */
  public static Map<String, Double> findingMetrics(
      Task.Findings task, List<double[]> probabilities, List<FindingStates> truth) {
    int[] once = Bootstrap.once(truth.size());
    Map<String, Double> each = new LinkedHashMap<>();
    double auroc = 0;
    double auprc = 0;
    double error = 0;
    int ranked = 0;
    for (int finding = 0; finding < task.labels().size(); finding++) {
      boolean[] present = new boolean[once.length];
      boolean[] known = new boolean[once.length];
      double[] scores = new double[once.length];
      for (int i = 0; i < once.length; i++) {
        LabelState state = truth.get(i).state(finding);
        present[i] = state == LabelState.PRESENT;
        known[i] = state.isKnown();
        scores[i] = probabilities.get(i)[finding];
      }
      double area = RankedScores.of(present, scores, known).of(once);
      if (!Double.isNaN(area)) {
        double precision = new AveragePrecision(present, scores, known).of(once);
        auroc += area;
        auprc += precision;
        error += new CalibrationError(known, scores, present).of(once);
        ranked++;
        each.put("auroc." + task.labels().get(finding), area);
        each.put("auprc." + task.labels().get(finding), precision);
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (ranked > 0) {
      metrics.put("auroc", auroc / ranked);
      metrics.put("auprc", auprc / ranked);
      metrics.put("calibrationError", error / ranked);
      metrics.putAll(each);
    }
    return metrics;
  }

  private static double calibrationError(List<double[]> probabilities, int[] truth) {
    return CalibrationCurve.of(probabilities, truth, CalibrationCurve.BINS)
        .expectedCalibrationError();
  }

  /**
   * Metrics of predictions, without fitting anything.
   *
   * @param labels the labels, in the order of the outputs
   * @param probabilities the predictions, one value per label
   * @param truth the index of each image's label
   * @return those of {@link ClassificationReport#metrics()}, and {@code loss}
   */
  public static Map<String, Double> metrics(
      List<String> labels, List<double[]> probabilities, int[] truth) {
    ClassificationReport.Builder report = ClassificationReport.builder(labels);
    double loss = 0;
    for (int i = 0; i < truth.length; i++) {
      report.add(labels.get(truth[i]), probabilities.get(i));
      loss -= Math.log(Math.max(LEAST, probabilities.get(i)[truth[i]]));
    }
    Map<String, Double> metrics = new LinkedHashMap<>(report.build().metrics());
    metrics.put("loss", loss / truth.length);
    return metrics;
  }

  /**
   * Starts a card with these metrics, calibration, thresholds and label sets in place of its own.
   *
   * @param card the card of the file whose answers they were fitted to
   * @return a builder with all other values of the card
   */
  public ModelCard.Builder in(ModelCard card) {
    return card.toBuilder()
        .metrics(metrics)
        // Those of another file, if any.
        .figures(List.of())
        .calibration(calibration.orElse(null))
        .thresholds(thresholds)
        .conformal(conformal.orElse(null));
  }
}
