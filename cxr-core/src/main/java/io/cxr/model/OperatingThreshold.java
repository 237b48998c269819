package io.cxr.model;

import java.util.Objects;

/**
 * An operating point of one label: the threshold on its calibrated probability that reaches a
 * target sensitivity or specificity on the validation images.
 *
 * @param label the label, which is the positive class at this operating point
 * @param aim which of the two metrics the target is for
 * @param target the least value of that metric, above 0 and at most 1
 * @param threshold the least calibrated probability that counts as positive, from 0 to 1
 * @param sensitivity the sensitivity on the validation images
 * @param specificity the specificity on the validation images
 */
public record OperatingThreshold(
    String label,
    Aim aim,
    double target,
    double threshold,
    Estimate sensitivity,
    Estimate specificity) {

  /** What a threshold is chosen for. */
  public enum Aim {
    /** A high sensitivity: few images with the label are missed. */
    SENSITIVITY,
    /** A high specificity: few false positives. */
    SPECIFICITY
  }

  /**
   * A metric with its 95 % bootstrap confidence interval.
   *
   * @param value the metric, from 0 to 1
   * @param low the lower bound
   * @param high the upper bound
   */
  public record Estimate(double value, double low, double high) {}

  /** Checks the values. */
  public OperatingThreshold {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(aim, "aim");
    Objects.requireNonNull(sensitivity, "sensitivity");
    Objects.requireNonNull(specificity, "specificity");
    if (!(target > 0 && target <= 1) || !(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "Operating threshold: expected a target above 0 and a threshold from 0 to 1, both"
              + " at most 1, found "
              + target
              + " and "
              + threshold);
    }
  }
}
