package io.cxr.model;

import java.util.List;
import java.util.Objects;

/**
 * An operating point of one label: the threshold on its calibrated probability that reaches a
 * target sensitivity or specificity on the validation images; or one that the authors of an adopted
 * network published, of which nothing was measured ({@link #published}).
 *
 * @param label the label, which is the positive class at this operating point
 * @param aim which of the two metrics the target is for
 * @param target the least value of that metric, above 0 and at most 1; NaN of a published one
 * @param threshold the least calibrated probability that counts as positive, from 0 to 1
 * @param sensitivity the sensitivity on the validation images; {@link Estimate#UNKNOWN} of a
 *     published one
 * @param specificity the specificity on the validation images; likewise
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
    SPECIFICITY,
    /** As the authors of an adopted network published it, for an aim of theirs. */
    PUBLISHED;

    /** The aims that a threshold can be fitted to. */
    public static final List<Aim> FITTED = List.of(SENSITIVITY, SPECIFICITY);
  }

  /**
   * A metric with its 95 % bootstrap confidence interval.
   *
   * @param value the metric, from 0 to 1
   * @param low the lower bound
   * @param high the upper bound
   */
  public record Estimate(double value, double low, double high) {
    /** Of what was not measured: not a number, thrice. */
    public static final Estimate UNKNOWN = new Estimate(Double.NaN, Double.NaN, Double.NaN);
  }

  /**
   * A threshold that the authors of a network published.
   *
   * @param label the label
   * @param threshold the least probability that counts as positive, from 0 to 1
   * @return an operating point of which no sensitivity and no specificity is known
   */
  public static OperatingThreshold published(String label, double threshold) {
    return new OperatingThreshold(
        label, Aim.PUBLISHED, Double.NaN, threshold, Estimate.UNKNOWN, Estimate.UNKNOWN);
  }

  /** Checks the values. */
  public OperatingThreshold {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(aim, "aim");
    Objects.requireNonNull(sensitivity, "sensitivity");
    Objects.requireNonNull(specificity, "specificity");
    boolean aimed = aim == Aim.PUBLISHED ? Double.isNaN(target) : target > 0 && target <= 1;
    if (!aimed || !(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "Operating threshold: expected a target above 0 and a threshold from 0 to 1, both"
              + " at most 1, found "
              + target
              + " and "
              + threshold);
    }
  }
}
