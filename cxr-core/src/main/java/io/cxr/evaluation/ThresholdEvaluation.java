package io.cxr.evaluation;

import io.cxr.model.OperatingThreshold;
import java.util.Objects;
import java.util.Optional;

/**
 * Sensitivity and specificity at an operating point of the model card, on images that it was not
 * fitted to. A metric is empty where no image has the label, or all have.
 *
 * @param threshold the operating point, with its metrics on the validation images
 * @param sensitivity the sensitivity on the images with a prediction
 * @param sensitivityOfAll the same on all images; one without a prediction counts as a false
 *     negative
 * @param specificity the specificity on the images with a prediction
 * @param specificityOfAll the same on all images; one without a prediction counts as a false
 *     positive
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
