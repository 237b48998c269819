package io.cxr;

/**
 * How unlike the images that a model was trained on a radiograph is.
 *
 * @param score the statistic that the card's novelty gate names; near 2 for training images, and
 *     the larger the stranger the image is. Not a number where the network gives none
 * @param threshold the greatest score that the card's gate accepts; positive infinity where the
 *     card has no gate
 */
public record Novelty(double score, double threshold) {

  /** Checks the values. */
  public Novelty {
    if (Double.isNaN(threshold)) {
      throw new IllegalArgumentException("Novelty: expected a threshold, found NaN");
    }
  }

  /**
   * Whether the gate refuses such an image, where it is not left open.
   *
   * @return whether the score is not at most the threshold; a score that is no number is familiar
   *     to nobody, unless there is no gate
   */
  public boolean isRefused() {
    return hasGate() && !(score <= threshold);
  }

  /**
   * Whether the card has a gate.
   *
   * @return whether there is a finite threshold
   */
  public boolean hasGate() {
    return threshold < Double.POSITIVE_INFINITY;
  }
}
