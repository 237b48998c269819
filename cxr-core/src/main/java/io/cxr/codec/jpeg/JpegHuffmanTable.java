package io.cxr.codec.jpeg;

import java.util.Arrays;

/**
 * A Huffman table (ITU-T T.81, annexes C and F.2.2), made for looking up several bits at once. What
 * these bits hold besides the code is looked up with it: mostly the whole coefficient.
 */
final class JpegHuffmanTable {
  /** How many bits are looked up at once. */
  static final int LOOK_AHEAD = 10;

  /** How many of 64 bits are not looked up. */
  static final int UNSEEN = 64 - LOOK_AHEAD;

  /** Of an entry: how many bits it takes. */
  static final int LENGTH_MASK = 31;

  /** In an entry of DC coefficients: the difference is complete. */
  static final int COMPLETE = 1 << 5;

  /** Of an entry without a value: the symbol of 8 bits. */
  static final int SYMBOL_SHIFT = 8;

  /** Of an entry with a value: the run of zeros before it, of 4 bits. */
  static final int RUN_SHIFT = 8;

  /** Of an entry: the signed value. */
  static final int VALUE_SHIFT = 16;

  private static final int LONGEST = 16;

  /** What follows the codes of a table. */
  enum Kind {
    /** A DC difference of at most 15 bits (F.1.2.1). */
    DC,
    /** A run of zeros and a coefficient (F.1.2.2). */
    AC,
    /** A difference of lossless coding, of at most 16 bits (H.1.2.2). */
    LOSSLESS
  }

  /**
   * By the next {@link #LOOK_AHEAD} bits: the whole coefficient, where code and additional bits lie
   * within them, with the length of both. Else the symbol and the length of the code; or 0, where
   * the code is longer. A coefficient is other than 0 or, of DC coefficients, {@link #COMPLETE}.
   */
  final int[] entries = new int[1 << LOOK_AHEAD];

  /** By the next {@link #LOOK_AHEAD} bits: symbol and length of the code alone. */
  final char[] codes = new char[1 << LOOK_AHEAD];

  /** By length: the first 16-bit number that no code of this or a smaller length begins. */
  private final int[] end = new int[LONGEST + 1];

  /** By length: what is added to a code for the index of its symbol. */
  private final int[] offset = new int[LONGEST + 1];

  private final byte[] symbols;
  private final Kind kind;

  private JpegHuffmanTable(byte[] symbols, Kind kind) {
    this.symbols = symbols;
    this.kind = kind;
  }

  /**
   * The table whose 16 counts and symbols begin at a place of a DHT segment. The segment is known
   * to hold them.
   *
   * @param strict whether the table must be as the codec wants it: no code of only ones, which
   *     T.81, annex C, does not have and some encoders use, and no symbol that cannot be, even
   *     where it is never used
   */
  static JpegHuffmanTable of(byte[] encoded, int at, Kind kind, boolean strict)
      throws JpegIrregularity {
    int symbolsAt = at + LONGEST;
    int count = 0;
    for (int i = 0; i < LONGEST; i++) {
      count += encoded[at + i] & 255;
    }
    JpegHuffmanTable table =
        new JpegHuffmanTable(Arrays.copyOfRange(encoded, symbolsAt, symbolsAt + count), kind);
    int code = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      table.offset[length] = index - code;
      for (int i = encoded[at + length - 1] & 255; i > 0; i--, index++, code++) {
        int symbol = table.symbols[index] & 255;
        if (strict && kind == Kind.DC && symbol > 15) {
          throw new JpegIrregularity("a DC difference of more than 15 bits");
        }
        // Before all codes of the length are counted, so that no entry lies outside.
        if (code >= (1 << length) - (strict ? 1 : 0)) {
          throw new JpegIrregularity("codes that are no prefix code");
        }
        if (length <= LOOK_AHEAD) {
          table.enter(code, length, symbol);
        }
      }
      table.end[length] = code << (LONGEST - length);
      code <<= 1;
    }
    return table;
  }

  private void enter(int code, int length, int symbol) {
    boolean dc = kind != Kind.AC;
    int size = dc ? symbol : symbol & 15;
    int free = LOOK_AHEAD - length;
    int first = code << free;
    int alone = symbol << SYMBOL_SHIFT | length;
    boolean valued = dc || size != 0;
    int marked = dc ? COMPLETE : symbol >> 4 << RUN_SHIFT;
    for (int rest = 0; rest < 1 << free; rest++) {
      codes[first + rest] = (char) alone;
      entries[first + rest] =
          valued && size <= free
              ? extend(rest >> (free - size), size) << VALUE_SHIFT | marked | (length + size)
              : alone;
    }
  }

  /**
   * A code that is longer than {@link #LOOK_AHEAD}.
   *
   * @param bits the next 16 bits
   * @return the symbol and the length of the code, as in an entry without a value
   */
  int longCode(int bits) throws JpegIrregularity {
    for (int length = LOOK_AHEAD + 1; length <= LONGEST; length++) {
      if (bits < end[length]) {
        int index = (bits >> (LONGEST - length)) + offset[length];
        return (symbols[index] & 255) << SYMBOL_SHIFT | length;
      }
    }
    throw new JpegIrregularity("no code");
  }

  /** The difference of a category above 15, which no bits follow (H.1.2.2). */
  int largest(int category) throws JpegIrregularity {
    if (kind != Kind.LOSSLESS || category > 16) {
      throw new JpegIrregularity("a difference of too many bits");
    }
    return 32768;
  }

  /** The value of some additional bits (EXTEND, figure F.12). */
  static int extend(int bits, int size) {
    return size == 0 || bits >> (size - 1) != 0 ? bits : bits - (1 << size) + 1;
  }
}
