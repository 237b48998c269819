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

import io.cxr.codec.Words;

/**
 * The inverse DCT of ITU-T T.81, A.3.3, in integers, after C. Loeffler, A. Ligtenberg and G.
 * Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications", ICASSP 1989. T.81 leaves
 * the rounding open; here it is that of the codec's accurate integer method, bit for bit: constants
 * of 13 bits, columns first, 2 bits more between the passes.
 *
 * <p>Both passes run on two columns or two rows at a time, which share a {@code long} ({@link
 * JpegBlock}). Where the lower or the right half of the coefficients is 0, as mostly, it is left
 * out.
 */
final class JpegInverseDct {
  private static final int COLUMN_SHIFT = FRACTION_BITS - 2;
  private static final int ROW_SHIFT = FRACTION_BITS + 2 + 3;

  /** The same in both halves. */
  private static final long BOTH = (1L << 32) + 1;

  /** What makes both halves positive, so that they can be taken apart by shifting. */
  private static final int BIAS = 1 << 30;

  private static final long COLUMN_ROUNDING = BOTH * (BIAS + (1 << (COLUMN_SHIFT - 1)));
  private static final long COLUMN_BIAS = BOTH * (BIAS >> COLUMN_SHIFT);
  private static final int COLUMN_MASK = -1 >>> COLUMN_SHIFT;
  private static final long HIGH_COLUMN_MASK = (long) COLUMN_MASK << 32;

  /** With 128 for the samples' offset, by T.81, A.3.1; the bias is a multiple of 4096 samples. */
  private static final long ROW_ROUNDING =
      BOTH * (BIAS + (128 << ROW_SHIFT) + (1 << (ROW_SHIFT - 1)));

  private static final int LIMIT_MASK = 4095;

  /** Samples limited to 0 to 255, by their lowest 12 bits. */
  private static final byte[] LIMIT = new byte[LIMIT_MASK + 1];

  static {
    for (int i = 0; i < LIMIT.length; i++) {
      LIMIT[i] = (byte) (i < 256 ? i : i <= LIMIT_MASK / 2 ? 255 : 0);
    }
  }

  /** The first pass' result: pair of rows times 8 plus column, the upper row in the lower half. */
  private final long[] rowPairs = new long[32];

  /** Writes the samples of a block that {@link JpegBlock#check()} let pass. */
  void transform(JpegBlock block, byte[] samples, int at, int stride) {
    if (block.present == 0) {
      fill(block.dc, samples, at, stride);
      return;
    }
    block.pairs[0] += block.dc;
    boolean right = (block.present & JpegZigzag.RIGHT_COLUMNS) != 0;
    int pairs = right ? 4 : 2;
    if ((block.present & JpegZigzag.LOWER_ROWS) != 0) {
      columnsOf8(block.pairs, pairs);
    } else {
      columnsOf4(block.pairs, pairs);
    }
    block.pairs[0] -= block.dc;
    // A sample lies at most a quarter of the sum away from the mean (and a little, by rounding).
    int mean = (block.dc >> 3) + 128;
    int spread = (block.acSum >> 2) + 2;
    boolean limited = mean - spread < 0 || mean + spread > 255;
    if (right) {
      rowsOf8(limited, samples, at, stride);
    } else {
      rowsOf4(limited, samples, at, stride);
    }
  }

  private static void fill(int dc, byte[] samples, int at, int stride) {
    long eight = 0x0101010101010101L * clamp(((dc + 4) >> 3) + 128);
    for (int y = 0; y < 8; y++) {
      Words.setLittleLong(samples, at + y * stride, eight);
    }
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }

  // The first pass ------------------------------------------------------------------------------

  /** The columns, two at a time. */
  private void columnsOf8(long[] in, int pairs) {
    for (int pair = 0; pair < pairs; pair++) {
      long in0 = (in[pair] << FRACTION_BITS) + COLUMN_ROUNDING;
      long in4 = in[16 + pair] << FRACTION_BITS;
      long in2 = in[8 + pair];
      long in6 = in[24 + pair];
      long turned = (in2 + in6) * C_0_541;
      long even2 = turned - in6 * C_1_847;
      long even3 = turned + in2 * C_0_765;
      long sum = in0 + in4;
      long difference = in0 - in4;
      long e0 = sum + even3;
      long e3 = sum - even3;
      long e1 = difference + even2;
      long e2 = difference - even2;

      long in1 = in[4 + pair];
      long in3 = in[12 + pair];
      long in5 = in[20 + pair];
      long in7 = in[28 + pair];
      long all = (in1 + in3 + in5 + in7) * C_1_175;
      long outer = (in7 + in1) * -C_0_899;
      long inner = (in5 + in3) * -C_2_562;
      long late = all - (in7 + in3) * C_1_961;
      long early = all - (in5 + in1) * C_0_390;
      long o0 = in7 * C_0_298 + outer + late;
      long o1 = in5 * C_2_053 + inner + early;
      long o2 = in3 * C_3_072 + inner + late;
      long o3 = in1 * C_1_501 + outer + early;

      storeColumns(0, pair, e0 + o3, e1 + o2);
      storeColumns(1, pair, e2 + o1, e3 + o0);
      storeColumns(2, pair, e3 - o0, e2 - o1);
      storeColumns(3, pair, e1 - o2, e0 - o3);
    }
  }

