package io.cxr.train.export;

/**
 * The values that an 8-bit activation can show: {@code scale * (q - zeroPoint)} for q from 0 to
 * 255. Zero is always one of them, so that padding is exact.
 *
 * @param scale the step between neighbours, above 0
 * @param zeroPoint which q is zero, from 0 to 255
 */
record ActivationRange(float scale, int zeroPoint) {
  static final int LEVELS = 255;

  /** The range that reaches from {@code low} to {@code high} and to zero. */
  static ActivationRange of(double low, double high) {
    double least = Math.min(low, 0);
    double greatest = Math.max(high, 0);
    double scale = (greatest - least) / LEVELS;
    if (!(scale >= Float.MIN_NORMAL)) {
      // A value that is always zero; any scale shows it.
      scale = 1.0 / LEVELS;
    }
    int zero = (int) Math.rint(-least / scale);
    return new ActivationRange((float) scale, Math.max(0, Math.min(LEVELS, zero)));
  }

  /** The range that reaches as far as both. */
  ActivationRange with(ActivationRange other) {
    return of(Math.min(least(), other.least()), Math.max(greatest(), other.greatest()));
  }

  /** The smallest value that it shows. */
  double least() {
    return -zeroPoint * (double) scale;
  }

  /** The largest value that it shows. */
  double greatest() {
    return (LEVELS - zeroPoint) * (double) scale;
  }
}
