package io.cxr.codec.tiff;

import io.cxr.codec.CodecException;

/**
 * The facsimile codings of ITU-T T.4 and T.6 as TIFF has them (TIFF 6.0, sections 10 and 11): rows
 * of runs of white and black, or of their differences to the row above. A row is the places where
 * the colour changes, the first of them to black.
 */
final class CcittDecoder {
  private static final int END_OF_LINE = 1;
  private static final int END_OF_LINE_BITS = 12;

  private final byte[] packed;
  private final int width;
  private final byte[] rows;
  private final int rowBytes;

  /** The changes of the row above and of this one, with the width behind them. */
  private int[] above;

  private int[] row;
  private int changes;

  /** The next bit, counted from the first. */
  private long at;

  private CcittDecoder(byte[] packed, int width, int height) {
    this.packed = packed;
    this.width = width;
    rowBytes = (width + 7) / 8;
    rows = new byte[Math.multiplyExact(rowBytes, height)];
    above = new int[width + 4];
    row = new int[width + 4];
    above[0] = width;
    above[1] = width;
    above[2] = width;
  }

  /** Rows of a byte boundary each, without ends of lines (compression 2); black is 1. */
  static byte[] huffman(byte[] packed, int width, int height) {
    CcittDecoder decoder = new CcittDecoder(packed, width, height);
    for (int y = 0; y < height; y++) {
      decoder.at = (decoder.at + 7) / 8 * 8;
      decoder.runs();
      decoder.store(y);
    }
    return decoder.rows;
  }

  /** Rows with ends of lines between them (compression 3); black is 1. */
  static byte[] t4(byte[] packed, int width, int height, boolean twoDimensions) {
    CcittDecoder decoder = new CcittDecoder(packed, width, height);
    for (int y = 0; y < height; y++) {
      boolean marked = decoder.skipEndOfLine();
      if (twoDimensions && !marked) {
        throw decoder.refused("an end of line before each row");
      }
      if (!twoDimensions || decoder.take(1) == 1) {
        decoder.runs();
      } else {
        decoder.differences();
      }
      decoder.store(y);
    }
    return decoder.rows;
  }

  /** Rows that differ from the one above, the first from white (compression 4); black is 1. */
  static byte[] t6(byte[] packed, int width, int height) {
    CcittDecoder decoder = new CcittDecoder(packed, width, height);
    for (int y = 0; y < height; y++) {
      decoder.differences();
      decoder.store(y);
    }
    return decoder.rows;
  }

  private void store(int y) {
    for (int i = changes; i < changes + 3; i++) {
      row[i] = width;
    }
    for (int i = 0; i < changes; i += 2) {
      blacken(8L * y * rowBytes + row[i], 8L * y * rowBytes + row[i + 1]);
    }
    int[] swapped = above;
    above = row;
    row = swapped;
  }

  private void blacken(long from, long to) {
    long bit = from;
    while (bit < to) {
      if (bit % 8 == 0 && to - bit >= 8) {
        rows[(int) (bit / 8)] = -1;
        bit += 8;
      } else {
        rows[(int) (bit / 8)] |= (byte) (0x80 >>> (bit % 8));
        bit++;
      }
    }
  }

  // Rows ----------------------------------------------------------------------------------------

  /** T.4, 4.1: runs, the first of them white. */
  private void runs() {
    changes = 0;
    int x = 0;
    boolean black = false;
    while (x < width) {
      x += run(black);
      if (x > width) {
        throw refused("runs within a row");
      }
      if (x < width) {
        change(x);
      }
      black = !black;
    }
    // A row that ends in black: its last change is where it ends.
    if ((changes & 1) == 1) {
      change(width);
    }
  }

