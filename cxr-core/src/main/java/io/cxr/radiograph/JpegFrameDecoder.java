package io.cxr.radiograph;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Our own decoding of the segments of a JPEG file, in their order (ITU-T T.81, annexes B to F).
 * Whatever it accepts, the codec decodes to the same; anything irregular it leaves to the codec.
 */
final class JpegFrameDecoder {
  private static final int SOF2 = 0xc2;
  private static final int DHT = 0xc4;
  private static final int SOS = 0xda;
  private static final int DQT = 0xdb;
  private static final int DRI = 0xdd;
  private static final int EOI = 0xd9;

  private static final int COUNTS = 16;

  private final byte[] encoded;
  private final boolean rgb;
  private final DecodeBuffers buffers;
  private final JpegBitReader reader;

  /** By destination; as bytes, by place in the file. */
  private final byte[] @Nullable [] quantization = new byte[4][];

  /** By destination: where the counts of a Huffman table lie, or 0. */
  private final int[] dcTables = new int[4];

  private final int[] acTables = new int[4];
  private int restartInterval;

  JpegFrameDecoder(byte[] encoded, boolean rgb, DecodeBuffers buffers) {
    this.encoded = encoded;
    this.rgb = rgb;
    this.buffers = buffers;
    this.reader = new JpegBitReader(buffers);
  }

  /**
   * The gray pixels, in the buffers' memory.
   *
   * @param segments all segments, the last of which ends the image
   * @throws JpegIrregularity if the codec is to decide
   */
  byte[] decode(List<JpegSegment> segments) throws JpegIrregularity {
    JpegFrame frame = checkHeaders(segments);
    checkLength(compressedBytes(segments), frame, frame.progressive() ? 1 : 2);
    JpegCoefficients coefficients =
        frame.progressive() ? JpegCoefficients.of(frame, buffers) : null;
    JpegGray gray = new JpegGray(frame, rgb, buffers);
    for (JpegSegment segment : segments) {
      switch (segment.kind()) {
        case DQT -> readQuantization(segment);
        case DHT -> readHuffman(segment);
        case DRI -> restartInterval = twoBytes(segment.content());
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
        frame = JpegFrame.of(encoded, segment.content(), kind == SOF2);
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
    new JpegSequentialScan(frame, reader, gray).decode(restartInterval);
  }

  private void decodeProgressive(
      JpegSegment segment, JpegFrame frame, JpegCoefficients coefficients) throws JpegIrregularity {
    JpegScanHeader header = header(segment, frame);
    JpegProgressiveScan scan = new JpegProgressiveScan(frame, reader, coefficients, header);
    prepare(header, scan.needsDcTables(), scan.needsAcTables());
    reader.start(encoded, segment.contentEnd(), segment.end());
    scan.decode(restartInterval);
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
      int tables = header.tables().get(i);
      quantize(component);
      component.dcTable = dc ? huffman(dcTables[tables >> 4], true) : null;
      component.acTable = ac ? huffman(acTables[tables & 15], false) : null;
    }
  }

  private void quantize(JpegComponent component) throws JpegIrregularity {
    if (component.scanned) {
      return;
    }
    int destination = component.quantizationTable;
    byte[] table = destination < 4 ? quantization[destination] : null;
    if (table == null) {
      throw new JpegIrregularity("a component without quantization");
    }
    component.quantize(table);
    component.scanned = true;
  }

  private JpegHuffmanTable huffman(int at, boolean dc) throws JpegIrregularity {
    if (at == 0) {
      throw new JpegIrregularity("a component without Huffman table");
    }
    return JpegHuffmanTable.of(encoded, at, dc);
  }

  /** T.81, B.2.4.1. */
  private void readQuantization(JpegSegment segment) throws JpegIrregularity {
    int at = segment.content();
    while (at < segment.contentEnd()) {
      int destination = encoded[at];
      // The upper half, if not 0, says 16 bits.
      if (destination < 0 || destination > 3 || segment.contentEnd() - at < 65) {
        throw new JpegIrregularity("an unusual quantization table");
      }
      quantization[destination] = Arrays.copyOfRange(encoded, at + 1, at + 65);
      at += 65;
    }
  }

  /** T.81, B.2.4.2. */
  private void readHuffman(JpegSegment segment) throws JpegIrregularity {
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
      (destination >> 4 == 0 ? dcTables : acTables)[destination & 3] = at;
      at += COUNTS + count;
    }
  }

  private int twoBytes(int at) {
    return (encoded[at] & 255) << 8 | (encoded[at + 1] & 255);
  }
}
