package io.cxr.train.network;

/**
 * The shape of one sample: a map {@code [channels, rows, columns]}, or a vector whose values count
 * as channels of one pixel.
 *
 * @param channels channels of the map, or values of the vector
 * @param rows rows, 1 for a vector
 * @param columns columns, 1 for a vector
 * @param flat whether it is a vector
 */
public record Shape(int channels, int rows, int columns, boolean flat) {

  /**
   * A map.
   *
   * @param channels channels
   * @param rows rows
   * @param columns columns
   * @return its shape
   */
  public static Shape map(int channels, int rows, int columns) {
    return new Shape(channels, rows, columns, false);
  }

  /**
   * A vector.
   *
   * @param values how many values
   * @return its shape
   */
  public static Shape vector(int values) {
    return new Shape(values, 1, 1, true);
  }

  /**
   * The pixels of a channel.
   *
   * @return rows times columns
   */
  public int positions() {
    return Math.multiplyExact(rows, columns);
  }

  /**
   * How many values there are.
   *
   * @return channels times rows times columns
   */
  public int elements() {
    return Math.multiplyExact(channels, positions());
  }

  @Override
  public String toString() {
    return flat ? "[" + channels + "]" : "[" + channels + ", " + rows + ", " + columns + "]";
  }
}
