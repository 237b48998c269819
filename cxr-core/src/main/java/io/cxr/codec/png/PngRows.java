package io.cxr.codec.png;

import io.cxr.codec.Words;

/**
 * The filters of PNG rows (ISO/IEC 15948, clause 9), undone. A filtered byte is the difference to a
 * prediction from the bytes of the neighbours to the left (a), above (b) and above left (c).
 */
final class PngRows {
  private PngRows() {}

  /**
   * Undoes the filter of one row.
   *
   * @param filtered a filter type at {@code from}, then the row
   * @param prior the row above at {@code priorFrom}; it may lie in the same array as the result
   * @param pixelBytes how many bytes lie between a byte and its left neighbour
   * @return false if there is no such filter
   */
  static boolean unfilter(
      byte[] filtered,
      int from,
      byte[] prior,
      int priorFrom,
      byte[] row,
      int rowFrom,
      int length,
      int pixelBytes) {
    int at = from + 1;
    switch (filtered[from]) {
      case 0 -> System.arraycopy(filtered, at, row, rowFrom, length);
      case 1 -> {
        switch (pixelBytes) {
          case 1 -> sub1(filtered, at, row, rowFrom, length);
          case 4 -> sub4(filtered, at, row, rowFrom, length);
          default -> sub(filtered, at, row, rowFrom, length, pixelBytes);
        }
      }
      case 2 -> up(filtered, at, prior, priorFrom, row, rowFrom, length);
      case 3 -> {
        switch (pixelBytes) {
          case 1 -> average1(filtered, at, prior, priorFrom, row, rowFrom, length);
          case 4 -> average4(filtered, at, prior, priorFrom, row, rowFrom, length);
          default -> average(filtered, at, prior, priorFrom, row, rowFrom, length, pixelBytes);
        }
      }
      case 4 -> {
        switch (pixelBytes) {
          case 1 -> paeth1(filtered, at, prior, priorFrom, row, rowFrom, length);
          case 3 -> paeth3(filtered, at, prior, priorFrom, row, rowFrom, length);
          case 4 -> paeth4(filtered, at, prior, priorFrom, row, rowFrom, length);
          default -> paeth(filtered, at, prior, priorFrom, row, rowFrom, length, pixelBytes);
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  // Left neighbour ------------------------------------------------------------------------------

  private static void sub1(byte[] filtered, int from, byte[] row, int rowFrom, int length) {
    int a = 0;
    for (int i = 0; i < length; i++) {
      a += filtered[from + i];
      row[rowFrom + i] = (byte) a;
    }
  }

  private static void sub4(byte[] filtered, int from, byte[] row, int rowFrom, int length) {
    int a = 0;
    for (int i = 0; i < length; i += 4) {
      a = addBytes(Words.littleInt(filtered, from + i), a);
      Words.setLittleInt(row, rowFrom + i, a);
    }
  }

  private static void sub(
      byte[] filtered, int from, byte[] row, int rowFrom, int length, int pixelBytes) {
    System.arraycopy(filtered, from, row, rowFrom, pixelBytes);
    for (int i = pixelBytes; i < length; i++) {
      row[rowFrom + i] = (byte) (filtered[from + i] + row[rowFrom + i - pixelBytes]);
    }
  }

  // Neighbour above -----------------------------------------------------------------------------

  private static void up(
      byte[] filtered, int from, byte[] prior, int priorFrom, byte[] row, int rowFrom, int length) {
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      long x = Words.littleLong(filtered, from + i);
      long b = Words.littleLong(prior, priorFrom + i);
      // Eight sums at once: the highest bits apart, so that no carry crosses into the next byte.
      long sum = (x & 0x7f7f7f7f7f7f7f7fL) + (b & 0x7f7f7f7f7f7f7f7fL);
      Words.setLittleLong(row, rowFrom + i, sum ^ ((x ^ b) & 0x8080808080808080L));
    }
    for (; i < length; i++) {
      row[rowFrom + i] = (byte) (filtered[from + i] + prior[priorFrom + i]);
    }
  }

  // Mean of both --------------------------------------------------------------------------------

  private static void average1(
      byte[] filtered, int from, byte[] prior, int priorFrom, byte[] row, int rowFrom, int length) {
    int a = 0;
    for (int i = 0; i < length; i++) {
      a = (filtered[from + i] + ((a + (prior[priorFrom + i] & 255)) >> 1)) & 255;
      row[rowFrom + i] = (byte) a;
    }
  }

  private static void average4(
      byte[] filtered, int from, byte[] prior, int priorFrom, byte[] row, int rowFrom, int length) {
    int a = 0;
    for (int i = 0; i < length; i += 4) {
      int b = Words.littleInt(prior, priorFrom + i);
      // Four means at once: what both have, and half of what one has.
      int mean = (a & b) + (((a ^ b) >>> 1) & 0x7f7f7f7f);
      a = addBytes(Words.littleInt(filtered, from + i), mean);
      Words.setLittleInt(row, rowFrom + i, a);
    }
  }

  private static void average(
      byte[] filtered,
      int from,
      byte[] prior,
      int priorFrom,
      byte[] row,
      int rowFrom,
      int length,
      int pixelBytes) {
    for (int i = 0; i < pixelBytes; i++) {
      row[rowFrom + i] = (byte) (filtered[from + i] + ((prior[priorFrom + i] & 255) >> 1));
    }
    for (int i = pixelBytes; i < length; i++) {
      int sum = (row[rowFrom + i - pixelBytes] & 255) + (prior[priorFrom + i] & 255);
      row[rowFrom + i] = (byte) (filtered[from + i] + (sum >> 1));
    }
  }

  /** Sums of four bytes each, without carries between them. */
  private static int addBytes(int x, int y) {
    return ((x & 0x7f7f7f7f) + (y & 0x7f7f7f7f)) ^ ((x ^ y) & 0x80808080);
  }

  // Paeth ---------------------------------------------------------------------------------------

  /**
   * The one of a, b and c that is nearest to a + b - c, and of equally near ones the first. That is
   * the higher of a and b where c is far below, the lower where c is far above, else c: the bounds
   * follow from comparing the distances. It needs no branch, and little of it waits for a, which is
   * known last.
   */
  static int predict(int a, int b, int c) {
    int threshold = 3 * c - (a + b);
    int low = Math.min(a, b);
    int high = Math.max(a, b);
    int lowOrC = high <= threshold ? low : c;
    return threshold <= low ? high : lowOrC;
  }

  private static void paeth1(
      byte[] filtered, int from, byte[] prior, int priorFrom, byte[] row, int rowFrom, int length) {
    int a = 0;
    int c = 0;
    for (int i = 0; i < length; i++) {
      int b = prior[priorFrom + i] & 255;
      a = (filtered[from + i] + predict(a, b, c)) & 255;
      row[rowFrom + i] = (byte) a;
      c = b;
    }
  }

  /** Three chains that wait for nothing of each other. */
  private static void paeth3(
      byte[] filtered, int from, byte[] prior, int priorFrom, byte[] row, int rowFrom, int length) {
    int a0 = 0;
    int a1 = 0;
    int a2 = 0;
    int c0 = 0;
    int c1 = 0;
    int c2 = 0;
    for (int i = 0; i < length; i += 3) {
      int b0 = prior[priorFrom + i] & 255;
      int b1 = prior[priorFrom + i + 1] & 255;
      int b2 = prior[priorFrom + i + 2] & 255;
      a0 = (filtered[from + i] + predict(a0, b0, c0)) & 255;
      a1 = (filtered[from + i + 1] + predict(a1, b1, c1)) & 255;
      a2 = (filtered[from + i + 2] + predict(a2, b2, c2)) & 255;
      row[rowFrom + i] = (byte) a0;
      row[rowFrom + i + 1] = (byte) a1;
      row[rowFrom + i + 2] = (byte) a2;
      c0 = b0;
      c1 = b1;
      c2 = b2;
    }
  }

  private static void paeth4(
      byte[] filtered, int from, byte[] prior, int priorFrom, byte[] row, int rowFrom, int length) {
    int a0 = 0;
    int a1 = 0;
    int a2 = 0;
    int a3 = 0;
    int c = 0;
    for (int i = 0; i < length; i += 4) {
      int x = Words.littleInt(filtered, from + i);
      int b = Words.littleInt(prior, priorFrom + i);
      a0 = (x + predict(a0, b & 255, c & 255)) & 255;
      a1 = ((x >> 8) + predict(a1, (b >> 8) & 255, (c >> 8) & 255)) & 255;
      a2 = ((x >> 16) + predict(a2, (b >> 16) & 255, (c >> 16) & 255)) & 255;
      a3 = ((x >> 24) + predict(a3, b >>> 24, c >>> 24)) & 255;
      Words.setLittleInt(row, rowFrom + i, a0 | a1 << 8 | a2 << 16 | a3 << 24);
      c = b;
    }
  }

  private static void paeth(
      byte[] filtered,
      int from,
      byte[] prior,
      int priorFrom,
      byte[] row,
      int rowFrom,
      int length,
      int pixelBytes) {
    // Without a left neighbour the prediction is the one above.
    for (int i = 0; i < pixelBytes; i++) {
      row[rowFrom + i] = (byte) (filtered[from + i] + prior[priorFrom + i]);
    }
    for (int i = pixelBytes; i < length; i++) {
      int a = row[rowFrom + i - pixelBytes] & 255;
      int b = prior[priorFrom + i] & 255;
      int c = prior[priorFrom + i - pixelBytes] & 255;
      row[rowFrom + i] = (byte) (filtered[from + i] + predict(a, b, c));
    }
  }
}
