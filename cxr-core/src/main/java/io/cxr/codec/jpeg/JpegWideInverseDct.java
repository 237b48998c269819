package io.cxr.codec.jpeg;

import static io.cxr.codec.jpeg.JpegCosines.C_0_298;
import static io.cxr.codec.jpeg.JpegCosines.C_0_390;
import static io.cxr.codec.jpeg.JpegCosines.C_0_541;
import static io.cxr.codec.jpeg.JpegCosines.C_0_765;
import static io.cxr.codec.jpeg.JpegCosines.C_0_899;
import static io.cxr.codec.jpeg.JpegCosines.C_1_175;
import static io.cxr.codec.jpeg.JpegCosines.C_1_501;
import static io.cxr.codec.jpeg.JpegCosines.C_1_847;
import static io.cxr.codec.jpeg.JpegCosines.C_1_961;
import static io.cxr.codec.jpeg.JpegCosines.C_2_053;
import static io.cxr.codec.jpeg.JpegCosines.C_2_562;
import static io.cxr.codec.jpeg.JpegCosines.C_3_072;
import static io.cxr.codec.jpeg.JpegCosines.FRACTION_BITS;

/**
 * The inverse DCT of {@link JpegInverseDct} for samples of 12 bits, with one bit more between the
 * passes instead of two, as other decoders of 12-bit JPEG compute it. Column by column in numbers
 * of 64 bits: what 12 bits ask for does not fit in halves of them.
 */
final class JpegWideInverseDct {
  private static final int PASS = 1;

  private JpegWideInverseDct() {}

  /** Turns coefficients, row by row, into samples around 0. */
  static void transform(int[] block) {
    for (int x = 0; x < 8; x++) {
      pass(block, x, 8, FRACTION_BITS - PASS, PASS);
    }
    for (int y = 0; y < 8; y++) {
      pass(block, 8 * y, 1, FRACTION_BITS + PASS + 3, -PASS - 3);
    }
  }

  /** One dimension; the results are scaled down by a shift with rounding. */
  private static void pass(int[] block, int at, int step, int shift, int flatShift) {
    int s0 = block[at];
    int s1 = block[at + step];
    int s2 = block[at + 2 * step];
    int s3 = block[at + 3 * step];
    int s4 = block[at + 4 * step];
    int s5 = block[at + 5 * step];
    int s6 = block[at + 6 * step];
    int s7 = block[at + 7 * step];
    if ((s1 | s2 | s3 | s4 | s5 | s6 | s7) == 0) {
      int flat = flatShift >= 0 ? s0 << flatShift : (s0 + (1 << (-flatShift - 1))) >> -flatShift;
      for (int i = 0; i < 8; i++) {
        block[at + i * step] = flat;
      }
      return;
    }
    // In 64 bits: forged coefficients would overflow 32.
    long z1 = (long) (s2 + s6) * C_0_541;
    long even2 = z1 - (long) s6 * C_1_847;
    long even3 = z1 + (long) s2 * C_0_765;
    long even0 = (long) (s0 + s4) << FRACTION_BITS;
    long even1 = (long) (s0 - s4) << FRACTION_BITS;
    long t10 = even0 + even3;
    long t13 = even0 - even3;
    long t11 = even1 + even2;
    long t12 = even1 - even2;

    long y1 = (long) s7 + s1;
    long y2 = (long) s5 + s3;
    long y3 = (long) s7 + s3;
    long y4 = (long) s5 + s1;
    long y5 = (y3 + y4) * C_1_175;
    long odd0 = (long) s7 * C_0_298;
    long odd1 = (long) s5 * C_2_053;
    long odd2 = (long) s3 * C_3_072;
    long odd3 = (long) s1 * C_1_501;
    y1 *= -C_0_899;
    y2 *= -C_2_562;
    y3 = y3 * -C_1_961 + y5;
    y4 = y4 * -C_0_390 + y5;
    odd0 += y1 + y3;
    odd1 += y2 + y4;
    odd2 += y2 + y3;
    odd3 += y1 + y4;

    long half = 1L << (shift - 1);
    block[at] = (int) ((t10 + odd3 + half) >> shift);
    block[at + 7 * step] = (int) ((t10 - odd3 + half) >> shift);
    block[at + step] = (int) ((t11 + odd2 + half) >> shift);
    block[at + 6 * step] = (int) ((t11 - odd2 + half) >> shift);
    block[at + 2 * step] = (int) ((t12 + odd1 + half) >> shift);
    block[at + 5 * step] = (int) ((t12 - odd1 + half) >> shift);
    block[at + 3 * step] = (int) ((t13 + odd0 + half) >> shift);
    block[at + 4 * step] = (int) ((t13 - odd0 + half) >> shift);
  }
}
