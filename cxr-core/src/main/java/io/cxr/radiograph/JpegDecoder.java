package io.cxr.radiograph;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Baseline and progressive JPEG of 8 bits, gray, YCbCr or RGB (ITU-T T.81, JFIF, and Adobe's
 * Technical Note 5116 for the colour transform). Colour profiles and density change nothing; an
 * orientation that is not upright is refused.
 *
 * <p>The segments are checked here. Usual scans are decoded by {@link JpegFrameDecoder}. Files of
 * rare kinds, and files in which anything is irregular, go to the JDK's codec, so that its answer
 * stands. It fills up a truncated image without a word and stumbles over odd metadata: it is given
 * only the segments that hold the picture, and its warnings count as damage.
 */
final class JpegDecoder {
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int SOF55 = 0xf7;

  /** Real files have at most a few dozen; each costs a pass over the whole image. */
  private static final int MOST_SCANS = 500;

  /**
   * So many pixels may be passed over by all scans together: a scan of a hundred bytes passes over
   * as many as there are. Half of it for the largest image of {@link DecodeLimits#DEFAULT} is what
   * encoders write.
   */
  private static final long MOST_SCANNED = 1L << 31;

  /** So many scans are read of an image of any size. */
  private static final int USUAL_SCANS = 16;

  /** Tables and intervals; real files have at most a few for each scan. */
  private static final int MOST_SEGMENTS = 10_000;

  private final byte[] encoded;
  private final int end;
  private final DecodeLimits limits;
  private final DecodeBuffers buffers;
  private final List<JpegSegment> segments = new ArrayList<>();
  private int rows;
  private int columns;
  private byte[] componentNames = new byte[0];
  private boolean jfif;
  private int adobeTransform = -1;
  private boolean exif;
  private boolean jpegLs;

  /** Whether three components are RGB, where not the file but what it lies in says so. */
  private Optional<Boolean> statedRgb = Optional.empty();

  private JpegDecoder(byte[] encoded, int length, DecodeLimits limits, DecodeBuffers buffers) {
    this.encoded = encoded;
    this.end = length;
    this.limits = limits;
    this.buffers = buffers;
  }

  /** Decodes the first bytes of an array; the radiograph shares the buffers' memory. */
  static Radiograph decode(
      byte[] encoded, int length, DecodeLimits limits, JpegCodec codec, DecodeBuffers buffers) {
    JpegDecoder decoder = ofCheckedSegments(encoded, length, limits, buffers);
    Optional<Radiograph> radiograph = Optional.empty();
    if (codec == JpegCodec.LIBJPEG_TURBO) {
      radiograph = decoder.byTurbo();
    }
    if (radiograph.isEmpty()) {
      radiograph = decoder.byScans();
    }
    return radiograph.isPresent() ? radiograph.get() : decoder.byCodec();
  }

  /**
   * Decodes a block of a TIFF file: a JPEG file of its own, but for tables that blocks share (TIFF
   * Technical Note 2).
   *
   * @param tables a JPEG file of tables alone, or nothing
   * @param block the block
   * @param components how many it must have
   * @param rgb whether three components are RGB; else they are YCbCr
   * @param leastRows how many rows it must have at least, and at most {@code mostRows}
   * @param columns how many columns it must have
   * @return the block's gray pixels, in the buffers' memory
   */
  static Radiograph decodeBlock(
      byte[] tables,
      byte[] block,
      int components,
      boolean rgb,
      int leastRows,
      int mostRows,
      int columns,
      DecodeLimits limits,
      DecodeBuffers buffers) {
    if (block.length < 2 || block[0] != (byte) 0xff || block[1] != (byte) SOI) {
      throw Refusal.damaged("TIFF", "blocks that are JPEG images", "another");
    }
    int tablesEnd = tables.length;
    for (int i = tables.length - 2; i >= 2 && tablesEnd == tables.length; i--) {
      if (tables[i] == (byte) 0xff && tables[i + 1] == (byte) EOI) {
        tablesEnd = i;
      }
    }
    int tablesLength = Math.max(0, tablesEnd - 2);
    byte[] file = new byte[tablesLength + block.length];
    System.arraycopy(block, 0, file, 0, 2);
    System.arraycopy(tables, tables.length - Math.max(0, tables.length - 2), file, 2, tablesLength);
    System.arraycopy(block, 2, file, 2 + tablesLength, block.length - 2);
    JpegDecoder decoder = ofCheckedSegments(file, file.length, limits, buffers);
    decoder.statedRgb = Optional.of(rgb);
    if (decoder.componentNames.length != components
        || decoder.columns != columns
        || decoder.rows < leastRows
        || decoder.rows > mostRows) {
      throw Refusal.damaged("TIFF", "JPEG blocks of the stated size and colours", "another");
    }
    Optional<Radiograph> radiograph = decoder.byScans();
    return radiograph.isPresent() ? radiograph.get() : decoder.byCodec();
  }

