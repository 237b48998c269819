package io.cxr.radiograph;

import java.util.Arrays;

/**
 * A Huffman table (ITU-T T.81, annexes C and F.2.2), made for looking up several bits at once. What
 * these bits hold besides the code is looked up with it: mostly the whole coefficient.
 */
final class JpegHuffmanTable {
  /** How many bits are looked up at once. */
  static final int LOOK_AHEAD = 10;

  /** What a coefficient's place advances by, in an entry of AC coefficients. */
  static final int RUN_SHIFT = 8;

  /** Of an entry: how many bits it takes. */
  static final int LENGTH_MASK = 31;

  /** In an entry of DC coefficients: the difference is complete. */
  static final int COMPLETE = 1 << 8;

  static final int VALUE_SHIFT = 16;

  private static final int LONGEST = 16;

  /**
   * By the next {@link #LOOK_AHEAD} bits. An entry has a signed value in its upper 16 bits, the
   * length in bits in its lowest 5, and between them:
   *
   * <ul>
   *   <li>of AC coefficients, where the value is not 0: the run of zeros before it; the length is
   *       that of code and value;
   *   <li>of AC coefficients, where the value is 0: the symbol, and the length is that of the code
   *       alone;
   *   <li>of DC coefficients: {@link #COMPLETE}, or the symbol above that bit, and the length of
   *       the code alone.
   * </ul>
   *
   * A length of 0 says that the code is longer.
   */
  final int[] entries = new int[1 << LOOK_AHEAD];

  /** By length: the first 16-bit number that no code of this or a smaller length begins. */
  private final int[] end = new int[LONGEST + 1];

  /** By length: what is added to a code for the index of its symbol. */
  private final int[] offset = new int[LONGEST + 1];

  private final byte[] symbols;

  private JpegHuffmanTable(byte[] symbols) {
    this.symbols = symbols;
  }

  /**
   * The table whose 16 counts and symbols begin at a place of a DHT segment. The segment is known
   * to hold them.
   */
  static JpegHuffmanTable of(byte[] encoded, int at, boolean dc) throws JpegIrregularity {
    int symbolsAt = at + LONGEST;
    int count = 0;
    for (int i = 0; i < LONGEST; i++) {
      count += encoded[at + i] & 255;
    }
    JpegHuffmanTable table =
        new JpegHuffmanTable(Arrays.copyOfRange(encoded, symbolsAt, symbolsAt + count));
    int code = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      table.offset[length] = index - code;
      for (int i = encoded[at + length - 1] & 255; i > 0; i--, index++, code++) {
        int symbol = table.symbols[index] & 255;
        if (dc && symbol > 15) {
          throw new JpegIrregularity("a DC difference of more than 15 bits");
        }
        // Before all codes of the length are counted, so that no entry lies outside.
        if (code >= (1 << length) - 1) {
          throw new JpegIrregularity("codes that are no prefix code");
        }
        if (length <= LOOK_AHEAD) {
          table.enter(code, length, symbol, dc);
        }
      }
      table.end[length] = code << (LONGEST - length);
      code <<= 1;
    }
    return table;
  }

  private void enter(int code, int length, int symbol, boolean dc) {
    int size = symbol & 15;
    int run = symbol >> 4;
    int free = LOOK_AHEAD - length;
    int first = code << free;
    for (int rest = 0; rest < 1 << free; rest++) {
      int entry;
      if (size > free || (!dc && size == 0)) {
        entry = dc ? symbol << (RUN_SHIFT + 1) | length : symbol << RUN_SHIFT | length;
      } else {
        int value = extend(rest >> (free - size), size);
        entry = value << VALUE_SHIFT | (dc ? COMPLETE : run << RUN_SHIFT) | (length + size);
      }
      entries[first + rest] = entry;
    }
  }

  /**
   * A code that is longer than {@link #LOOK_AHEAD}.
   *
   * @param bits the next 16 bits
   * @return the symbol, shifted by 8, and the length of the code
   */
  int longCode(int bits) throws JpegIrregularity {
    for (int length = LOOK_AHEAD + 1; length <= LONGEST; length++) {
      if (bits < end[length]) {
        int index = (bits >> (LONGEST - length)) + offset[length];
        return (symbols[index] & 255) << 8 | length;
      }
    }
    throw new JpegIrregularity("no code");
  }

  /** The value of some additional bits (EXTEND, figure F.12). */
  static int extend(int bits, int size) {
    return size == 0 || bits >> (size - 1) != 0 ? bits : bits - (1 << size) + 1;
  }
}
