package io.cxr.preprocess;

/**
 * An 8-bit gray image on its way through the steps: unsigned bytes, row by row from the top left.
 * It belongs to one call of one thread; a step may change the pixels in place.
 */
final class GrayImage {
  final int rows;
  final int columns;
  final byte[] pixels;

  GrayImage(int rows, int columns, byte[] pixels) {
    if ((long) rows * columns != pixels.length) {
      throw new IllegalArgumentException(
          "Gray image: expected " + rows + " x " + columns + " pixels, found " + pixels.length);
    }
    this.rows = rows;
    this.columns = columns;
    this.pixels = pixels;
  }
}
