package io.cxr.preprocess;

import io.cxr.model.PreprocessingStep.GaussianBlur;

/**
 * Gaussian blur, rows first, then columns, as OpenCV's {@code GaussianBlur} does it on 8-bit images
 * when it chooses the kernel's size from sigma (OpenCV manual, imgproc, Image Filtering): {@code
 * round(6 * sigma + 1) | 1} taps, weights in 256ths that sum to 256 exactly, {@link Reflection} at
 * the border, one rounding at the end. Thread-safe.
 */
final class GaussianFilter implements GrayFilter {
  private static final int FRACTION_BITS = 8;

  private final int[] weights;

  /** The first tap that is not zero, or the middle one. */
  private final int outermost;

  GaussianFilter(double sigma) {
    this.weights = new GaussianBlur(sigma).kernel();
    int tap = 0;
    while (tap < weights.length / 2 && weights[tap] == 0) {
      tap++;
    }
    this.outermost = tap;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int size = weights.length;
    int radius = size / 2;
    if (radius == 0) {
      return image;
    }
    int rows = image.rows;
    int columns = image.columns;
    // The rows that a kernel's height needs, blurred along the row, each at its index modulo.
    int height = Math.min(rows, size);
    int[][] window = workspace.lines(height + 5, columns + 2 * radius);
    int[] sums = workspace.sums(columns);
    int next = 0;
    for (int row = 0; row < rows; row++) {
      for (; next < rows && next <= row + radius; next++) {
        blurRow(image, next, window, height, window[next % height]);
      }
      setScaled(window[row % height], weights[radius], 1 << (2 * FRACTION_BITS - 1), sums, columns);
      // Taps in twos, which spares half of the ways to the sums and back.
      int tap = outermost;
      for (; tap + 1 < radius; tap += 2) {
        addScaled(
            window[Reflection.of(row + tap - radius, rows) % height],
            window[Reflection.of(row + radius - tap, rows) % height],
            weights[tap],
            window[Reflection.of(row + tap + 1 - radius, rows) % height],
            window[Reflection.of(row + radius - tap - 1, rows) % height],
            weights[tap + 1],
            sums,
            columns);
      }
      if (tap < radius) {
        addScaled(
            window[Reflection.of(row + tap - radius, rows) % height],
            window[Reflection.of(row + radius - tap, rows) % height],
            weights[tap],
            sums,
            columns);
      }
      // In place: this row is in the window, and so is every row above that is still needed.
      for (int column = 0; column < columns; column++) {
        image.pixels[row * columns + column] = (byte) (sums[column] >> (2 * FRACTION_BITS));
      }
    }
    return image;
  }

  /** With the five lines from {@code scratch} to work in. */
  private void blurRow(GrayImage image, int row, int[][] lines, int scratch, int[] result) {
    int[] padded = lines[scratch];
    int[] left = lines[scratch + 1];
    int[] right = lines[scratch + 2];
    int[] innerLeft = lines[scratch + 3];
    int[] innerRight = lines[scratch + 4];
    int radius = weights.length / 2;
    int columns = image.columns;
    int start = row * columns;
    for (int column = 0; column < columns; column++) {
      padded[radius + column] = image.pixels[start + column] & 0xff;
    }
    for (int i = 1; i <= radius; i++) {
      padded[radius - i] = padded[radius + Reflection.of(-i, columns)];
      padded[radius + columns - 1 + i] = padded[radius + Reflection.of(columns - 1 + i, columns)];
    }
    // Copies, since only loops that use one index for all arrays become vector instructions.
    System.arraycopy(padded, radius, left, 0, columns);
    setScaled(left, weights[radius], 0, result, columns);
    int last = weights.length - 1;
    int tap = outermost;
    for (; tap + 1 < radius; tap += 2) {
      System.arraycopy(padded, tap, left, 0, columns);
      System.arraycopy(padded, last - tap, right, 0, columns);
      System.arraycopy(padded, tap + 1, innerLeft, 0, columns);
      System.arraycopy(padded, last - tap - 1, innerRight, 0, columns);
      addScaled(
          left, right, weights[tap], innerLeft, innerRight, weights[tap + 1], result, columns);
    }
    if (tap < radius) {
      System.arraycopy(padded, tap, left, 0, columns);
      System.arraycopy(padded, last - tap, right, 0, columns);
      addScaled(left, right, weights[tap], result, columns);
    }
  }

  // Plain loops over int arrays, which the JIT compiler turns into vector instructions.

  private static void setScaled(int[] values, int weight, int start, int[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] = start + values[i] * weight;
    }
  }

  private static void addScaled(int[] values, int[] others, int weight, int[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += (values[i] + others[i]) * weight;
    }
  }

  private static void addScaled(
      int[] values,
      int[] others,
      int weight,
      int[] innerValues,
      int[] innerOthers,
      int innerWeight,
      int[] sums,
      int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += (values[i] + others[i]) * weight + (innerValues[i] + innerOthers[i]) * innerWeight;
    }
  }
}
