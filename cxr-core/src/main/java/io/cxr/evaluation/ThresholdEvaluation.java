package io.cxr.evaluation;

import io.cxr.model.OperatingThreshold;
import java.util.Objects;
import java.util.Optional;

/**
 * What an operating threshold of a model card reaches on other images than those it was fitted to.
 * A figure is empty where no image has the label, or all have.
 *
 * @param threshold the threshold, with what it reached on the validation images
 * @param sensitivity of the answered images with the label, the share at or above the threshold
 * @param sensitivityOfAll the same of all images with the label: one without an answer is missed
 * @param specificity of the answered images without the label, the share below the threshold
 * @param specificityOfAll the same of all images without the label: one without an answer is wrong
 */
public record ThresholdEvaluation(
    OperatingThreshold threshold,
    Optional<Interval> sensitivity,
    Optional<Interval> sensitivityOfAll,
    Optional<Interval> specificity,
    Optional<Interval> specificityOfAll) {

  /** Checks the values. */
  public ThresholdEvaluation {
    Objects.requireNonNull(threshold, "threshold");
  }
}
