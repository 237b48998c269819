package io.cxr;

import java.util.Objects;

/**
 * A prediction together with a heatmap of the regions that it rests on. Research use only.
 *
 * @param prediction a probability for every label
 * @param heatmap the heatmap of one of those labels
 */
public record Explanation(Prediction prediction, Heatmap heatmap) {

  /** Checks the values. */
  public Explanation {
    Objects.requireNonNull(prediction, "prediction");
    Objects.requireNonNull(heatmap, "heatmap");
    // Throws for a label that the prediction does not have.
    prediction.probability(heatmap.label());
  }
}
