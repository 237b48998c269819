package io.cxr.evaluation;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Metrics of one label against all others, on images for some of which there is no prediction. A
 * metric that is not defined on these images is empty: sensitivity needs images with the label,
 * specificity needs images without it, the others need both.
 *
 * @param label the label
 * @param images how many images have the label
 * @param answered how many of them have a prediction
 * @param refusals how many do not, by reason
 * @param coverage the share of the label's images with a prediction
 * @param sensitivity the sensitivity on the images with a prediction
 * @param sensitivityOfAll the same on all images; one without a prediction counts as a false
 *     negative
 * @param specificity the specificity on the images with a prediction
 * @param specificityOfAll the same on all images; one without a prediction counts as a false
 *     positive
 * @param precision the positive predictive value at the prevalence of these images; also empty if
 *     the label was never predicted
 * @param f1 the harmonic mean of precision and sensitivity, on the images with a prediction
 * @param auroc the area under the ROC curve of the label's probability, one against the rest
 */
public record LabelEvaluation(
    String label,
    int images,
    int answered,
    Map<String, Integer> refusals,
    Optional<Interval> coverage,
    Optional<Interval> sensitivity,
    Optional<Interval> sensitivityOfAll,
    Optional<Interval> specificity,
    Optional<Interval> specificityOfAll,
    Optional<Interval> precision,
    Optional<Interval> f1,
    Optional<Interval> auroc) {

  /** Checks the values. */
  public LabelEvaluation {
    Objects.requireNonNull(label, "label");
    refusals = Evaluation.copy(refusals);
  }
}
