package io.cxr.train.architecture;

/**
 * The shape of a feature map.
 *
 * @param channels channels, at least 1
 * @param rows rows, at least 1
 * @param columns columns, at least 1
 */
public record FeatureShape(int channels, int rows, int columns) {

  /** Checks the values. */
  public FeatureShape {
    if (channels < 1 || rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "Feature map: expected at least 1 x 1 x 1, found "
              + channels
              + " x "
              + rows
              + " x "
              + columns);
    }
  }

  /**
   * How many values there are.
   *
   * @return channels times rows times columns
   */
  public int elements() {
    return Math.multiplyExact(Math.multiplyExact(channels, rows), columns);
  }
}
