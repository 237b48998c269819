package io.cxr.evaluation;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Metrics of a model on labelled images, including those without a prediction: refused images and
 * unreadable files. Every metric is from 0 to 1 and has a 95 % confidence interval ({@link
 * Bootstrap#intervals}). Each is given for the images with a prediction and, as {@code ...OfAll},
 * for all images with a missing prediction counted as wrong, so that a model gains nothing by
 * refusing difficult images. A metric that is not defined on these images is empty.
 *
 * @param labels the model's labels, in the order of its card
 * @param images how many images there are, at least 1
 * @param answered how many of them have a prediction
 * @param refusals how many do not, by reason, in alphabetical order
 * @param confusion the confusion matrix of the images with a prediction
 * @param groups how many patients the images are of; an image of an unknown patient counts as one
 * @param ofKnownPatients how many images have a known patient; for intervals, each of the others
 *     counts as a patient of its own, which makes them too narrow if it is not
 * @param coverage the share of images with a prediction
 * @param accuracy the share of correct predictions; empty if there are no predictions
 * @param accuracyOfAll the share of images with a correct prediction
 * @param balancedAccuracy the mean sensitivity of the labels present in the images; empty if there
 *     is only one, or none of a label's images has a prediction
 * @param balancedAccuracyOfAll the same on all images
 * @param auroc the mean over those labels that have one
 * @param calibrationError the expected calibration error, as {@link CalibrationCurve} has it in
 *     {@link CalibrationCurve#BINS} bins; empty if there are no predictions
 * @param brierScore half the squared error of the probabilities, summed over the labels and
 *     averaged over the images with a prediction (Brier, Monthly Weather Review 78, 1950, halved):
 *     for two labels the mean of {@code (p - y)^2}; empty if there are no predictions
 * @param byLabel the metrics of each label, in the order of the labels
 * @param byThreshold the metrics of each operating point, in the order that was given
 * @param labelSets coverage and size of the conformal label sets; empty if none were given
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
    List<ThresholdEvaluation> byThreshold,
    Optional<LabelSetEvaluation> labelSets) {

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
   * The metrics of one label.
   *
   * @param label one of the labels
   * @return its metrics
   * @throws IllegalArgumentException if the label is unknown
   */
  public LabelEvaluation label(String label) {
    return byLabel.get(ConfusionMatrix.index(labels, label));
  }
}
