package io.cxr.codec.png;

import java.util.Arrays;

/**
 * The filters of PNG rows (ISO/IEC 15948, 9.2). Of each row all five are tried on every fourth
 * pixel; the one whose differences have the smallest sum of magnitudes is taken, as section 12.8
 * advises. Not thread-safe.
 */
final class RowFilter {
  private static final int NONE = 0;
  private static final int SUB = 1;
  private static final int UP = 2;
  private static final int AVERAGE = 3;
  private static final int PAETH = 4;

  /** Of so many pixels one is tried. */
  private static final int SPARSE = 4;

  private final int length;
  private final int bytes;

  /** The row before and this one, behind as many zeros as a pixel has bytes. */
  private byte[] before;

  private byte[] row;

  RowFilter(int length, int bytes) {
    this.length = length;
    this.bytes = bytes;
    before = new byte[bytes + length];
    row = new byte[bytes + length];
  }

  /** Writes the next row: the number of its filter, then its bytes. */
  void apply(byte[] samples, int from, byte[] filtered, int to) {
    byte[] last = row;
    row = before;
    before = last;
    System.arraycopy(samples, from, row, bytes, length);
    int chosen = best();
    filtered[to] = (byte) chosen;
    fill(chosen, filtered, to + 1);
  }

  private int best() {
    if (Arrays.equals(row, before)) {
      return UP;
    }
    byte[] x = row;
    byte[] y = before;
    int shift = bytes;
    int none = 0;
    int sub = 0;
    int up = 0;
    int average = 0;
    int paeth = 0;
    for (int pixel = 0; pixel < length; pixel += SPARSE * shift) {
      for (int i = pixel; i < pixel + shift; i++) {
        int value = x[i + shift];
        int left = x[i] & 255;
        int above = y[i + shift] & 255;
        int corner = y[i] & 255;
        none += Math.abs(value);
        sub += Math.abs((byte) (value - left));
        up += Math.abs((byte) (value - above));
        average += Math.abs((byte) (value - ((left + above) >> 1)));
        paeth += Math.abs((byte) (value - paeth(left, above, corner)));
      }
    }
    int least = Math.min(Math.min(none, sub), Math.min(up, Math.min(average, paeth)));
    if (least == none) {
      return NONE;
    }
    if (least == sub) {
      return SUB;
    }
    if (least == up) {
      return UP;
    }
    return least == average ? AVERAGE : PAETH;
  }

  private void fill(int chosen, byte[] filtered, int to) {
    byte[] x = row;
    byte[] y = before;
    int shift = bytes;
    switch (chosen) {
      case NONE -> System.arraycopy(x, shift, filtered, to, length);
      case SUB -> {
        for (int i = 0; i < length; i++) {
          filtered[to + i] = (byte) (x[i + shift] - x[i]);
        }
      }
      case UP -> {
        for (int i = 0; i < length; i++) {
          filtered[to + i] = (byte) (x[i + shift] - y[i + shift]);
        }
      }
      case AVERAGE -> {
        for (int i = 0; i < length; i++) {
          int mean = ((x[i] & 255) + (y[i + shift] & 255)) >> 1;
          filtered[to + i] = (byte) (x[i + shift] - mean);
        }
      }
      default -> {
        for (int i = 0; i < length; i++) {
          int near = paeth(x[i] & 255, y[i + shift] & 255, y[i] & 255);
          filtered[to + i] = (byte) (x[i + shift] - near);
        }
      }
    }
  }

  /** Paeth's predictor: of three neighbours the nearest to left + above - corner (9.4). */
  private static int paeth(int left, int above, int corner) {
    int toLeft = Math.abs(above - corner);
    int toAbove = Math.abs(left - corner);
    int toCorner = Math.abs(above + left - 2 * corner);
    int near = toAbove <= toCorner ? above : corner;
    return toLeft <= toAbove && toLeft <= toCorner ? left : near;
  }
}
