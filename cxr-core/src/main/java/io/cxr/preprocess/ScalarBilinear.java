package io.cxr.preprocess;

import java.util.Arrays;

/**
 * The kernel for any JVM. Four rows at a time are resized along the row; of these lines only those
 * are kept that the next row of the result needs.
 */
final class ScalarBilinear implements BilinearKernel {
  private static final int FRACTION_BITS = AxisWeights.FRACTION_BITS;
  private static final int HALF = AxisWeights.HALF;

  /** Rows resized at a time: their weights are loaded once. */
  private static final int GROUP = 4;

  @Override
  public void resample(
      byte[] source, AxisWeights down, AxisWeights across, byte[] result, Workspace workspace) {
    int columns = across.to;
    // Each line at its row modulo the height, which leaves room for the rest of its group.
    int height = down.widest() + GROUP - 1;
    int[][] window = workspace.lines(height, columns);
    int[] sums = workspace.sums(columns);
    int next = 0;
    for (int row = 0; row < down.to; row++) {
      int end = down.first[row] + down.count[row];
      for (; next < end; next += GROUP) {
        resizeGroup(source, next, down.from - 1, across, window, height);
      }
      Arrays.fill(sums, 0, columns, HALF);
      weigh(window, height, down, row, sums, columns);
      for (int column = 0; column < columns; column++) {
        result[row * columns + column] = (byte) Math.min(255, sums[column] >> FRACTION_BITS);
      }
    }
  }

  private static void resizeGroup(
      byte[] source, int row, int lastRow, AxisWeights across, int[][] window, int height) {
    int[] line0 = window[row % height];
    int[] line1 = window[(row + 1) % height];
    int[] line2 = window[(row + 2) % height];
    int[] line3 = window[(row + 3) % height];
    int length = across.from;
    // Beyond the image the last row once more; nobody reads it.
    int row0 = row * length;
    int row1 = Math.min(row + 1, lastRow) * length;
    int row2 = Math.min(row + 2, lastRow) * length;
    int row3 = Math.min(row + 3, lastRow) * length;
    if (across.isPaired()) {
      resizePaired(
          source,
          row0,
          row1,
          row2,
          row3,
          across.segments,
          across.pairs,
          line0,
          line1,
          line2,
          line3);
    } else {
      resize(source, row0, across, line0);
      resize(source, row1, across, line1);
      resize(source, row2, across, line2);
      resize(source, row3, across, line3);
    }
    if (across.overshoots) {
      bound(line0, across.to);
      bound(line1, across.to);
      bound(line2, across.to);
      bound(line3, across.to);
    }
  }

  /**
   * Each multiplication serves two neighbours in the line, one in each half of a long. A sum stays
   * below 2<sup>31</sup>, so the lower half never carries into the upper one.
   */
  private static void resizePaired(
      byte[] source,
      int row0,
      int row1,
      int row2,
      int row3,
      int[] segments,
      long[] pairs,
      int[] line0,
      int[] line1,
      int[] line2,
      int[] line3) {
    int columns = segments.length - 2;
    int i = 0;
    long half0 = HALF;
    long half1 = HALF;
    long half2 = HALF;
    long half3 = HALF;
    for (int segment = 0; segment <= columns; segment++) {
      int end = segments[segment + 1];
      long sums0 = half0;
      long sums1 = half1;
      long sums2 = half2;
      long sums3 = half3;
      for (; i < end; i++) {
        long pair = pairs[i];
        sums0 += (source[row0 + i] & 0xff) * pair;
        sums1 += (source[row1 + i] & 0xff) * pair;
        sums2 += (source[row2 + i] & 0xff) * pair;
        sums3 += (source[row3 + i] & 0xff) * pair;
      }
      if (segment > 0) {
        line0[segment - 1] = (int) sums0 >> FRACTION_BITS;
        line1[segment - 1] = (int) sums1 >> FRACTION_BITS;
        line2[segment - 1] = (int) sums2 >> FRACTION_BITS;
        line3[segment - 1] = (int) sums3 >> FRACTION_BITS;
      }
      half0 = HALF + (sums0 >>> 32);
      half1 = HALF + (sums1 >>> 32);
      half2 = HALF + (sums2 >>> 32);
      half3 = HALF + (sums3 >>> 32);
    }
  }

  private static void resize(byte[] source, int row, AxisWeights across, int[] line) {
    int[] weights = across.weights;
    for (int column = 0; column < across.to; column++) {
      int from = row + across.first[column];
      int tap = column * across.stride;
      int sum = HALF;
      for (int i = 0; i < across.count[column]; i++) {
        sum += (source[from + i] & 0xff) * weights[tap + i];
      }
      line[column] = sum >> FRACTION_BITS;
    }
  }

  /** The weights are not negative and sum to one within rounding, so only the top needs a bound. */
  private static void bound(int[] line, int columns) {
    for (int column = 0; column < columns; column++) {
      line[column] = Math.min(255, line[column]);
    }
  }

  /** Adds up the lines of one row of the result, four at a time. */
  private static void weigh(
      int[][] window, int height, AxisWeights down, int row, int[] sums, int columns) {
    int[] weights = down.weights;
    int line = down.first[row];
    int tap = row * down.stride;
    int end = tap + down.count[row];
    for (; tap + 3 < end; tap += 4, line += 4) {
      addScaled(
          window[line % height],
          weights[tap],
          window[(line + 1) % height],
          weights[tap + 1],
          window[(line + 2) % height],
          weights[tap + 2],
          window[(line + 3) % height],
          weights[tap + 3],
          sums,
          columns);
    }
    for (; tap < end; tap++, line++) {
      addScaled(window[line % height], weights[tap], sums, columns);
    }
  }

  // Plain loops over int arrays, which the JIT compiler turns into vector instructions.

  private static void addScaled(
      int[] line0,
      int weight0,
      int[] line1,
      int weight1,
      int[] line2,
      int weight2,
      int[] line3,
      int weight3,
      int[] sums,
      int columns) {
    for (int i = 0; i < columns; i++) {
      sums[i] += line0[i] * weight0 + line1[i] * weight1 + line2[i] * weight2 + line3[i] * weight3;
    }
  }

  private static void addScaled(int[] line, int weight, int[] sums, int columns) {
    for (int i = 0; i < columns; i++) {
      sums[i] += line[i] * weight;
    }
  }
}
