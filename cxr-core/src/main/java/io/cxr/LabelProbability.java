package io.cxr;

import java.util.Objects;

/**
 * A label and its probability.
 *
 * @param label the label, as spelled in the model card
 * @param probability from 0 to 1
 */
public record LabelProbability(String label, double probability) {

  /** Checks the values. */
  public LabelProbability {
    Objects.requireNonNull(label, "label");
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "Probability of " + label + ": expected 0 to 1, found " + probability);
    }
  }
}
