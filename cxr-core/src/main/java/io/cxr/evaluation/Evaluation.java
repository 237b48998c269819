package io.cxr.evaluation;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How well a model does on images whose labels are known, those included that it did not answer:
 * refused ones and files that cannot be read. Every figure is from 0 to 1 and has its 95 % interval
 * ({@link Bootstrap#intervals}). Each comes for the answered images, and, as {@code ...OfAll}, for
 * all images with those without an answer counted as wrong, so that no model looks better for
 * refusing what it would get wrong. A figure that these images do not define is empty.
 *
 * @param labels the model's labels, in the order of its card
 * @param images how many images there are, at least 1
 * @param answered how many of them were answered
 * @param refusals how many were not, by reason, in alphabetical order
 * @param confusion which label was answered for which
 * @param groups how many patients the images are of; an image of unknown patient counts as one
 * @param ofKnownPatients how many images have a known patient; intervals of the others take each
 *     image for a patient of its own, and are too narrow if it is not
 * @param coverage the share of images that were answered
 * @param accuracy the share of right answers; empty if nothing was answered
 * @param accuracyOfAll the share of images that were answered rightly
 * @param balancedAccuracy the mean of the sensitivities of those labels that the images have; empty
 *     if they have one label only, or no image of a label was answered
 * @param balancedAccuracyOfAll the same of all images
 * @param auroc the mean over those labels that have one
 * @param calibrationError the expected calibration error, as {@link CalibrationCurve} has it in
 *     {@link CalibrationCurve#BINS} bins; empty if nothing was answered
 * @param brierScore half the squared distances of the probabilities from the truth, summed over the
 *     labels, as a mean over the answered images (Brier, Monthly Weather Review 78, 1950, halved):
 *     for two labels the mean of {@code (p - y)^2}; empty if nothing was answered
 * @param byLabel the figures of each label, in the order of the labels
 * @param byThreshold the figures of each operating threshold, in the order that was given
 */
public record Evaluation(
    List<String> labels,
    int images,
    int answered,
    Map<String, Integer> refusals,
    ConfusionMatrix confusion,
    int groups,
    int ofKnownPatients,
    Interval coverage,
    Optional<Interval> accuracy,
    Interval accuracyOfAll,
    Optional<Interval> balancedAccuracy,
    Optional<Interval> balancedAccuracyOfAll,
    Optional<Interval> auroc,
    Optional<Interval> calibrationError,
    Optional<Interval> brierScore,
    List<LabelEvaluation> byLabel,
    List<ThresholdEvaluation> byThreshold) {

  /** Checks the values. */
  public Evaluation {
    labels = List.copyOf(labels);
    refusals = copy(refusals);
    byLabel = List.copyOf(byLabel);
    byThreshold = List.copyOf(byThreshold);
  }

  static Map<String, Integer> copy(Map<String, Integer> refusals) {
    return Collections.unmodifiableMap(new TreeMap<>(refusals));
  }

  /**
   * Starts an evaluation.
   *
   * @param labels the model's labels, distinct, in the order of its card
   * @return a builder without images
   */
  public static EvaluationBuilder builder(List<String> labels) {
    return new EvaluationBuilder(ConfusionMatrix.distinct(labels));
  }

  /**
   * The figures of one label.
   *
   * @param label one of the labels
   * @return its figures
   * @throws IllegalArgumentException if the label is unknown
   */
  public LabelEvaluation label(String label) {
    return byLabel.get(ConfusionMatrix.index(labels, label));
  }
}
