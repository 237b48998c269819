package io.cxr.codec.tiff;

/**
 * LZW as GIF and TIFF have it: strings of bytes as codes of 3 to 12 bits, with codes to begin anew
 * and to end (GIF 89a, appendix F; TIFF 6.0, section 13).
 *
 * <p>A string is a piece of the output that is already there, since each is the one before and the
 * byte that followed it.
 */
public final class LzwDecoder {
  private static final int MOST_BITS = 12;

  private final int literalBits;
  private final boolean highFirst;
  private final int early;
  private final int[] starts = new int[1 << MOST_BITS];
  private final int[] lengths = new int[1 << MOST_BITS];

  private LzwDecoder(int literalBits, boolean highFirst, int early) {
    this.literalBits = literalBits;
    this.highFirst = highFirst;
    this.early = early;
  }

  /** Codes with their lowest bits first. */
  public static LzwDecoder gif(int literalBits) {
    return new LzwDecoder(literalBits, false, 0);
  }

  /** Codes with their highest bits first, which become longer one code early. */
  public static LzwDecoder tiff() {
    return new LzwDecoder(8, true, 1);
  }

  /** As writers had it before TIFF 6.0: as in GIF. */
  public static LzwDecoder oldTiff() {
    return gif(8);
  }

  /** A code that no string has, which no encoder writes. */
  public static final class UnknownCode extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownCode() {
      super("LZW: a code that stands for nothing yet", null, false, false);
    }
  }

  /**
   * Decodes until the output is full, or the input or its strings end.
   *
   * @return how many bytes of the output are filled
   */
  public int decode(byte[] from, int start, int end, byte[] into, int size) throws UnknownCode {
    int clear = 1 << literalBits;
    int width = literalBits + 1;
    int next = clear + 2;
    int previous = 0;
    int previousLength = 0;
    int filled = 0;
    int at = start;
    int bits = 0;
    int held = 0;
    while (filled < size) {
      while (held < width) {
        if (at == end) {
          return filled;
        }
        int value = from[at++] & 255;
        bits = highFirst ? bits << 8 | value : bits | value << held;
        held += 8;
      }
      held -= width;
      int code;
      if (highFirst) {
        code = bits >>> held & (1 << width) - 1;
      } else {
        code = bits & (1 << width) - 1;
        bits >>>= width;
      }
      if (code == clear) {
        width = literalBits + 1;
        next = clear + 2;
        previousLength = 0;
        continue;
      }
      if (code == clear + 1) {
        return filled;
      }
      if (previousLength > 0 && next < 1 << MOST_BITS) {
        starts[next] = previous;
        lengths[next] = previousLength + 1;
        next++;
        if (next == (1 << width) - early && width < MOST_BITS) {
          width++;
        }
      }
      previous = filled;
      if (code < clear) {
        into[filled++] = (byte) code;
      } else if (code < next) {
        int length = Math.min(lengths[code], size - filled);
        int copied = starts[code];
        // Byte by byte: the string of a new code ends with its own first byte.
        for (int i = 0; i < length; i++) {
          into[filled++] = into[copied++];
        }
      } else {
        throw new UnknownCode();
      }
      previousLength = filled - previous;
    }
    return filled;
  }
}
