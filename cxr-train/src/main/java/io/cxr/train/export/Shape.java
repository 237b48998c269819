package io.cxr.train.export;

/**
 * The shape of one sample between two layers: a map {@code [channels, rows, columns]} or, if flat,
 * a vector of {@code channels} values.
 */
record Shape(int channels, int rows, int columns, boolean flat) {

  static Shape map(int channels, int rows, int columns) {
    return new Shape(channels, rows, columns, false);
  }

  static Shape vector(int length) {
    return new Shape(length, 1, 1, true);
  }

  int positions() {
    return Math.multiplyExact(rows, columns);
  }

  int elements() {
    return Math.multiplyExact(channels, positions());
  }

  @Override
  public String toString() {
    return flat ? "[" + channels + "]" : "[" + channels + ", " + rows + ", " + columns + "]";
  }
}
