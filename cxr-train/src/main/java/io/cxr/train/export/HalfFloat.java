package io.cxr.train.export;

/** IEEE 754 binary16, which Java has from version 20 only. */
final class HalfFloat {
  private static final float LARGEST = 65504;
  private static final short POSITIVE_INFINITY = 0x7c00;
  private static final short NEGATIVE_INFINITY = (short) 0xfc00;

  /** Fewer values than this are not worth a node of their own. */
  private static final int WORTH_A_NODE = 4096;

  /**
   * Below 2^-14 a 16-bit float loses digits, and below 2^-24 it is nothing. Weights whose largest
   * is not well above that stay as they are: those of a head on large features can be so small.
   */
  private static final float LEAST_LARGEST = 1f / 1024;

  private HalfFloat() {}

  /** Whether weights are many, and lose no more than the last digits as 16-bit floats. */
  static boolean suits(float[] weights) {
    return weights.length >= WORTH_A_NODE && keepsDigits(weights);
  }

  /** Whether weights lose no more than the last digits as 16-bit floats. */
  static boolean keepsDigits(float[] weights) {
    float largest = 0;
    for (float weight : weights) {
      largest = Math.max(largest, Math.abs(weight));
    }
    // All zeros are zeros in either.
    return largest >= LEAST_LARGEST || largest == 0;
  }

  /**
   * The nearest 16-bit float, ties to even.
   *
   * @throws IllegalArgumentException if the value is not finite or too large
   */
  static short of(float value) {
    if (!(Math.abs(value) <= LARGEST)) {
      throw new IllegalArgumentException(
          "Export: expected weights of at most "
              + LARGEST
              + " for 16-bit floats, found "
              + value
              + ". Export them as 32-bit floats.");
    }
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude < 0x38800000) {
      // Subnormal: a multiple of 2^-24.
      return (short) (sign | (int) Math.rint(Math.abs((double) value) * (1 << 24)));
    }
    int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - 0x38000000) >>> 13));
  }

  /**
   * The nearest 16-bit float to a bound, which is infinite where the bound is beyond all of them.
   *
   * @throws IllegalArgumentException if the value is not a number
   */
  static short ofBound(float value) {
    if (Math.abs(value) > LARGEST) {
      return value > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY;
    }
    return of(value);
  }

  static float toFloat(short half) {
    int magnitude = half & 0x7fff;
    float value =
        magnitude < 0x400
            ? magnitude / (float) (1 << 24)
            : Float.intBitsToFloat((magnitude << 13) + 0x38000000);
    return half < 0 ? -value : value;
  }
}
