package io.cxr.radiograph;

/**
 * A rectangle of pixels.
 *
 * @param row the first row, from 0 at the top
 * @param column the first column, from 0 at the left
 * @param rows the number of rows, at least 1
 * @param columns the number of columns, at least 1
 */
public record PixelRegion(int row, int column, int rows, int columns) {

  /** Checks the values. */
  public PixelRegion {
    if (row < 0 || column < 0 || rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "Region: expected a first row and column of at least 0 and a size of at least 1 x 1,"
              + " found row "
              + row
              + ", column "
              + column
              + ", "
              + rows
              + " x "
              + columns);
    }
  }
}
