package io.cxr.evaluation;

import io.cxr.model.Calibration;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OutputActivation;
import io.cxr.model.ShortcutFinding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model card says of a model's answers for validation images: a calibration, operating
 * thresholds, and the metrics of the calibrated answers. They hold for the file whose answers they
 * were fitted to, and for no other: a file of another precision has its own.
 *
 * @param metrics by name: those of {@link ClassificationReport#metrics()} and {@code loss} (mean
 *     cross-entropy) of the calibrated answers, {@code expectedCalibrationError} before calibration
 *     and {@code calibratedError} after it, each image calibrated by the others
 * @param calibration how answers become probabilities to be taken at their word; empty below
 *     {@value #ENOUGH} images, which say too little
 * @param thresholds a sensitivity and a specificity of {@value #TARGET} for each label; empty where
 *     the calibration is
 */
public record CardFigures(
    Map<String, Double> metrics,
    Optional<Calibration> calibration,
    List<OperatingThreshold> thresholds) {
  private static final double TARGET = 0.95;
  private static final int ENOUGH = 8;

  /** No answer is taken for impossible. */
  private static final double LEAST = 1e-7;

  /** Copies the values. */
  public CardFigures {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    thresholds = List.copyOf(thresholds);
  }

  /**
   * Fits calibration and thresholds.
   *
   * @param labels the labels, in the order of the outputs
   * @param output what the network gives
   * @param probabilities the model's answers without a calibration, one value a label
   * @param truth the index of each image's label
   * @param groups the patient of each image, or what stands for it
   * @param seed chooses the resamples of intervals
   * @return what the card says
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
    List<double[]> calibrated = probabilities;
    if (truth.length >= ENOUGH) {
      Calibration fitted = Calibration.fit(output, probabilities, truth);
      calibration = Optional.of(fitted);
      calibrated = probabilities.stream().map(fitted::calibrate).toList();
      Bootstrap bootstrap = Bootstrap.ofGroups(groups, seed);
      for (int label = 0; label < labels.size(); label++) {
        for (Aim aim : Aim.values()) {
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
    return new CardFigures(metrics, calibration, thresholds);
  }

  private static double calibrationError(List<double[]> probabilities, int[] truth) {
    return CalibrationCurve.of(probabilities, truth, CalibrationCurve.BINS)
        .expectedCalibrationError();
  }

  /**
   * Metrics of answers as they are.
   *
   * @param labels the labels, in the order of the outputs
   * @param probabilities answers, one value a label
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
   * A card with these figures in place of its own.
   *
   * @param card the card of the file whose answers they were fitted to
   * @param novelty when an image is refused
   * @param shortcuts what an audit of the training images said
   * @return a new card
   */
  public ModelCard in(
      ModelCard card, Optional<NoveltyGate> novelty, Optional<ShortcutFinding> shortcuts) {
    return card.with(metrics, calibration, thresholds, novelty, shortcuts);
  }
}
