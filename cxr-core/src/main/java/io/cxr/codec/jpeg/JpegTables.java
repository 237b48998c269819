package io.cxr.codec.jpeg;

import org.jspecify.annotations.Nullable;

/** The tables in force at a place of a codestream (ITU-T T.81, B.2.4). */
final class JpegTables {
  private static final int COUNTS = 16;

  private final byte[] encoded;

  /** By destination; by place in the file. */
  private final int[] @Nullable [] quantization = new int[4][];

  /** By destination: where the counts of a Huffman table lie, or 0. */
  private final int[] dc = new int[4];

  private final int[] ac = new int[4];
  private int restartInterval;

  JpegTables(byte[] encoded) {
    this.encoded = encoded;
  }

  /** How many minimum coded units lie between restart markers; 0 if there are none. */
  int restartInterval() {
    return restartInterval;
  }

  /** The quantization of a destination, by place in the file. */
  int[] quantization(int destination) throws JpegIrregularity {
    int[] table = destination < 4 ? quantization[destination] : null;
    if (table == null) {
      throw new JpegIrregularity("a component without quantization");
    }
    return table;
  }

  /** A Huffman table (see {@link JpegHuffmanTable#of}). */
  JpegHuffmanTable huffman(int destination, JpegHuffmanTable.Kind kind, boolean strict)
      throws JpegIrregularity {
    int at = (kind == JpegHuffmanTable.Kind.AC ? ac : dc)[destination];
    if (at == 0) {
      throw new JpegIrregularity("a component without Huffman table");
    }
    return JpegHuffmanTable.of(encoded, at, kind, strict);
  }

  /** T.81, B.2.4.4. */
  void readRestartInterval(JpegSegment segment) throws JpegIrregularity {
    if (segment.contentEnd() - segment.content() != 2) {
      throw new JpegIrregularity("a restart interval of another length");
    }
    restartInterval = twoBytes(segment.content());
  }

  /**
   * T.81, B.2.4.1.
   *
   * @param wide whether factors may have 16 bits
   */
  void readQuantization(JpegSegment segment, boolean wide) throws JpegIrregularity {
    int at = segment.content();
    while (at < segment.contentEnd()) {
      int destination = encoded[at] & 15;
      int bytes = (encoded[at] >> 4 & 15) + 1;
      at++;
      if (destination > 3 || bytes > (wide ? 2 : 1) || segment.contentEnd() - at < 64 * bytes) {
        throw new JpegIrregularity("an unusual quantization table");
      }
      int[] table = new int[64];
      for (int place = 0; place < 64; place++) {
        table[place] = bytes == 2 ? twoBytes(at + 2 * place) : encoded[at + place] & 255;
      }
      quantization[destination] = table;
      at += 64 * bytes;
    }
  }

  /** T.81, B.2.4.2. */
  void readHuffman(JpegSegment segment) throws JpegIrregularity {
    int at = segment.content();
    while (at < segment.contentEnd()) {
      int destination = encoded[at++] & 255;
      int count = 0;
      if ((destination & 0xec) != 0 || segment.contentEnd() - at < COUNTS) {
        throw new JpegIrregularity("an unusual Huffman table");
      }
      for (int i = 0; i < COUNTS; i++) {
        count += encoded[at + i] & 255;
      }
      if (count > 256 || segment.contentEnd() - at < COUNTS + count) {
        throw new JpegIrregularity("a Huffman table of another length");
      }
      (destination >> 4 == 0 ? dc : ac)[destination & 3] = at;
      at += COUNTS + count;
    }
  }

  private int twoBytes(int at) {
    return (encoded[at] & 255) << 8 | (encoded[at + 1] & 255);
  }
}
