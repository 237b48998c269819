package io.cxr.codec.jpeg;

import io.cxr.codec.CodecMemory;
import java.util.List;

/**
 * Our own decoding of the segments of a JPEG file, in their order (ITU-T T.81, annexes B to F).
 * Whatever it accepts, the codec decodes to the same; anything irregular it leaves to the codec.
 */
final class JpegFrameDecoder {
  private static final int DHT = 0xc4;
  private static final int SOS = 0xda;
  private static final int DQT = 0xdb;
  private static final int DRI = 0xdd;
  private static final int EOI = 0xd9;

  private final byte[] encoded;
  private final boolean rgb;
  private final CodecMemory memory;
  private final JpegBitReader reader;

  private final JpegTables tables;

  JpegFrameDecoder(byte[] encoded, boolean rgb, CodecMemory memory) {
    this.encoded = encoded;
    this.rgb = rgb;
    this.memory = memory;
    this.reader = new JpegBitReader(memory);
    this.tables = new JpegTables(encoded);
  }

  /**
   * The gray pixels, in the codec's memory.
   *
   * @param segments all segments, the last of which ends the image
   * @throws JpegIrregularity if the codec is to decide
   */
  byte[] decode(List<JpegSegment> segments) throws JpegIrregularity {
    JpegFrame frame = checkHeaders(segments);
    checkLength(compressedBytes(segments), frame, frame.progressive() ? 1 : 2);
    JpegCoefficients coefficients = frame.progressive() ? JpegCoefficients.of(frame, memory) : null;
    JpegGray gray = new JpegGray(frame, rgb, memory);
    for (JpegSegment segment : segments) {
      switch (segment.kind()) {
        case DQT -> tables.readQuantization(segment, false);
        case DHT -> tables.readHuffman(segment);
        case DRI -> tables.readRestartInterval(segment);
        case SOS -> {
          if (coefficients == null) {
            decodeSequential(segment, frame, gray);
          } else {
            decodeProgressive(segment, frame, coefficients);
          }
        }
        default -> {}
      }
    }
    if (coefficients != null) {
      coefficients.show(gray);
    }
    return gray.pixels();
  }

  /**
   * The frame of a file that has none but usual segments, and whose scans bring every coefficient
   * once.
   */
  JpegFrame checkHeaders(List<JpegSegment> segments) throws JpegIrregularity {
    JpegFrame frame = null;
    JpegProgression progression = null;
    for (JpegSegment segment : segments) {
      int kind = segment.kind();
      if (segment.isFrame()) {
        frame = JpegFrame.of(JpegFrameHeader.of(encoded, segment, false));
        progression = new JpegProgression(frame);
      } else if (kind == SOS && frame != null && progression != null) {
        progression.add(header(segment, frame));
      } else if (kind == DRI && segment.contentEnd() - segment.content() != 2) {
        throw new JpegIrregularity("a restart interval of another length");
      } else if (!segment.isMetadata()
          && kind != DQT
          && kind != DHT
          && kind != DRI
          && kind != EOI) {
        throw new JpegIrregularity("a segment of another kind");
      }
    }
    if (frame == null || progression == null) {
      throw new JpegIrregularity("no frame");
    }
    progression.checkComplete();
    return frame;
  }

  private JpegScanHeader header(JpegSegment segment, JpegFrame frame) throws JpegIrregularity {
    return JpegScanHeader.of(encoded, segment.content(), segment.contentEnd(), frame);
  }

  private void decodeSequential(JpegSegment segment, JpegFrame frame, JpegGray gray)
      throws JpegIrregularity {
    prepare(header(segment, frame), true, true);
    reader.start(encoded, segment.contentEnd(), segment.end());
    new JpegSequentialScan(frame, reader, gray).decode(tables.restartInterval());
  }

  private void decodeProgressive(
      JpegSegment segment, JpegFrame frame, JpegCoefficients coefficients) throws JpegIrregularity {
    JpegScanHeader header = header(segment, frame);
    JpegProgressiveScan scan = new JpegProgressiveScan(frame, reader, coefficients, header);
    prepare(header, scan.needsDcTables(), scan.needsAcTables());
    reader.start(encoded, segment.contentEnd(), segment.end());
    scan.decode(tables.restartInterval());
  }

  private static long compressedBytes(List<JpegSegment> segments) {
    long bytes = 0;
    for (JpegSegment segment : segments) {
      bytes += segment.end() - segment.contentEnd();
    }
    return bytes;
  }

  /** Takes no memory for a size that is only claimed. */
  private static void checkLength(long bytes, JpegFrame frame, int bitsOfBlock)
      throws JpegIrregularity {
    if (8 * bytes < bitsOfBlock * JpegCoefficients.blocks(frame)) {
      throw new JpegIrregularity("scans that are too short for all blocks");
    }
  }

  /** Hands the tables in force to the components of a scan. */
  private void prepare(JpegScanHeader header, boolean dc, boolean ac) throws JpegIrregularity {
    for (int i = 0; i < header.components().size(); i++) {
      JpegComponent component = header.components().get(i);
      int destinations = header.tables().get(i);
      quantize(component);
      component.dcTable =
          dc ? tables.huffman(destinations >> 4, JpegHuffmanTable.Kind.DC, true) : null;
      component.acTable =
          ac ? tables.huffman(destinations & 15, JpegHuffmanTable.Kind.AC, true) : null;
    }
  }

  private void quantize(JpegComponent component) throws JpegIrregularity {
    if (component.scanned) {
      return;
    }
    component.quantize(tables.quantization(component.quantizationTable));
    component.scanned = true;
  }
}
