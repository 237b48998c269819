package io.cxr.workbench.models;

import io.cxr.model.OperatingThreshold;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An operating point as pages see it.
 *
 * @param id stable for a model file
 * @param label the positive class
 * @param aim {@code sensitivity}, {@code specificity} or {@code published}
 * @param target the least value of that metric; null of a published one
 * @param threshold the least calibrated probability that counts as positive
 * @param sensitivity on the validation images; null if not measured
 * @param specificity on the validation images; null if not measured
 */
public record OperatingPoint(
    String id,
    String label,
    String aim,
    @Nullable Double target,
    double threshold,
    @Nullable Estimate sensitivity,
    @Nullable Estimate specificity) {

  /**
   * A metric with its 95 % interval.
   *
   * @param value the metric
   * @param low the lower bound
   * @param high the upper bound
   */
  public record Estimate(double value, double low, double high) {
    private static @Nullable Estimate of(OperatingThreshold.Estimate estimate) {
      return Double.isNaN(estimate.value())
          ? null
          : new Estimate(estimate.value(), estimate.low(), estimate.high());
    }
  }

  /**
   * An operating point of a card.
   *
   * @param threshold of the card
   * @return as pages see it
   */
  public static OperatingPoint of(OperatingThreshold threshold) {
    String aim = threshold.aim().name().toLowerCase(Locale.ROOT);
    Double target = Double.isNaN(threshold.target()) ? null : threshold.target();
    return new OperatingPoint(
        threshold.label() + ":" + aim + (target == null ? "" : ":" + target),
        threshold.label(),
        aim,
        target,
        threshold.threshold(),
        Estimate.of(threshold.sensitivity()),
        Estimate.of(threshold.specificity()));
  }
}
