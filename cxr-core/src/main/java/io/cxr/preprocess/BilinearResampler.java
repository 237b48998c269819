package io.cxr.preprocess;

/**
 * Brings an image to another size by weighting the source pixels with a triangle as wide as one
 * pixel of the smaller image, which smooths when it shrinks (antialiasing). Equal to Pillow's
 * {@code Image.resize(..., BILINEAR)} bit for bit: along the rows first, then down the columns, 8
 * bits in between, weights with 22 bits after the point. Thread-safe.
 */
final class BilinearResampler implements GrayFilter {
  /** For how many lengths of an axis the weights are kept. */
  private static final int REMEMBERED = 8;

  /** The longest axis whose weights are kept, so that little memory is. */
  private static final int LONGEST_REMEMBERED = 1 << 14;

  private final int rows;
  private final int columns;
  private final BilinearKernel kernel;

  /** Latest first; the array is replaced, never changed. */
  private volatile AxisWeights[] remembered = {};

  BilinearResampler(int rows, int columns) {
    this(rows, columns, BilinearKernel.fastest());
  }

  BilinearResampler(int rows, int columns, BilinearKernel kernel) {
    this.rows = rows;
    this.columns = columns;
    this.kernel = kernel;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    if (image.rows == rows && image.columns == columns) {
      return image;
    }
    AxisWeights down = weights(image.rows, rows);
    AxisWeights across = weights(image.columns, columns);
    byte[] result = workspace.pixels(rows * columns);
    kernel.resample(image.pixels, down, across, result, workspace);
    return new GrayImage(rows, columns, result);
  }

  private AxisWeights weights(int from, int to) {
    AxisWeights[] known = remembered;
    for (AxisWeights each : known) {
      if (each.from == from && each.to == to) {
        return each;
      }
    }
    AxisWeights fresh = new AxisWeights(from, to);
    if (from <= LONGEST_REMEMBERED && to <= LONGEST_REMEMBERED) {
      // Two threads at once may each forget the other's; that costs time only.
      AxisWeights[] next = new AxisWeights[Math.min(known.length + 1, REMEMBERED)];
      next[0] = fresh;
      System.arraycopy(known, 0, next, 1, next.length - 1);
      remembered = next;
    }
    return fresh;
  }
}