  /** The columns, where only the upper four coefficients may be other than 0. */
  private void columnsOf4(long[] in, int pairs) {
    for (int pair = 0; pair < pairs; pair++) {
      long in0 = (in[pair] << FRACTION_BITS) + COLUMN_ROUNDING;
      long in2 = in[8 + pair];
      long even2 = in2 * C_0_541;
      long even3 = in2 * (C_0_541 + C_0_765);
      long e0 = in0 + even3;
      long e3 = in0 - even3;
      long e1 = in0 + even2;
      long e2 = in0 - even2;

      long in1 = in[4 + pair];
      long in3 = in[12 + pair];
      long all = (in1 + in3) * C_1_175;
      long late = all - in3 * C_1_961;
      long early = all - in1 * C_0_390;
      long o0 = late - in1 * C_0_899;
      long o1 = early - in3 * C_2_562;
      long o2 = late + in3 * (C_3_072 - C_2_562);
      long o3 = early + in1 * (C_1_501 - C_0_899);

      storeColumns(0, pair, e0 + o3, e1 + o2);
      storeColumns(1, pair, e2 + o1, e3 + o0);
      storeColumns(2, pair, e3 - o0, e2 - o1);
      storeColumns(3, pair, e1 - o2, e0 - o3);
    }
  }

  /** Two rows of two columns, rounded, and turned from pairs of columns to pairs of rows. */
  private void storeColumns(int rows, int pair, long upper, long lower) {
    int at = rows * 8 + 2 * pair;
    rowPairs[at] =
        ((upper >>> COLUMN_SHIFT & COLUMN_MASK) | (lower >>> COLUMN_SHIFT & COLUMN_MASK) << 32)
            - COLUMN_BIAS;
    rowPairs[at + 1] =
        (upper >>> (32 + COLUMN_SHIFT) | (lower >>> COLUMN_SHIFT & HIGH_COLUMN_MASK)) - COLUMN_BIAS;
  }

  // The second pass -----------------------------------------------------------------------------

  /** The rows, two at a time. */
  private void rowsOf8(boolean limited, byte[] samples, int first, int stride) {
    long[] in = rowPairs;
    int at = first;
    for (int from = 0; from < 32; from += 8, at += 2 * stride) {
      long in0 = (in[from] << FRACTION_BITS) + ROW_ROUNDING;
      long in4 = in[from + 4] << FRACTION_BITS;
      long in2 = in[from + 2];
      long in6 = in[from + 6];
      long turned = (in2 + in6) * C_0_541;
      long even2 = turned - in6 * C_1_847;
      long even3 = turned + in2 * C_0_765;
      long sum = in0 + in4;
      long difference = in0 - in4;
      long e0 = sum + even3;
      long e3 = sum - even3;
      long e1 = difference + even2;
      long e2 = difference - even2;

      long in1 = in[from + 1];
      long in3 = in[from + 3];
      long in5 = in[from + 5];
      long in7 = in[from + 7];
      long all = (in1 + in3 + in5 + in7) * C_1_175;
      long outer = (in7 + in1) * -C_0_899;
      long inner = (in5 + in3) * -C_2_562;
      long late = all - (in7 + in3) * C_1_961;
      long early = all - (in5 + in1) * C_0_390;
      long o0 = in7 * C_0_298 + outer + late;
      long o1 = in5 * C_2_053 + inner + early;
      long o2 = in3 * C_3_072 + inner + late;
      long o3 = in1 * C_1_501 + outer + early;

      if (limited) {
        storeLimited(e0 + o3, e1 + o2, e2 + o1, e3 + o0, samples, at, stride);
        storeLimited(e3 - o0, e2 - o1, e1 - o2, e0 - o3, samples, at + 4, stride);
      } else {
        store(e0 + o3, e1 + o2, e2 + o1, e3 + o0, samples, at, stride);
        store(e3 - o0, e2 - o1, e1 - o2, e0 - o3, samples, at + 4, stride);
      }
    }
  }

