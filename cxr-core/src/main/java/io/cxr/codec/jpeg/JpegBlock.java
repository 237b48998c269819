package io.cxr.codec.jpeg;

import java.util.Arrays;

/**
 * The dequantised coefficients of one block of 8 x 8 samples.
 *
 * <p>Two columns share a {@code long}, {@code right * 2^32 + left}, both signed. Sums, differences
 * and multiples of such numbers are those of both columns, as long as each stays within 32 bits. A
 * single coefficient {@code c} of column {@code x} is {@code c << 32 * (x % 2)}.
 */
final class JpegBlock {
  /**
   * The largest sum of magnitudes that the codec's arithmetic of 16 and 32 bits follows exactly: no
   * column of the first pass then exceeds {@code 4 * sqrt(2) * 5600 < 2^15}. Only sharp black and
   * white noise has more.
   */
  private static final int LARGEST_SUM = 5600;

  /**
   * Up to this sum, no sample lies outside -512 to 511, where the codec's limiting would differ.
   */
  private static final int SAFE_SUM = 2040;

  /** Without the DC coefficient; row times 4 plus half the column. */
  final long[] pairs = new long[32];

  /** The coefficient of the mean, dequantised. */
  int dc;

  /** The sum of magnitudes of the others. */
  int acSum;

  /** Places, as bits, of the others that may be other than 0. */
  long present;

  /** All coefficients 0. */
  void clear() {
    if (present != 0) {
      Arrays.fill(pairs, 0);
      present = 0;
    }
    dc = 0;
    acSum = 0;
  }

  /** Whether all samples are 128. */
  boolean isNeutral() {
    return present == 0 && dc >= -4 && dc <= 3;
  }

  /** Leaves blocks to the codec which it would not transform by the book. */
  void check() throws JpegIrregularity {
    // The DC coefficient first: its magnitude could overflow the sum.
    if (dc > LARGEST_SUM || dc < -LARGEST_SUM || acSum + Math.abs(dc) > SAFE_SUM) {
      checkSamples();
    }
  }

  private void checkSamples() throws JpegIrregularity {
    if (dc > LARGEST_SUM || dc < -LARGEST_SUM || acSum + Math.abs(dc) > LARGEST_SUM) {
      throw new JpegIrregularity("coefficients that no picture has");
    }
    if (JpegInverseDct.exceedsLimits(this)) {
      throw new JpegIrregularity("samples that no picture has");
    }
  }
}
