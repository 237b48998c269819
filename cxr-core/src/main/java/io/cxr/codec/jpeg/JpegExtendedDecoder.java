package io.cxr.codec.jpeg;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.SampleLayout;
import io.cxr.codec.Words;
import java.util.Arrays;

/** JPEG Extended sequential of 12 bits, gray (process 4; ITU-T T.81, annex F). */
public final class JpegExtendedDecoder {
  private static final int SOF1 = 0xc1;
  private static final byte[] NATURAL = JpegZigzag.naturalOrder();

  private final JpegBitReader bits;
  private final JpegHuffmanTable dc;
  private final JpegHuffmanTable ac;
  private final int[] quantization;
  private final int restartInterval;
  private final int[] block = new int[64];

  private JpegExtendedDecoder(JpegSingleScan scan, CodecMemory memory) throws JpegIrregularity {
    dc = scan.dc(0, JpegHuffmanTable.Kind.DC);
    ac = scan.ac(0);
    quantization = scan.quantization(0);
    restartInterval = scan.restartInterval();
    bits = scan.bits(memory);
  }

  /**
   * Decodes a codestream.
   *
   * @param encoded the codestream
   * @param layout what is known of its picture: one channel of two bytes
   * @param into receives the samples
   * @param memory working memory
   * @throws CodecException if it cannot be decoded
   */
  public static void decode(byte[] encoded, SampleLayout layout, byte[] into, CodecMemory memory) {
    JpegExtendedDecoder decoder;
    try {
      JpegSingleScan scan = JpegSingleScan.of(encoded, layout, SOF1);
      JpegFrameHeader frame = scan.frame();
      if (frame.precision() != 12 || frame.components() != 1) {
        throw CodecException.encoding(
            "JPEG Extended of 12 bits and one sample",
            frame.precision() + " bits and " + frame.components() + " samples");
      }
      // A block has at least two codes of one bit.
      if ((long) blocks(layout.columns()) * blocks(layout.rows()) / 4 > encoded.length) {
        throw CodecException.truncated("a JPEG scan for all pixels", "a shorter one");
      }
      decoder = new JpegExtendedDecoder(scan, memory);
    } catch (JpegIrregularity e) {
      throw JpegSingleScan.refused(e, false);
    }
    try {
      decoder.decode(layout, into);
    } catch (JpegIrregularity e) {
      throw JpegSingleScan.refused(e, decoder.bits.isPast());
    }
  }

  private static int blocks(int samples) {
    return (samples + 7) / 8;
  }

  private void decode(SampleLayout layout, byte[] into) throws JpegIrregularity {
    int across = blocks(layout.columns());
    int down = blocks(layout.rows());
    int prediction = 0;
    for (int number = 0; number < across * down; number++) {
      if (restartInterval != 0 && number != 0 && number % restartInterval == 0) {
        bits.skipToNextInterval();
        prediction = 0;
      }
      prediction = (short) (prediction + readBlock());
      bits.checkNotPast();
      block[0] = prediction * quantization[0];
      JpegWideInverseDct.transform(block);
      int firstRow = number / across * 8;
      int firstColumn = number % across * 8;
      int height = Math.min(8, layout.rows() - firstRow);
      int width = Math.min(8, layout.columns() - firstColumn);
      for (int y = 0; y < height; y++) {
        int to = 2 * ((firstRow + y) * layout.columns() + firstColumn);
        for (int x = 0; x < width; x++) {
          int sample = Math.max(0, Math.min(4095, block[8 * y + x] + 2048));
          Words.setLittleChar(into, to + 2 * x, (char) sample);
        }
      }
    }
  }

  /** Reads a block, dequantised and row by row, but for the mean; returns its DC difference. */
  private int readBlock() throws JpegIrregularity {
    Arrays.fill(block, 0);
    int difference = bits.difference(dc);
    for (int place = 1; place < 64; place++) {
      int code = bits.symbol(ac);
      int size = code & 15;
      int zeros = code >> 4;
      if (size == 0) {
        if (zeros != 15) {
          break;
        }
        place += 15;
        continue;
      }
      place += zeros;
      if (place > 63) {
        throw new JpegIrregularity("more than 64 coefficients");
      }
      int value = JpegHuffmanTable.extend(bits.take(size), size);
      block[NATURAL[place]] = value * quantization[place];
    }
    return difference;
  }
}