  /** T.4, 4.2, and T.6: modes. */
  private void differences() {
    changes = 0;
    int x = 0;
    boolean begun = false;
    boolean black = false;
    int near = 0;
    while (x < width) {
      // The first change above that is farther right and to the other colour (b1).
      near = Math.max(0, near - 2);
      near = (near & ~1) + (black ? 1 : 0);
      while (above[near] < width && (begun ? above[near] <= x : above[near] < x)) {
        near += 2;
      }
      int over = above[near];
      if (take1()) {
        x = vertical(x, over, begun);
      } else if (take1()) {
        x = vertical(x, take1() ? over + 1 : over - 1, begun);
      } else if (take1()) {
        int first = x + run(black);
        int second = first + run(!black);
        if (second > width) {
          throw refused("runs within a row");
        }
        change(first);
        change(second);
        x = second;
        begun = true;
        continue;
      } else if (take1()) {
        // The row above has a run here that this one lacks.
        x = over < width ? above[near + 1] : width;
        begun = true;
        continue;
      } else if (take1()) {
        x = vertical(x, take1() ? over + 2 : over - 2, begun);
      } else if (take1()) {
        x = vertical(x, take1() ? over + 3 : over - 3, begun);
      } else {
        throw isPast(at + 6) || isEndOfLine(at - 6)
            ? ended()
            : refused("modes of T.6 without extensions");
      }
      begun = true;
      black = !black;
    }
    // Whatever changed at the row's end is no change.
    while (changes > 0 && row[changes - 1] >= width) {
      changes--;
    }
    if ((changes & 1) == 1) {
      change(width);
    }
  }

  private int vertical(int x, int place, boolean begun) {
    if (place > width || place < x || (place == x && begun)) {
      throw refused("changes from left to right");
    }
    change(place);
    return place;
  }

  private void change(int x) {
    if (changes >= width + 1) {
      throw refused("no more changes than pixels");
    }
    row[changes++] = x;
  }

  /** A run: codes of multiples of 64, and one of the rest. */
  private int run(boolean black) {
    CcittCodes codes = CcittCodes.of(black);
    int run = 0;
    while (true) {
      int entry = codes.entry(peek(at, CcittCodes.LONGEST));
      if (entry == 0) {
        throw isPast(at + CcittCodes.LONGEST) || isEndOfLine(at)
            ? ended()
            : refused("codes of T.4");
      }
      take(entry & 15);
      int length = entry >> 4;
      run += length;
      if (length < 64) {
        return run;
      }
      if (run > width) {
        throw refused("runs within a row");
      }
    }
  }

  // Bits ----------------------------------------------------------------------------------------

  private boolean isPast(long place) {
    return place > 8L * packed.length;
  }

  private boolean isEndOfLine(long place) {
    return peek(place, END_OF_LINE_BITS) == END_OF_LINE;
  }

  /** Passes over an end of line, with the zeros that may fill up before it. */
  private boolean skipEndOfLine() {
    long place = at;
    while (peek(place, END_OF_LINE_BITS) == 0 && place / 8 < packed.length) {
      place++;
    }
    if (!isEndOfLine(place)) {
      return false;
    }
    at = place + END_OF_LINE_BITS;
    if (isEndOfLine(at) || isEndOfLine(at + 1)) {
      // Two in a row begin the end of the whole.
      throw ended();
    }
    return true;
  }

  /** Bits from a place on, zeros after the end. */
  private int peek(long place, int count) {
    int first = (int) (place / 8);
    int value = 0;
    for (int i = first; i < first + 3; i++) {
      value = value << 8 | (i < packed.length ? packed[i] & 255 : 0);
    }
    return value >>> (24 - (int) (place % 8) - count) & (1 << count) - 1;
  }

  private int take(int count) {
    int value = peek(at, count);
    at += count;
    if (isPast(at)) {
      throw ended();
    }
    return value;
  }

  private boolean take1() {
    return take(1) == 1;
  }

  private static CodecException ended() {
    return CodecException.truncated("fewer pixels than the header states");
  }

  private CodecException refused(String expected) {
    return CodecException.damaged("CCITT coding with " + expected, "others");
  }
}
