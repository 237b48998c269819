package io.cxr.codec.jpeg;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.SampleLayout;

/**
 * A codestream with one frame and one scan of all its components (ITU-T T.81, annex B), as lossless
 * and 12-bit coding have it, up to its compressed data.
 */
final class JpegSingleScan {
  private final byte[] encoded;
  private final JpegFrameHeader frame;
  private final JpegTables tables;
  private final int[] destinations;
  private final int spectralStart;
  private final int pointTransform;
  private final int data;

  private JpegSingleScan(
      byte[] encoded, JpegFrameHeader frame, JpegTables tables, JpegSegment header) {
    this.encoded = encoded;
    this.frame = frame;
    this.tables = tables;
    int content = header.content();
    int length = header.contentEnd() - content;
    int components = length < 1 ? 0 : encoded[content] & 255;
    if (length != 4 + 2 * components) {
      throw another("a JPEG scan header");
    }
    if (components != frame.components()) {
      throw CodecException.encoding("one JPEG scan for all samples", "several");
    }
    destinations = new int[components];
    for (int i = 0; i < components; i++) {
      if (encoded[content + 1 + 2 * i] != frame.name(i)) {
        throw another("the components of the frame in a scan");
      }
      destinations[i] = encoded[content + 2 + 2 * i] & 0x33;
    }
    spectralStart = encoded[header.contentEnd() - 3] & 255;
    pointTransform = encoded[header.contentEnd() - 1] & 15;
    data = header.contentEnd();
  }

  /**
   * Reads the segments up to the compressed data.
   *
   * @param encoded a codestream
   * @param layout what is known of its picture
   * @param kind the frame that it must have
   */
  static JpegSingleScan of(byte[] encoded, SampleLayout layout, int kind) throws JpegIrregularity {
    JpegFrameHeader frame = JpegFrameHeader.find(encoded);
    frame.check(layout);
    if (frame.kind() != kind) {
      throw CodecException.encoding(
          "a JPEG codestream of " + JpegFrameHeader.coding(kind),
          JpegFrameHeader.coding(frame.kind()));
    }
    JpegTables tables = new JpegTables(encoded);
    boolean framed = false;
    int at = 2;
    while (true) {
      JpegSegment segment = JpegSegment.at(encoded, at, "a JPEG scan");
      switch (segment.kind()) {
        case 0xc4 -> tables.readHuffman(segment);
        case 0xdb -> tables.readQuantization(segment, true);
        case 0xdd -> tables.readRestartInterval(segment);
        case 0xdc ->
            throw CodecException.encoding("rows in the JPEG frame header", "rows after the scan");
        case 0xda -> {
          return new JpegSingleScan(encoded, frame, tables, segment);
        }
        default -> {
          if (framed && segment.isFrame()) {
            throw another("one JPEG frame header");
          }
          framed |= segment.isFrame();
        }
      }
      at = segment.end();
    }
  }

  private static CodecException another(String expected) {
    return CodecException.damaged(expected, "another segment");
  }

  /** The bits of the scan. */
  JpegBitReader bits(CodecMemory memory) throws JpegIrregularity {
    JpegBitReader bits = new JpegBitReader(memory);
    bits.startWithFill(encoded, data, endOfScan());
    return bits;
  }

  /** Before a marker that is no restart marker, or the end. */
  private int endOfScan() {
    int at = JpegBitReader.nextFf(encoded, data, encoded.length);
    while (at + 1 < encoded.length) {
      int next = encoded[at + 1] & 255;
      if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
        return at;
      }
      at = JpegBitReader.nextFf(encoded, at + 1, encoded.length);
    }
    return at;
  }

  /** A refusal of a scan that cannot be read on. */
  static CodecException refused(JpegIrregularity cause, boolean past) {
    return past
        ? CodecException.truncated("a JPEG scan for all pixels", "a shorter one")
        : CodecException.damaged(
            "a JPEG codestream without errors", String.valueOf(cause.getMessage()));
  }

  JpegFrameHeader frame() {
    return frame;
  }

  int[] quantization(int component) throws JpegIrregularity {
    return tables.quantization(frame.quantizationTable(component) & 3);
  }

  JpegHuffmanTable dc(int component, JpegHuffmanTable.Kind kind) throws JpegIrregularity {
    return tables.huffman(destinations[component] >> 4, kind, false);
  }

  JpegHuffmanTable ac(int component) throws JpegIrregularity {
    return tables.huffman(destinations[component] & 3, JpegHuffmanTable.Kind.AC, false);
  }

  int restartInterval() {
    return tables.restartInterval();
  }

  /** The predictor of lossless coding. */
  int spectralStart() {
    return spectralStart;
  }

  int pointTransform() {
    return pointTransform;
  }
}
