package io.cxr.preprocess;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernel on the JDK's Vector API: eight rows at a time, one in each lane of a vector of 256
 * bits. It serves axes that shrink or stay; {@link ScalarBilinear} does the rest.
 *
 * <p>The rows of the result are summed lane by lane, and the eight lanes of each only at the end.
 * Sums of integers are the same in any order.
 */
final class VectorBilinear implements BilinearKernel {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int LANES = 8;
  private static final int FRACTION_BITS = AxisWeights.FRACTION_BITS;
  private static final int HALF = AxisWeights.HALF;

  private final ScalarBilinear scalar = new ScalarBilinear();

  VectorBilinear() {
    if (IntVector.SPECIES_PREFERRED.length() < LANES) {
      throw new UnsupportedOperationException(
          "Vectors: expected at least 256 bits, found "
              + IntVector.SPECIES_PREFERRED.vectorBitSize());
    }
  }

  @Override
  public void resample(
      byte[] source, AxisWeights down, AxisWeights across, byte[] result, Workspace workspace) {
    if (!down.isPaired() || !across.isPaired() || across.from < LANES) {
      scalar.resample(source, down, across, result, workspace);
      return;
    }
    int columns = across.to;
    int width = columns * LANES;
    // A source row counts for two rows of the result at most, so a block of them does for twice as
    // many as it has.
    int height = 2 * LANES;
    int[][] lines = workspace.lines(height + 1, width);
    int[] block = lines[height];
    int[] weights = workspace.sums(LANES);
    byte[] transposed = workspace.bytes(across.from * LANES);
    int begun = 0;
    int done = 0;
    for (int row = 0; row < down.from; row += LANES) {
      transpose(source, row, down.from - 1, across.from, transposed);
      resizeBlock(transposed, across.segments, across.pairs, block);
      for (int i = done; i < down.to && down.first[i] < row + LANES; i++) {
        for (int lane = 0; lane < LANES; lane++) {
          weights[lane] = down.weight(i, row + lane);
        }
        int[] sums = lines[i % height];
        if (i == begun) {
          setScaled(block, weights, sums, width);
          begun++;
        } else {
          addScaled(block, weights, sums, width);
        }
        if (i == done && down.first[i] + down.count[i] <= row + LANES) {
          store(sums, result, i * columns, columns);
          done++;
        }
      }
    }
  }

  /** Byte {@code LANES * i + k} becomes pixel {@code i} of the {@code k}-th row. */
  private static void transpose(
      byte[] source, int row, int lastRow, int length, byte[] transposed) {
    int row0 = row * length;
    // Beyond the image the last row once more; its weights are zero.
    int row1 = Math.min(row + 1, lastRow) * length;
    int row2 = Math.min(row + 2, lastRow) * length;
    int row3 = Math.min(row + 3, lastRow) * length;
    int row4 = Math.min(row + 4, lastRow) * length;
    int row5 = Math.min(row + 5, lastRow) * length;
    int row6 = Math.min(row + 6, lastRow) * length;
    int row7 = Math.min(row + 7, lastRow) * length;
    int last = length - LANES;
    for (int i = 0; i <= last; i += LANES) {
      transpose(
          source,
          row0 + i,
          row1 + i,
          row2 + i,
          row3 + i,
          row4 + i,
          row5 + i,
          row6 + i,
          row7 + i,
          transposed,
          i * LANES);
    }
    if (length % LANES != 0) {
      transpose(
          source,
          row0 + last,
          row1 + last,
          row2 + last,
          row3 + last,
          row4 + last,
          row5 + last,
          row6 + last,
          row7 + last,
          transposed,
          last * LANES);
    }
  }