  /** A decoder for a file whose segments are as they should be. */
  static JpegDecoder ofCheckedSegments(
      byte[] encoded, int length, DecodeLimits limits, DecodeBuffers buffers) {
    JpegDecoder decoder = new JpegDecoder(encoded, length, limits, buffers);
    decoder.checkSegments();
    return decoder;
  }

  /**
   * The radiograph by our own decoding, or nothing if the file is irregular or of a rare kind: what
   * the codec makes of it is then the answer. Whatever this accepts, the codec decodes to the same.
   */
  Optional<Radiograph> byScans() {
    try {
      byte[] pixels = frameDecoder().decode(segments);
      return Optional.of(Radiograph.sharing(rows, columns, 8, pixels));
    } catch (JpegIrregularity e) {
      return Optional.empty();
    }
  }

  private JpegFrameDecoder frameDecoder() {
    return new JpegFrameDecoder(encoded, componentNames.length == 3 && isRgb(), buffers);
  }

  // libjpeg-turbo -------------------------------------------------------------------------------

  /**
   * The radiograph by libjpeg-turbo, or nothing if the file is of a rare kind, refused, or if it is
   * warned of. Its own conversion to gray would take the luma, which differs where a colour is
   * clamped: so it decodes to RGB.
   */
  Optional<Radiograph> byTurbo() {
    try {
      frameDecoder().checkHeaders(segments);
      int length = rows * columns;
      byte[] pixels = buffers.pixels(length);
      if (componentNames.length == 1) {
        buffers
            .turboJpeg()
            .decode(encoded, end, rows, columns, TurboJpeg.SPACE_GRAY, TurboJpeg.GRAY, pixels);
      } else {
        int space = isRgb() ? TurboJpeg.SPACE_RGB : TurboJpeg.SPACE_YCC;
        byte[] rgb = buffers.samples(3 * length);
        buffers.turboJpeg().decode(encoded, end, rows, columns, space, TurboJpeg.RGB, rgb);
        JpegColour.grayOfRgb(rgb, length, pixels);
      }
      return Optional.of(Radiograph.sharing(rows, columns, 8, pixels));
    } catch (JpegIrregularity e) {
      return Optional.empty();
    }
  }

  // The codec -----------------------------------------------------------------------------------

  /** The radiograph as the JDK's codec decodes it. */
  Radiograph byCodec() {
    List<String> warnings = new ArrayList<>();
    Raster raster = JdkRasters.jpeg(picture(), warnings);
    for (String warning : warnings) {
      checkWarning(warning);
    }
    int components = componentNames.length;
    if (raster.getWidth() != columns
        || raster.getHeight() != rows
        || raster.getNumBands() != components
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || buffer.getSize() != rows * columns * components) {
      throw Refusal.damaged("JPEG", "one frame of the stated size", "another");
    }
    byte[] samples = buffer.getData();
    if (components == 1) {
      return Radiograph.owning(rows, columns, 8, samples);
    }
    byte[] gray = new byte[rows * columns];
    if (isRgb()) {
      JpegColour.grayOfRgb(samples, gray.length, gray);
    } else {
      JpegColour.grayOfYcc(samples, gray.length, gray);
    }
    return Radiograph.owning(rows, columns, 8, gray);
  }

  /** A JPEG file of only the segments that hold the picture. */
  private byte[] picture() {
    ByteBuffer kept = ByteBuffer.allocate(end);
    kept.put(encoded, 0, 2);
    for (JpegSegment segment : segments) {
      kept.put(encoded, segment.marker(), segment.end() - segment.marker());
    }
    return Arrays.copyOf(kept.array(), kept.position());
  }

  /**
   * Warnings of the JDK's libjpeg; bytes between segments, which it warns of too, were left out.
   */
  private static void checkWarning(String warning) {
    if (warning.startsWith("Premature end")) {
      throw Refusal.truncated("JPEG", "its end marker before the last pixels");
    }
    if (warning.startsWith("Corrupt JPEG data")
        || warning.startsWith("Inconsistent progression")
        || warning.startsWith("Invalid SOS parameters")) {
      if (warning.contains("premature end of data segment")) {
        throw Refusal.truncated("JPEG", "a scan that ends before the last pixels");
      }
      throw Refusal.damaged("JPEG", "scans without errors", "errors in the compressed pixels");
    }
  }

  // The segments --------------------------------------------------------------------------------

