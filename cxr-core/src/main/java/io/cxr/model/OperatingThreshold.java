package io.cxr.model;

import java.util.Objects;

/**
 * From which probability on an image counts as one with a label, so that a wished sensitivity or
 * specificity is reached on the validation images.
 *
 * @param label the label
 * @param aim what was wished for
 * @param wished the least value of it, above 0 and at most 1
 * @param threshold the least calibrated probability that counts
 * @param sensitivity share of the label's validation images at or above the threshold
 * @param specificity share of the other validation images below it
 */
public record OperatingThreshold(
    String label,
    Aim aim,
    double wished,
    double threshold,
    Estimate sensitivity,
    Estimate specificity) {

  /** What a threshold is chosen for. */
  public enum Aim {
    /** To miss few images with the label. */
    SENSITIVITY,
    /** To have few false alarms. */
    SPECIFICITY
  }

  /**
   * A share with its 95 % bootstrap interval.
   *
   * @param value the share
   * @param low the lower end
   * @param high the upper end
   */
  public record Estimate(double value, double low, double high) {}

  /** Checks the values. */
  public OperatingThreshold {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(aim, "aim");
    Objects.requireNonNull(sensitivity, "sensitivity");
    Objects.requireNonNull(specificity, "specificity");
    if (!(wished > 0 && wished <= 1) || !(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "Operating threshold: expected a wished share above 0 and a threshold from 0 to 1, both"
              + " at most 1, found "
              + wished
              + " and "
              + threshold);
    }
  }
}
