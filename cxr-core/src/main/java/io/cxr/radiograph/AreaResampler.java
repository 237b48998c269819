package io.cxr.radiograph;

import java.util.Arrays;

/**
 * Resizes gray pixels. An axis that shrinks takes the mean over the area that each new pixel
 * covers, parts of pixels by their share; one that grows is linear between the middles of pixels.
 * The weights are whole numbers and each pixel is rounded once, so that results are exact and the
 * same everywhere. Not thread-safe.
 */
final class AreaResampler {
  /** The most that a 16-bit sample may be weighed with in 63 bits. */
  private static final long MOST_WEIGHT = 1L << 46;

  private final byte[] samples;
  private final boolean isDeep;
  private final int columns;
  private final Axis down;
  private final Axis across;

  /** The last two source rows that were resized along their length. */
  private final long[][] lines;

  private final int[] lineOf = {-1, -1};
  private final int[] source;

  private AreaResampler(byte[] samples, boolean isDeep, int columns, Axis down, Axis across) {
    this.samples = samples;
    this.isDeep = isDeep;
    this.columns = columns;
    this.down = down;
    this.across = across;
    lines = new long[2][across.size()];
    source = new int[columns];
  }

  /**
   * Resizes samples in the layout of {@link Radiograph#pixels()}.
   *
   * @throws IllegalArgumentException if the sizes are so far apart that weights do not fit
   */
  static byte[] resize(
      byte[] samples, int bits, int rows, int columns, int newRows, int newColumns) {
    Axis down = Axis.of(rows, newRows);
    Axis across = Axis.of(columns, newColumns);
    if (down.total > MOST_WEIGHT / across.total) {
      throw new IllegalArgumentException(
          "Resize: expected sizes nearer to each other, found "
              + rows
              + " x "
              + columns
              + " and "
              + newRows
              + " x "
              + newColumns);
    }
    return new AreaResampler(samples, bits > 8, columns, down, across).run();
  }

  private byte[] run() {
    int width = across.size();
    byte[] result =
        new byte[Math.multiplyExact(Math.multiplyExact(down.size(), width), isDeep ? 2 : 1)];
    long[] sums = new long[width];
    long total = down.total * across.total;
    for (int row = 0; row < down.size(); row++) {
      Arrays.fill(sums, 0);
      for (int i = down.offset[row]; i < down.offset[row + 1]; i++) {
        long[] line = line(down.first[row] + i - down.offset[row]);
        long weight = down.weights[i];
        for (int column = 0; column < width; column++) {
          sums[column] += weight * line[column];
        }
      }
      int at = row * width;
      for (int column = 0; column < width; column++, at++) {
        long value = (sums[column] + total / 2) / total;
        if (isDeep) {
          result[2 * at] = (byte) value;
          result[2 * at + 1] = (byte) (value >>> 8);
        } else {
          result[at] = (byte) value;
        }
      }
    }
    return result;
  }

  /** Neighbouring results share source rows. */
  private long[] line(int row) {
    long[] line = lines[row & 1];
    if (lineOf[row & 1] == row) {
      return line;
    }
    lineOf[row & 1] = row;
    int at = row * columns;
    for (int column = 0; column < columns; column++, at++) {
      source[column] =
          isDeep ? (samples[2 * at] & 255) | ((samples[2 * at + 1] & 255) << 8) : samples[at] & 255;
    }
    for (int column = 0; column < line.length; column++) {
      long sum = 0;
      int from = across.first[column] - across.offset[column];
      for (int i = across.offset[column]; i < across.offset[column + 1]; i++) {
        sum += across.weights[i] * source[from + i];
      }
      line[column] = sum;
    }
    return line;
  }

  /** Of each new pixel along an axis: the first of those that make it, and their weights. */
  private static final class Axis {
    private final int[] first;

    /** Where the weights of each begin; one more at the end. */
    private final int[] offset;

    private final long[] weights;

    /** The sum of each one's weights. */
    private final long total;

    private Axis(int size, int most, long total) {
      first = new int[size];
      offset = new int[size + 1];
      weights = new long[Math.multiplyExact(size, most)];
      this.total = total;
    }

    int size() {
      return first.length;
    }

    static Axis of(int from, int to) {
      return to < from ? areas(from, to) : lines(from, to);
    }

    /**
     * In units of a pixel's share: an old one is {@code to} of them wide, a new one {@code from}.
     */
    private static Axis areas(int from, int to) {
      Axis axis = new Axis(to, from / to + 2, from);
      int at = 0;
      for (int i = 0; i < to; i++) {
        long begin = (long) i * from;
        long end = begin + from;
        axis.first[i] = (int) (begin / to);
        axis.offset[i] = at;
        for (long pixel = begin / to; pixel * to < end; pixel++) {
          axis.weights[at++] = Math.min(end, (pixel + 1) * to) - Math.max(begin, pixel * to);
        }
      }
      axis.offset[to] = at;
      return axis;
    }

    private static Axis lines(int from, int to) {
      long total = 2L * to;
      Axis axis = new Axis(to, 2, total);
      int at = 0;
      for (int i = 0; i < to; i++) {
        // The middle of the new pixel, from that of the first old one.
        long middle = (2L * i + 1) * from - to;
        long held = Math.max(0, Math.min(middle, total * (from - 1)));
        axis.first[i] = (int) (held / total);
        axis.offset[i] = at;
        axis.weights[at++] = total - held % total;
        if (held % total != 0) {
          axis.weights[at++] = held % total;
        }
      }
      axis.offset[to] = at;
      return axis;
    }
  }
}
