package io.cxr.preprocess;

/**
 * Which source pixels make one pixel of a resized axis, and how much of each: a kernel, scaled to
 * one pixel of the smaller image, with {@link #FRACTION_BITS} bits after the point and Pillow's
 * rounding. Immutable.
 */
final class AxisWeights {
  /** 32 bits, less 8 of a pixel, less 2 so that a sum cannot overflow. */
  static final int FRACTION_BITS = 32 - 8 - 2;

  /** What a sum starts with, so that it is rounded to the nearest. */
  static final int HALF = 1 << (FRACTION_BITS - 1);

  /** What weighs a source pixel by its distance. */
  enum Kernel {
    /** A triangle, two pixels wide. */
    TRIANGLE(1) {
      @Override
      double weight(double distance) {
        return Math.max(0, 1 - Math.abs(distance));
      }
    },
    /** Cubic convolution with a = -0.5 (Keys, IEEE TASSP 29, 1981), four pixels wide. */
    CUBIC(2) {
      @Override
      double weight(double distance) {
        double x = Math.abs(distance);
        if (x < 1) {
          return ((-0.5 + 2) * x - (-0.5 + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
      }
    };

    private final double reach;

    Kernel(double reach) {
      this.reach = reach;
    }

    /** From -{@link #reach} to {@link #reach}. */
    abstract double weight(double distance);
  }

  final int from;
  final int to;

  /** The first source pixel of each pixel. */
  final int[] first;

  /** How many source pixels each pixel has; at least 1. */
  final int[] count;

  /** The weights of pixel {@code i} start at {@code i * stride}. */
  final int stride;

  final int[] weights;

  /** Whether rounded weights may sum to so much more than one that white exceeds 255. */
  final boolean overshoots;

  /**
   * If no source pixel counts for more than two pixels, as when an axis shrinks: its two weights in
   * one number, so that a multiplication serves both. The source pixels from {@code segments[i]} to
   * before {@code segments[i + 1]} count for pixel {@code i - 1} by the lower 32 bits and for pixel
   * {@code i} by the upper ones. Otherwise empty.
   */
  final long[] pairs;

  /** {@code to + 2} bounds of segments in {@link #pairs}, else empty. */
  final int[] segments;

  AxisWeights(int from, int to) {
    this(from, to, Kernel.TRIANGLE);
  }

  AxisWeights(int from, int to, Kernel kernel) {
    this.from = from;
    this.to = to;
    double scale = (double) from / to;
    double width = Math.max(scale, 1.0);
    double reach = kernel.reach * width;
    stride = (int) Math.ceil(reach) * 2 + 1;
    first = new int[to];
    count = new int[to];
    weights = new int[Math.multiplyExact(stride, to)];
    double[] shares = new double[stride];
    double perWidth = 1.0 / width;
    long heaviest = 0;
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * scale;
      int start = Math.max(0, (int) (centre - reach + 0.5));
      int length = Math.min(from, (int) (centre + reach + 0.5)) - start;
      double sum = 0;
      for (int j = 0; j < length; j++) {
        shares[j] = kernel.weight((j + start - centre + 0.5) * perWidth);
        sum += shares[j];
      }
      // Weights of zero at the ends are left out.
      int skipped = 0;
      int kept = 0;
      long total = 0;
      for (int j = 0; j < length; j++) {
        // One reciprocal for all would round some weights differently from Pillow.
        double exact = shares[j] / sum * (1 << FRACTION_BITS);
        int weight = (int) (exact < 0 ? exact - 0.5 : exact + 0.5);
        if (weight == 0 && kept == 0) {
          skipped++;
        } else {
          weights[i * stride + j - skipped] = weight;
          kept = weight == 0 ? kept : j - skipped + 1;
          total += weight;
        }
      }
      first[i] = Math.min(start + skipped, from - 1);
      count[i] = Math.max(1, kept);
      heaviest = Math.max(heaviest, total);
    }
    overshoots = (255 * heaviest + HALF) >> FRACTION_BITS > 255;
    boolean pairable = kernel == Kernel.TRIANGLE;
    int[] bounds = pairable ? segments(from, to, first, count) : new int[0];
    segments = bounds;
    pairs = bounds.length == 0 ? new long[0] : pairs();
  }

  /** Whether {@link #pairs} and {@link #segments} are there. */
  boolean isPaired() {
    return segments.length > 0;
  }

  /** The greatest {@link #count}. */
  int widest() {
    int widest = 0;
    for (int each : count) {
      widest = Math.max(widest, each);
    }
    return widest;
  }

  /** Weight of a source pixel for a pixel; zero if it does not count. */
  int weight(int pixel, int source) {
    int tap = source - first[pixel];
    return tap < 0 || tap >= count[pixel] ? 0 : weights[pixel * stride + tap];
  }

  /**
   * Splits the source pixels so that those of segment {@code i} count only for pixels {@code i - 1}
   * and {@code i}: a segment starts where its pixel starts, which must not be before the last but
   * one has ended. Empty if it is.
   */
  private static int[] segments(int from, int to, int[] first, int[] count) {
    int[] bounds = new int[to + 2];
    for (int i = 1; i <= to; i++) {
      int ended = i < 2 ? 0 : first[i - 2] + count[i - 2];
      bounds[i] = i < to ? first[i] : Math.max(ended, bounds[i - 1]);
      if (bounds[i] < ended || bounds[i] < bounds[i - 1]) {
        return new int[0];
      }
    }
    bounds[to + 1] = from;
    return bounds;
  }

  private long[] pairs() {
    long[] result = new long[from];
    for (int i = 0; i <= to; i++) {
      for (int source = segments[i]; source < segments[i + 1]; source++) {
        long lower = i == 0 ? 0 : weight(i - 1, source);
        long upper = i == to ? 0 : weight(i, source);
        result[source] = lower | upper << 32;
      }
    }
    return result;
  }
}
