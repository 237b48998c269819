package io.cxr.evaluation;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How well a model tells one label from all others, on images some of which it did not answer. A
 * figure that these images do not define is empty: a sensitivity needs images with the label, a
 * specificity needs images without it, the rest needs both.
 *
 * @param label the label
 * @param images how many images have the label
 * @param answered how many of them were answered
 * @param refusals how many were not, by reason
 * @param coverage the share of the label's images that were answered
 * @param sensitivity of the answered images with the label, the share that is given it
 * @param sensitivityOfAll the same of all images with the label: one without an answer is missed
 * @param specificity of the answered images without the label, the share that is not given it
 * @param specificityOfAll the same of all images without the label: one without an answer is wrong
 * @param precision of the answers with this label, the share that is right, at the prevalence of
 *     these images; empty, too, if the label was never answered
 * @param f1 the harmonic mean of precision and sensitivity of the answered images
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
