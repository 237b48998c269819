package io.cxr.preprocess;

import java.util.Arrays;

/**
 * An 8-bit gray image on its way through the steps: unsigned bytes, row by row from the top left.
 * It belongs to one call of one thread; a step may change the pixels in place.
 */
final class GrayImage {
  final int rows;
  final int columns;

  /** The first {@code rows * columns} bytes are the image; reused memory may be longer. */
  final byte[] pixels;

  GrayImage(int rows, int columns, byte[] pixels) {
    if ((long) rows * columns > pixels.length) {
      throw new IllegalArgumentException(
          "Gray image: expected " + rows + " x " + columns + " pixels, found " + pixels.length);
    }
    this.rows = rows;
    this.columns = columns;
    this.pixels = pixels;
  }

  /** How many pixels there are. */
  int size() {
    return rows * columns;
  }

  /** The pixels in an array of their own. */
  byte[] toArray() {
    return Arrays.copyOf(pixels, size());
  }
}
