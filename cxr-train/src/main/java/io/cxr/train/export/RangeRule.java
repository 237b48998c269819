package io.cxr.train.export;

/** How the range of an 8-bit activation is chosen from the values on the calibration images. */
enum RangeRule {
  /** From the smallest value to the largest. */
  MIN_MAX("minimum to maximum", 0),
  /** All but one of 100,000 values at each end. */
  PERCENTILE_99_999("99.999th percentile", 1e-5),
  /** All but one of 10,000 values at each end. */
  PERCENTILE_99_99("99.99th percentile", 1e-4),
  /** The range with the least mean squared error of rounding and clipping. */
  LEAST_SQUARES("least squared error", 0);

  private static final int CANDIDATES = 100;

  private final String words;
  private final double cut;

  RangeRule(String words, double cut) {
    this.words = words;
    this.cut = cut;
  }

  String words() {
    return words;
  }

  ActivationRange range(Histogram histogram) {
    if (this == LEAST_SQUARES) {
      return leastSquares(histogram);
    }
    return ActivationRange.of(histogram.quantile(cut), histogram.quantile(1 - cut));
  }

  /** Shrinks both ends in step and keeps the best. */
  private static ActivationRange leastSquares(Histogram histogram) {
    ActivationRange best = ActivationRange.of(histogram.least(), histogram.greatest());
    double leastError = error(histogram, best);
    for (int i = CANDIDATES - 1; i > CANDIDATES / 5; i--) {
      double share = (double) i / CANDIDATES;
      ActivationRange range =
          ActivationRange.of(histogram.least() * share, histogram.greatest() * share);
      double error = error(histogram, range);
      if (error < leastError) {
        leastError = error;
        best = range;
      }
    }
    return best;
  }

  private static double error(Histogram histogram, ActivationRange range) {
    double low = range.least();
    double high = range.greatest();
    // Rounding spreads evenly over a step; clipping is known value by value.
    double rounding = range.scale() * (double) range.scale() / 12;
    double sum = 0;
    for (int bin = 0; bin < Histogram.BINS; bin++) {
      long count = histogram.count(bin);
      if (count > 0) {
        double value = histogram.centre(bin);
        double clipped = value < low ? low - value : value > high ? value - high : 0;
        sum += count * (clipped > 0 ? clipped * clipped : rounding);
      }
    }
    return sum;
  }
}
