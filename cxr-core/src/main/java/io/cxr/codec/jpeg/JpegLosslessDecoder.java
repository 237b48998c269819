package io.cxr.codec.jpeg;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.SampleLayout;
import io.cxr.codec.Words;

/**
 * JPEG Lossless, Huffman-coded (process 14; ITU-T T.81, annex H): 2 to 16 bits, predictors 1 to 7,
 * restart intervals, one interleaved scan without subsampling.
 */
public final class JpegLosslessDecoder {
  private static final int SOF3 = 0xc3;

  /** Pixels between two looks at the end of the data, within the room of {@link JpegBitReader}. */
  private static final int STRETCH = 256;

  private static final int MOST_COMPONENTS = 4;

  private final SampleLayout layout;
  private final int columns;
  private final int components;
  private final int predictor;
  private final int shift;
  private final int initial;
  private final JpegBitReader bits;
  private final JpegHuffmanTable[] tables;

  private JpegLosslessDecoder(JpegSingleScan scan, SampleLayout layout, CodecMemory memory)
      throws JpegIrregularity {
    this.layout = layout;
    columns = layout.columns();
    components = layout.channels();
    predictor = scan.spectralStart();
    shift = scan.pointTransform();
    int precision = scan.frame().precision();
    if (predictor < 1 || predictor > 7 || precision < 2 || precision > 16 || shift >= precision) {
      throw CodecException.damaged("a predictor from 1 to 7 and 2 to 16 bits", "others");
    }
    initial = 1 << (precision - shift - 1);
    tables = new JpegHuffmanTable[components];
    for (int i = 0; i < components; i++) {
      tables[i] = scan.dc(i, JpegHuffmanTable.Kind.LOSSLESS);
      if (components > 1 && scan.frame().sampling(i) != scan.frame().sampling(0)) {
        throw CodecException.encoding("JPEG Lossless without subsampling", "a subsampled colour");
      }
    }
    if (components > MOST_COMPONENTS) {
      throw CodecException.encoding(
          "at most " + MOST_COMPONENTS + " JPEG components", String.valueOf(components));
    }
    bits = scan.bits(memory);
  }

  /**
   * Decodes a codestream.
   *
   * @param encoded the codestream
   * @param layout what is known of its picture
   * @param into receives the samples
   * @param memory working memory
   * @throws CodecException if it cannot be decoded
   */
  public static void decode(byte[] encoded, SampleLayout layout, byte[] into, CodecMemory memory) {
    JpegLosslessDecoder decoder;
    int interval;
    try {
      JpegSingleScan scan = JpegSingleScan.of(encoded, layout, SOF3);
      // A code has at least one bit.
      if (layout.samples() / 8 > encoded.length) {
        throw CodecException.truncated("a JPEG scan for all pixels", "a shorter one");
      }
      interval = scan.restartInterval();
      if (interval % layout.columns() != 0) {
        // T.81 H.1.1: an integer number of rows.
        throw CodecException.damaged("restart intervals of whole rows", "others");
      }
      decoder = new JpegLosslessDecoder(scan, layout, memory);
    } catch (JpegIrregularity e) {
      throw JpegSingleScan.refused(e, false);
    }
    try {
      decoder.decode(interval / layout.columns(), into);
    } catch (JpegIrregularity e) {
      throw JpegSingleScan.refused(e, decoder.bits.isPast());
    }
  }

  private void decode(int restartRows, byte[] into) throws JpegIrregularity {
    int length = columns * components;
    // A pixel before the first, so that every pixel has a neighbour to the left.
    int[] above = new int[length + components];
    int[] row = new int[length + components];
    boolean first = true;
    for (int y = 0; y < layout.rows(); y++) {
      if (restartRows != 0 && y != 0 && y % restartRows == 0) {
        bits.skipToNextInterval();
        first = true;
      }
      decodeRow(row, above, first);
      store(row, into, y * length);
      int[] swapped = above;
      above = row;
      row = swapped;
      first = false;
    }
  }

  private void decodeRow(int[] row, int[] above, boolean first) throws JpegIrregularity {
    for (int i = 0; i < components; i++) {
      int prediction = first ? initial : above[components + i];
      row[components + i] = prediction + bits.difference(tables[i]) & 0xffff;
    }
    for (int from = 1; from < columns; from += STRETCH) {
      int to = Math.min(columns, from + STRETCH);
      if (!first && predictor != 1) {
        predict(row, above, from, to);
      } else if (components == 1) {
        fromLeft(row, from, to);
      } else {
        for (int at = (from + 1) * components; at < (to + 1) * components; at++) {
          int left = row[at - components];
          row[at] = left + bits.difference(tables[at % components]) & 0xffff;
        }
      }
      bits.checkNotPast();
    }
    bits.checkNotPast();
  }

  /** The usual case: one component, the left neighbour. */
  private void fromLeft(int[] row, int from, int to) throws JpegIrregularity {
    JpegHuffmanTable table = tables[0];
    int left = row[from];
    for (int at = from + 1; at <= to; at++) {
      // Modulo 2^16, by H.1.2.1.
      left = left + bits.difference(table) & 0xffff;
      row[at] = left;
    }
  }

  private void predict(int[] row, int[] above, int from, int to) throws JpegIrregularity {
    for (int at = (from + 1) * components, i = 0; at < (to + 1) * components; at++) {
      int a = row[at - components];
      int b = above[at];
      int c = above[at - components];
      int prediction =
          switch (predictor) {
            case 2 -> b;
            case 3 -> c;
            case 4 -> a + b - c;
            case 5 -> a + ((b - c) >> 1);
            case 6 -> b + ((a - c) >> 1);
            default -> (a + b) >> 1;
          };
      row[at] = prediction + bits.difference(tables[i]) & 0xffff;
      i = i + 1 == components ? 0 : i + 1;
    }
  }

  private void store(int[] row, byte[] into, int first) {
    int length = columns * components;
    if (layout.sampleBytes() == 1) {
      for (int i = 0; i < length; i++) {
        into[first + i] = (byte) (row[components + i] << shift);
      }
    } else {
      for (int i = 0; i < length; i++) {
        Words.setLittleChar(into, 2 * (first + i), (char) (row[components + i] << shift));
      }
    }
  }
}
