package io.cxr;

import java.util.Objects;

/**
 * What a model says of one radiograph, and where it looked when it said so. Research use only.
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
