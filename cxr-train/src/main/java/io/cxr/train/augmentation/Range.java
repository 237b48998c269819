package io.cxr.train.augmentation;

import java.util.SplittableRandom;

/**
 * Values that are drawn uniformly.
 *
 * @param from the least
 * @param to the greatest, at least {@code from}
 */
public record Range(double from, double to) {

  /** Checks the values. */
  public Range {
    if (!(from <= to) || Double.isInfinite(from) || Double.isInfinite(to)) {
      throw new IllegalArgumentException(
          "Range: expected two finite numbers in their order, found " + from + " to " + to);
    }
  }

  /**
   * A range around zero, as Keras reads {@code rotation_range} and {@code shear_range}.
   *
   * @param greatest at least 0
   * @return from {@code -greatest} to {@code greatest}
   */
  public static Range around0(double greatest) {
    return new Range(-greatest, greatest);
  }

  /**
   * A range around one, as Keras reads {@code zoom_range}.
   *
   * @param greatest at least 0
   * @return from {@code 1 - greatest} to {@code 1 + greatest}
   */
  public static Range around1(double greatest) {
    return new Range(1 - greatest, 1 + greatest);
  }

  double draw(SplittableRandom random) {
    // Drawn in any case, so that one setting does not shift the draws of the next.
    return from + (to - from) * random.nextDouble();
  }
}