  /** The rows, where only the left four numbers may be other than 0. */
  private void rowsOf4(boolean limited, byte[] samples, int first, int stride) {
    long[] in = rowPairs;
    int at = first;
    for (int from = 0; from < 32; from += 8, at += 2 * stride) {
      long in0 = (in[from] << FRACTION_BITS) + ROW_ROUNDING;
      long in2 = in[from + 2];
      long even2 = in2 * C_0_541;
      long even3 = in2 * (C_0_541 + C_0_765);
      long e0 = in0 + even3;
      long e3 = in0 - even3;
      long e1 = in0 + even2;
      long e2 = in0 - even2;

      long in1 = in[from + 1];
      long in3 = in[from + 3];
      long all = (in1 + in3) * C_1_175;
      long late = all - in3 * C_1_961;
      long early = all - in1 * C_0_390;
      long o0 = late - in1 * C_0_899;
      long o1 = early - in3 * C_2_562;
      long o2 = late + in3 * (C_3_072 - C_2_562);
      long o3 = early + in1 * (C_1_501 - C_0_899);

      if (limited) {
        storeLimited(e0 + o3, e1 + o2, e2 + o1, e3 + o0, samples, at, stride);
        storeLimited(e3 - o0, e2 - o1, e1 - o2, e0 - o3, samples, at + 4, stride);
      } else {
        store(e0 + o3, e1 + o2, e2 + o1, e3 + o0, samples, at, stride);
        store(e3 - o0, e2 - o1, e1 - o2, e0 - o3, samples, at + 4, stride);
      }
    }
  }

  /** Four samples of two rows, which are known to lie from 0 to 255: the bias is cut off. */
  private static void store(long a, long b, long c, long d, byte[] samples, int at, int stride) {
    long packed =
        (a >>> ROW_SHIFT & 0x000000ff_000000ffL)
            | (b >>> (ROW_SHIFT - 8) & 0x0000ff00_0000ff00L)
            | (c >>> (ROW_SHIFT - 16) & 0x00ff0000_00ff0000L)
            | (d << (24 - ROW_SHIFT) & 0xff000000_ff000000L);
    Words.setLittleInt(samples, at, (int) packed);
    Words.setLittleInt(samples, at + stride, (int) (packed >>> 32));
  }

  private static void storeLimited(
      long a, long b, long c, long d, byte[] samples, int at, int stride) {
    samples[at] = LIMIT[(int) a >>> ROW_SHIFT & LIMIT_MASK];
    samples[at + 1] = LIMIT[(int) b >>> ROW_SHIFT & LIMIT_MASK];
    samples[at + 2] = LIMIT[(int) c >>> ROW_SHIFT & LIMIT_MASK];
    samples[at + 3] = LIMIT[(int) d >>> ROW_SHIFT & LIMIT_MASK];
    int below = at + stride;
    samples[below] = LIMIT[(int) (a >>> (32 + ROW_SHIFT)) & LIMIT_MASK];
    samples[below + 1] = LIMIT[(int) (b >>> (32 + ROW_SHIFT)) & LIMIT_MASK];
    samples[below + 2] = LIMIT[(int) (c >>> (32 + ROW_SHIFT)) & LIMIT_MASK];
    samples[below + 3] = LIMIT[(int) (d >>> (32 + ROW_SHIFT)) & LIMIT_MASK];
  }

  // What the codec would not limit ---------------------------------------------------------------

  /**
   * Whether a sample lies outside -512 to 511 before 128 is added and it is limited. Slow, and for
   * few blocks: after the definition, with a margin for rounding.
   */
  static boolean exceedsLimits(JpegBlock block) {
    double[] columns = new double[64];
    for (int x = 0; x < 8; x++) {
      for (int y = 0; y < 8; y++) {
        double sum = 0;
        for (int v = 0; v < 8; v++) {
          sum += COSINES[v][y] * coefficient(block, v, x);
        }
        columns[y * 8 + x] = sum;
      }
    }
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        double sum = 0;
        for (int u = 0; u < 8; u++) {
          sum += COSINES[u][x] * columns[y * 8 + u];
        }
        if (Math.abs(sum) > 508) {
          return true;
        }
      }
    }
    return false;
  }

  /** By frequency and place. */
  private static final double[][] COSINES = new double[8][8];

  static {
    for (int u = 0; u < 8; u++) {
      for (int x = 0; x < 8; x++) {
        COSINES[u][x] =
            (u == 0 ? Math.sqrt(0.125) : 0.5) * Math.cos((2 * x + 1) * u * Math.PI / 16);
      }
    }
  }

  private static int coefficient(JpegBlock block, int row, int column) {
    long pair = block.pairs[row * 4 + column / 2];
    int left = (int) pair;
    int value = column % 2 == 0 ? left : (int) ((pair - left) >> 32);
    return row == 0 && column == 0 ? value + block.dc : value;
  }
}
