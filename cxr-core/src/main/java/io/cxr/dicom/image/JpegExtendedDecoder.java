package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;
import java.util.Arrays;

/**
 * JPEG Extended sequential of 12 bits, gray (process 4; ITU-T T.81, annex F). The inverse cosine
 * transform is that of Loeffler, Ligtenberg and Moschytz ("Practical fast 1-D DCT algorithms with
 * 11 multiplications", ICASSP 1989) in fixed point of 13 bits, with one bit more between the
 * passes, as other decoders of 12-bit JPEG compute it.
 */
final class JpegExtendedDecoder {
  private static final int SOF1 = 0xc1;
  private static final int FRACTION = 13;
  private static final int PASS = 1;

  private static final int F_0_298 = 2446;
  private static final int F_0_390 = 3196;
  private static final int F_0_541 = 4433;
  private static final int F_0_765 = 6270;
  private static final int F_0_899 = 7373;
  private static final int F_1_175 = 9633;
  private static final int F_1_501 = 12299;
  private static final int F_1_847 = 15137;
  private static final int F_1_961 = 16069;
  private static final int F_2_053 = 16819;
  private static final int F_2_562 = 20995;
  private static final int F_3_072 = 25172;

  /** Where the coefficients of a zigzag lie in rows. */
  private static final int[] ZIGZAG = zigzag();

  private JpegExtendedDecoder() {}

  static short[] decode(byte[] encoded, ImagePixel image) {
    JpegScan scan = JpegScan.of(encoded, image, SOF1);
    if (scan.precision() != 12 || scan.components() != 1) {
      throw DicomRefusal.encoding(
          "JPEG Extended of 12 bits and one sample",
          scan.precision() + " bits and " + scan.components() + " samples");
    }
    int across = (image.columns() + 7) / 8;
    int down = (image.rows() + 7) / 8;
    // A block has at least two codes of one bit.
    if ((long) across * down / 4 > encoded.length) {
      throw DicomRefusal.truncated("a JPEG scan for all pixels", "a shorter one");
    }
    HuffmanTable dc = scan.dc(0);
    HuffmanTable ac = scan.ac(0);
    int[] quantization = scan.quantization(0);
    JpegBits bits = scan.bits();
    short[] cells = new short[image.cells()];
    int[] block = new int[64];
    int prediction = 0;
    int interval = scan.restartInterval();
    for (int number = 0; number < across * down; number++) {
      if (interval != 0 && number != 0 && number % interval == 0) {
        bits.restart(number / interval - 1);
        prediction = 0;
      }
      prediction = (short) (prediction + readBlock(bits, dc, ac, block));
      block[0] = prediction;
      for (int i = 0; i < 64; i++) {
        if (block[ZIGZAG[i]] != 0) {
          block[ZIGZAG[i]] *= quantization[i];
        }
      }
      transform(block);
      int firstRow = number / across * 8;
      int firstColumn = number % across * 8;
      int height = Math.min(8, image.rows() - firstRow);
      int width = Math.min(8, image.columns() - firstColumn);
      for (int y = 0; y < height; y++) {
        int to = (firstRow + y) * image.columns() + firstColumn;
        for (int x = 0; x < width; x++) {
          cells[to + x] = (short) Math.max(0, Math.min(4095, block[8 * y + x] + 2048));
        }
      }
    }
    return cells;
  }

  /** Reads a block in rows; returns its DC difference. */
  private static int readBlock(JpegBits bits, HuffmanTable dc, HuffmanTable ac, int[] block) {
    Arrays.fill(block, 0);
    int category = dc.decode(bits);
    if (category > 15) {
      throw DicomRefusal.damaged("DC differences of at most 15 bits", "longer ones");
    }
    int difference = bits.extended(category);
    for (int k = 1; k < 64; k++) {
      int code = ac.decode(bits);
      int size = code & 15;
      int zeros = code >> 4;
      if (size == 0) {
        if (zeros != 15) {
          break;
        }
        k += 15;
        continue;
      }
      k += zeros;
      if (k > 63) {
        throw DicomRefusal.damaged("at most 64 coefficients in a block", "more");
      }
      block[ZIGZAG[k]] = bits.extended(size);
    }
    return difference;
  }

  private static void transform(int[] block) {
    for (int x = 0; x < 8; x++) {
      pass(block, x, 8, FRACTION - PASS, PASS);
    }
    for (int y = 0; y < 8; y++) {
      pass(block, 8 * y, 1, FRACTION + PASS + 3, -PASS - 3);
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
    long z1 = (long) (s2 + s6) * F_0_541;
    long even2 = z1 - (long) s6 * F_1_847;
    long even3 = z1 + (long) s2 * F_0_765;
    long even0 = (long) (s0 + s4) << FRACTION;
    long even1 = (long) (s0 - s4) << FRACTION;
    long t10 = even0 + even3;
    long t13 = even0 - even3;
    long t11 = even1 + even2;
    long t12 = even1 - even2;

    long y1 = (long) s7 + s1;
    long y2 = (long) s5 + s3;
    long y3 = (long) s7 + s3;
    long y4 = (long) s5 + s1;
    long y5 = (y3 + y4) * F_1_175;
    long odd0 = (long) s7 * F_0_298;
    long odd1 = (long) s5 * F_2_053;
    long odd2 = (long) s3 * F_3_072;
    long odd3 = (long) s1 * F_1_501;
    y1 *= -F_0_899;
    y2 *= -F_2_562;
    y3 = y3 * -F_1_961 + y5;
    y4 = y4 * -F_0_390 + y5;
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

  private static int[] zigzag() {
    int[] order = new int[64];
    int at = 0;
    for (int diagonal = 0; diagonal < 15; diagonal++) {
      for (int i = 0; i <= diagonal; i++) {
        int y = diagonal % 2 == 0 ? diagonal - i : i;
        int x = diagonal - y;
        if (x < 8 && y < 8) {
          order[at++] = 8 * y + x;
        }
      }
    }
    return order;
  }
}
