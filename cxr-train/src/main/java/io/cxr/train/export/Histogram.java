package io.cxr.train.export;

import java.nio.FloatBuffer;

/**
 * How often the values of one activation occur, in bins of one width. Bounds first ({@link
 * #widen}), then counts ({@link #add}). Exact zeros, half of what a ReLU gives, are kept apart:
 * they cost no range. Not thread-safe.
 */
final class Histogram {
  static final int BINS = 4096;

  private final long[] counts = new long[BINS];
  private float least;
  private float greatest;

  /** Extends the bounds to these values and to zero. */
  void widen(FloatBuffer values) {
    float low = least;
    float high = greatest;
    for (int i = values.position(); i < values.limit(); i++) {
      float value = values.get(i);
      if (!(Math.abs(value) <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "Calibration: expected finite activations, found " + value + " in the fp32 network");
      }
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    least = low;
    greatest = high;
  }

  /** Counts values that lie within the bounds. */
  void add(FloatBuffer values) {
    float width = greatest - least;
    float perBin = width > 0 ? BINS / width : 0;
    for (int i = values.position(); i < values.limit(); i++) {
      float value = values.get(i);
      if (value != 0) {
        counts[Math.max(0, Math.min(BINS - 1, (int) ((value - least) * perBin)))]++;
      }
    }
  }

  double least() {
    return least;
  }

  double greatest() {
    return greatest;
  }

  long count(int bin) {
    return counts[bin];
  }

  double centre(int bin) {
    return least + (bin + 0.5) * ((double) greatest - least) / BINS;
  }

  /** The value below which this share of the values other than zero lies, to a bin's width. */
  double quantile(double share) {
    if (share <= 0) {
      return least;
    }
    if (share >= 1) {
      return greatest;
    }
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    double wanted = share * total;
    double seen = 0;
    for (int bin = 0; bin < BINS; bin++) {
      seen += counts[bin];
      if (seen >= wanted) {
        // The outer edge of the bin, so that a value on it is not cut.
        return least + (bin + (share < 0.5 ? 0 : 1)) * ((double) greatest - least) / BINS;
      }
    }
    return greatest;
  }
}
