package io.cxr;

import io.cxr.model.OperatingThreshold;
import java.util.Objects;

/**
 * A binary decision: the probability of one label, the positive class, compared with an operating
 * point of the model's card. Research use only: not for diagnosis.
 *
 * @param operatingPoint the threshold, with the sensitivity and specificity that it reached on the
 *     validation images
 * @param probability the probability of the positive class, from 0 to 1
 */
public record Decision(OperatingThreshold operatingPoint, double probability) {

  /** Checks the values. */
  public Decision {
    Objects.requireNonNull(operatingPoint, "operatingPoint");
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "Decision: expected a probability from 0 to 1, found " + probability);
    }
  }

  /**
   * The positive class.
   *
   * @return the operating point's label
   */
  public String positiveClass() {
    return operatingPoint.label();
  }

  /**
   * Whether the radiograph is classified as positive.
   *
   * @return whether the probability is at or above the threshold
   */
  public boolean isPositive() {
    return probability >= operatingPoint.threshold();
  }
}