  /** Checks the segments up to the end marker, and lists those that hold the picture. */
  private void checkSegments() {
    int at = 2;
    int scans = 0;
    while (true) {
      int marker = nextMarker(at);
      int kind = encoded[marker + 1] & 255;
      if (kind == EOI) {
        if (scans == 0) {
          throw Refusal.damaged("JPEG", "at least one scan", "none");
        }
        segments.add(new JpegSegment(kind, marker, marker + 2, marker + 2, marker + 2));
        return;
      }
      if (kind == 1 || (kind >= 0xd0 && kind <= SOI)) {
        throw Refusal.damaged("JPEG", "a segment", "a lone marker between segments");
      }
      if (end - marker < 4) {
        throw Refusal.truncated("JPEG", "no end marker");
      }
      int length = (encoded[marker + 2] & 255) << 8 | (encoded[marker + 3] & 255);
      int content = marker + 4;
      int contentEnd = marker + 2 + length;
      if (length < 2) {
        throw Refusal.damaged("JPEG", "segments of at least 2 bytes", String.valueOf(length));
      }
      if (contentEnd > end) {
        throw Refusal.truncated("JPEG", "a segment that is longer than the rest of the file");
      }
      at = contentEnd;
      if (kind == SOS) {
        if (jpegLs) {
          throw Refusal.encoding("JPEG", "baseline or progressive Huffman coding", "JPEG-LS");
        }
        if (componentNames.length == 0) {
          throw Refusal.damaged("JPEG", "a frame before its scans", "a scan");
        }
        int most =
            (int)
                Math.min(MOST_SCANS, Math.max(USUAL_SCANS, MOST_SCANNED / ((long) rows * columns)));
        if (++scans > most) {
          throw Refusal.encoding(
              "JPEG", "at most " + most + " scans of an image of this size", "more");
        }
        at = endOfScan(contentEnd);
      }
      JpegSegment segment = new JpegSegment(kind, marker, content, contentEnd, at);
      if (!segment.isMetadata()) {
        if (segments.size() == MOST_SEGMENTS) {
          throw Refusal.damaged("JPEG", "at most " + MOST_SEGMENTS + " segments", "more");
        }
        segments.add(segment);
      }
      if (segment.isFrame()) {
        readFrame(kind, content, contentEnd);
      } else if (kind == APP0) {
        jfif |= contains(content, contentEnd, "JFIF\0");
      } else if (kind == APP1 && !exif && contains(content, contentEnd, "Exif\0\0")) {
        exif = true;
        Orientation.check("JPEG", Orientation.ofExif(encoded, content + 6, contentEnd));
      } else if (kind == SOF55) {
        jpegLs = true;
      } else if (kind == APP14
          && contains(content, contentEnd, "Adobe")
          && contentEnd - content >= 12) {
        adobeTransform = encoded[content + 11] & 255;
      }
    }
  }

  /** Where the next marker begins: at its last fill byte. */
  private int nextMarker(int from) {
    for (int i = from; i + 1 < end; i++) {
      if (encoded[i] == (byte) 0xff && encoded[i + 1] != (byte) 0xff && encoded[i + 1] != 0) {
        return i;
      }
    }
    throw Refusal.truncated("JPEG", "no end marker");
  }

  /** Where the compressed pixels of a scan end: before a marker that is no restart marker. */
  private int endOfScan(int from) {
    int i = JpegBitReader.nextFf(encoded, from, end);
    while (i + 1 < end) {
      int next = encoded[i + 1] & 255;
      if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
        return i;
      }
      i = JpegBitReader.nextFf(encoded, i + 1, end);
    }
    throw Refusal.truncated("JPEG", "no end marker");
  }

  private boolean contains(int content, int end, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (content + i >= end || encoded[content + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void readFrame(int kind, int content, int end) {
    if (componentNames.length != 0) {
      throw Refusal.damaged("JPEG", "one frame", "another");
    }
    int components = end - content < 6 ? 0 : encoded[content + 5] & 255;
    if (components == 0 || end - content != 6 + 3 * components) {
      throw Refusal.damaged("JPEG", "a frame header of ITU-T T.81", "one of another length");
    }
    rows = (encoded[content + 1] & 255) << 8 | (encoded[content + 2] & 255);
    columns = (encoded[content + 3] & 255) << 8 | (encoded[content + 4] & 255);
    ImageFormat.JPEG.checkSize(rows, columns, limits);
    if (kind > 0xc2) {
      throw Refusal.encoding(
          "JPEG",
          "baseline or progressive Huffman coding",
          switch (kind) {
            case 0xc3 -> "JPEG Lossless (frame type 3)";
            case 0xc9, 0xca -> "arithmetic coding (frame type " + (kind - 0xc0) + ")";
            default -> "frame type " + (kind - 0xc0);
          });
    }
    if (encoded[content] != 8) {
      throw Refusal.encoding("JPEG", "samples of 8 bits", encoded[content] + " bits");
    }
    if (components == 4) {
      throw Refusal.colour("JPEG", "4 components (CMYK or YCCK ink)");
    }
    if (components != 1 && components != 3) {
      throw Refusal.colour("JPEG", components + " components");
    }
    componentNames = new byte[components];
    for (int i = 0; i < components; i++) {
      componentNames[i] = encoded[content + 6 + 3 * i];
    }
  }

  // The colours ---------------------------------------------------------------------------------

  /** Whether three components are RGB, as libjpeg decides it; else they are YCbCr. */
  private boolean isRgb() {
    if (statedRgb.isPresent()) {
      return statedRgb.get();
    }
    if (jfif) {
      return false;
    }
    if (adobeTransform >= 0) {
      return adobeTransform == 0;
    }
    return componentNames[0] == 'R' && componentNames[1] == 'G' && componentNames[2] == 'B';
  }
}
