package io.cxr.preprocess;

/**
 * Continues an image beyond its border as a mirror whose axis is the border pixel itself: {@code
 * dcb|abcd|cba}. OpenCV calls it {@code BORDER_REFLECT_101}.
 */
final class Reflection {
  private Reflection() {}

  /**
   * The pixel that stands for one beyond the border.
   *
   * @param index any position on the axis
   * @param size pixels on the axis, at least 1
   * @return from 0 to {@code size - 1}
   */
  static int of(int index, int size) {
    if (size == 1) {
      return 0;
    }
    int period = 2 * (size - 1);
    int folded = Math.floorMod(index, period);
    return folded < size ? folded : period - folded;
  }
}
