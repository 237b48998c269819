package io.cxr.preprocess;

import java.util.Arrays;

/**
 * Brings an image to another size by weighting the source pixels with a triangle as wide as one
 * pixel of the smaller image, which smooths when it shrinks (antialiasing). Equal to Pillow's
 * {@code Image.resize(..., BILINEAR)} bit for bit: along the rows first, then down the columns, 8
 * bits in between, weights with 22 bits after the point. Thread-safe.
 */
final class BilinearResampler implements GrayFilter {
  /** 32 bits, less 8 of a pixel, less 2 so that a sum cannot overflow. */
  private static final int FRACTION_BITS = 32 - 8 - 2;

  private static final int HALF = 1 << (FRACTION_BITS - 1);

  private final int rows;
  private final int columns;

  BilinearResampler(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public GrayImage apply(GrayImage image) {
    GrayImage wide = image.columns == columns ? image : alongRows(image);
    return wide.rows == rows ? wide : downColumns(wide);
  }

  /**
   * Two rows at a time, one in each half of a long: a multiplication then serves both. A sum stays
   * below 2<sup>31</sup>, so the lower half never carries into the upper one.
   */
  private GrayImage alongRows(GrayImage image) {
    Taps taps = new Taps(image.columns, columns);
    byte[] result = new byte[image.rows * columns];
    long[] pair = new long[image.columns];
    for (int row = 0; row < image.rows; row += 2) {
      // The last of an odd number of rows is its own partner.
      int partner = Math.min(row + 1, image.rows - 1);
      pack(image.pixels, row * image.columns, partner * image.columns, pair);
      weigh(pair, taps, result, row * columns, partner * columns);
    }
    return new GrayImage(image.rows, columns, result);
  }

  private static void pack(byte[] pixels, int lower, int upper, long[] pair) {
    for (int column = 0; column < pair.length; column++) {
      pair[column] = (pixels[lower + column] & 0xff) | (pixels[upper + column] & 0xffL) << 32;
    }
  }

  private static void weigh(long[] pair, Taps taps, byte[] result, int lower, int upper) {
    int[] weights = taps.weights;
    int[] first = taps.first;
    int[] count = taps.count;
    for (int column = 0; column < first.length; column++) {
      int tap = column * taps.stride;
      int from = first[column];
      int length = count[column];
      long sums = HALF | (long) HALF << 32;
      for (int i = 0; i < length; i++) {
        sums += pair[from + i] * weights[tap + i];
      }
      result[lower + column] = level((int) sums);
      result[upper + column] = level((int) (sums >>> 32));
    }
  }

  private GrayImage downColumns(GrayImage image) {
    Taps taps = new Taps(image.rows, rows);
    byte[] pixels = image.pixels;
    byte[] result = new byte[rows * columns];
    int[] sums = new int[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(sums, HALF);
      for (int i = 0; i < taps.count[row]; i++) {
        int weight = taps.weights[row * taps.stride + i];
        int from = (taps.first[row] + i) * columns;
        for (int column = 0; column < columns; column++) {
          sums[column] += (pixels[from + column] & 0xff) * weight;
        }
      }
      for (int column = 0; column < columns; column++) {
        result[row * columns + column] = level(sums[column]);
      }
    }
    return new GrayImage(rows, columns, result);
  }

  /** The weights are not negative and sum to one within rounding, so only the top needs a bound. */
  private static byte level(int sum) {
    return (byte) Math.min(255, sum >> FRACTION_BITS);
  }

  /** Which source pixels make one pixel of an axis, and how much of each. */
  private static final class Taps {
    final int stride;
    final int[] first;
    final int[] count;
    final int[] weights;

    Taps(int from, int to) {
      double scale = (double) from / to;
      double reach = Math.max(scale, 1.0);
      stride = (int) Math.ceil(reach) * 2 + 1;
      first = new int[to];
      count = new int[to];
      weights = new int[Math.multiplyExact(stride, to)];
      double[] triangle = new double[stride];
      double perReach = 1.0 / reach;
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale;
        int start = Math.max(0, (int) (centre - reach + 0.5));
        int length = Math.min(from, (int) (centre + reach + 0.5)) - start;
        double sum = 0;
        for (int j = 0; j < length; j++) {
          triangle[j] = Math.max(0, 1 - Math.abs((j + start - centre + 0.5) * perReach));
          sum += triangle[j];
        }
        // One reciprocal for all would round some weights differently from Pillow.
        for (int j = 0; j < length; j++) {
          weights[i * stride + j] = (int) (triangle[j] / sum * (1 << FRACTION_BITS) + 0.5);
        }
        first[i] = start;
        count[i] = length;
      }
    }
  }
}
