package io.cxr;

/**
 * How much a radiograph differs from the images that the model was trained on.
 *
 * @param score the statistic that the card's novelty gate names; near 2 for training images, larger
 *     for more unusual images. NaN if the network's output is not a number
 * @param threshold the greatest score that the card's gate accepts; positive infinity if the card
 *     has no gate
 */
public record Novelty(double score, double threshold) {
  /**
   * An image whose score is above so many times the threshold is {@linkplain #isFar far}. With the
   * model that ships, 90 of 100 laterals and films turned or inverted are within 1.5 times the
   * threshold; of photographs and drawings, all but one in forty are beyond twice.
   */
  public static final double FAR = 2;

  /** Checks the values. */
  public Novelty {
    if (Double.isNaN(threshold)) {
      throw new IllegalArgumentException("Novelty: expected a threshold, found NaN");
    }
  }

  /**
   * Whether the gate refuses the image, unless it is switched off.
   *
   * @return whether there is a gate and the score is above its threshold or NaN
   */
  public boolean isRefused() {
    return hasGate() && !(score <= threshold);
  }

  /**
   * Whether the image is so unlike the training images that it is hardly a radiograph of a chest in
   * another view: what a view head says of it then means nothing.
   *
   * @return whether the gate refuses the image and its score is above {@link #FAR} times the
   *     threshold, or NaN
   */
  public boolean isFar() {
    return isRefused() && !(score <= FAR * threshold);
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
