package io.cxr.preprocess;

import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.preprocess.AxisWeights.Kernel;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * Resizing in integers, of gray levels of any number of bits up to 16. Bilinear and bicubic: along
 * the rows first, then down the columns; each pass sums products of levels and weights with 22 bits
 * after the point, starts from one half, drops these bits and bounds the result to the range of
 * levels. On 8 bits that is what Pillow does.
 */
final class LevelArithmetic {
  private LevelArithmetic() {}

  /**
   * An image.
   *
   * @param rows its rows
   * @param columns its columns
   * @param white the highest level
   * @param at the level of a pixel, by its place row by row
   */
  record Levels(int rows, int columns, int white, IntUnaryOperator at) {}

  /** Takes the levels of the result. */
  interface Result {
    void put(int place, int level);
  }

  static void resize(Levels image, Resize resize, Result result) {
    switch (resize.resampling()) {
      case NEAREST -> nearest(image, resize, result);
      case BILINEAR -> weighted(image, resize, Kernel.TRIANGLE, result);
      case BICUBIC -> weighted(image, resize, Kernel.CUBIC, result);
      case AREA -> area(image, resize, result);
    }
  }

  private static void nearest(Levels image, Resize resize, Result result) {
    int[] down = NearestResampler.sources(image.rows(), resize.rows(), new int[resize.rows()]);
    int[] across =
        NearestResampler.sources(image.columns(), resize.columns(), new int[resize.columns()]);
    for (int row = 0; row < down.length; row++) {
      for (int column = 0; column < across.length; column++) {
        int level = image.at().applyAsInt(down[row] * image.columns() + across[column]);
        result.put(row * across.length + column, level);
      }
    }
  }

  private static void weighted(Levels image, Resize resize, Kernel kernel, Result result) {
    AxisWeights across = new AxisWeights(image.columns(), resize.columns(), kernel);
    AxisWeights down = new AxisWeights(image.rows(), resize.rows(), kernel);
    int columns = across.to;
    int[] lines = new int[Math.multiplyExact(image.rows(), columns)];
    for (int row = 0; row < image.rows(); row++) {
      for (int column = 0; column < columns; column++) {
        long sum = AxisWeights.HALF;
        int from = row * image.columns() + across.first[column];
        for (int i = 0; i < across.count[column]; i++) {
          sum +=
              (long) image.at().applyAsInt(from + i) * across.weights[column * across.stride + i];
        }
        lines[row * columns + column] = bounded(sum, image.white());
      }
    }
    for (int row = 0; row < down.to; row++) {
      for (int column = 0; column < columns; column++) {
        long sum = AxisWeights.HALF;
        for (int i = 0; i < down.count[row]; i++) {
          long level = lines[(down.first[row] + i) * columns + column];
          sum += level * down.weights[row * down.stride + i];
        }
        result.put(row * columns + column, bounded(sum, image.white()));
      }
    }
  }

  private static int bounded(long sum, int white) {
    return (int) Math.max(0, Math.min(white, sum >> AxisWeights.FRACTION_BITS));
  }

  private static void area(Levels image, Resize resize, Result result) {
    int columns = resize.columns();
    long area = (long) image.rows() * image.columns();
    boolean halving = image.rows() == 2 * resize.rows() && image.columns() == 2 * columns;
    long[] line = new long[columns];
    long[] sums = new long[columns];
    int known = -1;
    for (int row = 0; row < resize.rows(); row++) {
      Arrays.fill(sums, 0);
      int last = last(image.rows(), resize.rows(), row);
      for (int source = first(image.rows(), resize.rows(), row); source <= last; source++) {
        if (source != known) {
          sumLine(image, source, line);
          known = source;
        }
        long weight = covered(image.rows(), resize.rows(), row, source);
        for (int column = 0; column < columns; column++) {
          sums[column] += weight * line[column];
        }
      }
      for (int column = 0; column < columns; column++) {
        result.put(row * columns + column, mean(sums[column], area, halving));
      }
    }
  }

  private static void sumLine(Levels image, int row, long[] line) {
    for (int column = 0; column < line.length; column++) {
      long sum = 0;
      int last = last(image.columns(), line.length, column);
      for (int source = first(image.columns(), line.length, column); source <= last; source++) {
        sum +=
            covered(image.columns(), line.length, column, source)
                * image.at().applyAsInt(row * image.columns() + source);
      }
      line[column] = sum;
    }
  }

  /** The first source pixel of which a pixel covers a part. */
  private static int first(int from, int to, int pixel) {
    return (int) ((long) pixel * from / to);
  }

  /** The last one. */
  private static int last(int from, int to, int pixel) {
    return (int) (((long) (pixel + 1) * from - 1) / to);
  }

  /** How much of a source pixel a pixel covers, where a source pixel is {@code to} long. */
  private static long covered(int from, int to, int pixel, int source) {
    long start = Math.max((long) pixel * from, (long) source * to);
    long end = Math.min((long) (pixel + 1) * from, (long) (source + 1) * to);
    return end - start;
  }

  private static int mean(long sum, long area, boolean halvesUp) {
    long level = sum / area;
    long rest = 2 * (sum - level * area);
    boolean up = rest > area || (rest == area && (halvesUp || level % 2 == 1));
    return (int) (up ? level + 1 : level);
  }
}