  /**
   * Eight by eight bytes as eight longs: in three steps neighbours exchange their bytes, pairs and
   * fours of bytes (Warren, "Hacker's Delight", section 7-3).
   */
  private static void transpose(
      byte[] source,
      int at0,
      int at1,
      int at2,
      int at3,
      int at4,
      int at5,
      int at6,
      int at7,
      byte[] transposed,
      int to) {
    long a = (long) LONG.get(source, at0);
    long b = (long) LONG.get(source, at1);
    long c = (long) LONG.get(source, at2);
    long d = (long) LONG.get(source, at3);
    long e = (long) LONG.get(source, at4);
    long f = (long) LONG.get(source, at5);
    long g = (long) LONG.get(source, at6);
    long h = (long) LONG.get(source, at7);
    long bytes = 0x00ff00ff00ff00ffL;
    long ab = ((a >>> 8) ^ b) & bytes;
    long cd = ((c >>> 8) ^ d) & bytes;
    long ef = ((e >>> 8) ^ f) & bytes;
    long gh = ((g >>> 8) ^ h) & bytes;
    a ^= ab << 8;
    b ^= ab;
    c ^= cd << 8;
    d ^= cd;
    e ^= ef << 8;
    f ^= ef;
    g ^= gh << 8;
    h ^= gh;
    long pairs = 0x0000ffff0000ffffL;
    long ac = ((a >>> 16) ^ c) & pairs;
    long bd = ((b >>> 16) ^ d) & pairs;
    long eg = ((e >>> 16) ^ g) & pairs;
    long fh = ((f >>> 16) ^ h) & pairs;
    a ^= ac << 16;
    c ^= ac;
    b ^= bd << 16;
    d ^= bd;
    e ^= eg << 16;
    g ^= eg;
    f ^= fh << 16;
    h ^= fh;
    long fours = 0x00000000ffffffffL;
    long ae = ((a >>> 32) ^ e) & fours;
    long bf = ((b >>> 32) ^ f) & fours;
    long cg = ((c >>> 32) ^ g) & fours;
    long dh = ((d >>> 32) ^ h) & fours;
    LONG.set(transposed, to, a ^ (ae << 32));
    LONG.set(transposed, to + 8, b ^ (bf << 32));
    LONG.set(transposed, to + 16, c ^ (cg << 32));
    LONG.set(transposed, to + 24, d ^ (dh << 32));
    LONG.set(transposed, to + 32, e ^ ae);
    LONG.set(transposed, to + 40, f ^ bf);
    LONG.set(transposed, to + 48, g ^ cg);
    LONG.set(transposed, to + 56, h ^ dh);
  }

  /** Resizes eight rows along the row: {@code LANES} gray levels a column of the result. */
  private static void resizeBlock(byte[] transposed, int[] segments, long[] pairs, int[] block) {
    int columns = segments.length - 2;
    IntVector half = IntVector.broadcast(INTS, HALF);
    IntVector lower = half;
    int i = 0;
    for (int segment = 0; segment <= columns; segment++) {
      int end = segments[segment + 1];
      IntVector upper = half;
      for (; i < end; i++) {
        IntVector levels =
            ((IntVector)
                    ByteVector.fromArray(BYTES, transposed, i * LANES)
                        .convertShape(VectorOperators.B2I, INTS, 0))
                .and(0xff);
        long pair = pairs[i];
        lower = lower.add(levels.mul((int) pair));
        upper = upper.add(levels.mul((int) (pair >>> 32)));
      }
      if (segment > 0) {
        lower
            .lanewise(VectorOperators.ASHR, FRACTION_BITS)
            .min(255)
            .intoArray(block, (segment - 1) * LANES);
      }
      lower = upper;
    }
  }

  private static void setScaled(int[] block, int[] weights, int[] sums, int width) {
    IntVector weight = IntVector.fromArray(INTS, weights, 0);
    for (int i = 0; i < width; i += LANES) {
      IntVector.fromArray(INTS, block, i).mul(weight).intoArray(sums, i);
    }
  }

  private static void addScaled(int[] block, int[] weights, int[] sums, int width) {
    IntVector weight = IntVector.fromArray(INTS, weights, 0);
    for (int i = 0; i < width; i += LANES) {
      IntVector.fromArray(INTS, sums, i)
          .add(IntVector.fromArray(INTS, block, i).mul(weight))
          .intoArray(sums, i);
    }
  }

  private static void store(int[] sums, byte[] result, int start, int columns) {
    for (int column = 0; column < columns; column++) {
      int sum =
          HALF + IntVector.fromArray(INTS, sums, column * LANES).reduceLanes(VectorOperators.ADD);
      result[start + column] = (byte) Math.min(255, sum >> FRACTION_BITS);
    }
  }
}
