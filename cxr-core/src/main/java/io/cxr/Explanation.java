package io.cxr;

import java.util.Objects;

/**
 * A prediction together with a heatmap of the regions that it rests on. Research use only.
 *
 * @param prediction a probability for every label or finding, or every measured value
 * @param heatmap the heatmap of one of those
 */
public record Explanation(Prediction prediction, Heatmap heatmap) {

  /** Checks the values. */
  public Explanation {
    Objects.requireNonNull(prediction, "prediction");
    Objects.requireNonNull(heatmap, "heatmap");
    if (!prediction.labels().contains(heatmap.label())) {
      throw new IllegalArgumentException(
          "Explanation: expected a heatmap of one of "
              + prediction.labels()
              + ", found "
              + heatmap.label());
    }
  }
}
