package io.cxr.codec.jpeg;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import io.cxr.codec.Orientation;
import io.cxr.codec.PictureSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Baseline and progressive JPEG of 8 bits, gray, YCbCr or RGB (ITU-T T.81, JFIF, and Adobe's
 * Technical Note 5116 for the colour transform). Colour profiles and density change nothing; an
 * orientation that is not upright is refused.
 *
 * <p>The segments are checked here. Usual scans are decoded by {@link JpegFrameDecoder}. Files of
 * rare kinds, and files in which anything is irregular, are left to another decoder, so that its
 * answer stands. The JDK's codec fills up a truncated image without a word and stumbles over odd
 * metadata: {@link #picture()} is only the segments that hold the picture.
 */
public final class JpegDecoder {
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
   * as many as there are. Half of it for an image of 64 megapixels is what encoders write.
   */
  private static final long MOST_SCANNED = 1L << 31;

  /** So many scans are read of an image of any size. */
  private static final int USUAL_SCANS = 16;

  /** Tables and intervals; real files have at most a few for each scan. */
  private static final int MOST_SEGMENTS = 10_000;

  private final byte[] encoded;
  private final int end;
  private final long mostPixels;
  private final CodecMemory memory;
  private final List<JpegSegment> segments = new ArrayList<>();
  private @Nullable JpegFrameHeader frame;
  private boolean jfif;
  private int adobeTransform = -1;
  private boolean exif;
  private boolean jpegLs;

  /** Whether three components are RGB, where not the file but what it lies in says so. */
  private Optional<Boolean> statedRgb = Optional.empty();

  private JpegDecoder(byte[] encoded, int length, long mostPixels, CodecMemory memory) {
    this.encoded = encoded;
    this.end = length;
    this.mostPixels = mostPixels;
    this.memory = memory;
  }

  /** Decodes what {@link JpegDecoder#byScans()} leaves to another decoder. */
  @FunctionalInterface
  public interface Fallback {
    /**
     * Decodes a file whose segments are as they should be.
     *
     * @param checked the file
     * @return its gray
     */
    GraySamples decode(JpegDecoder checked);
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
   * @return the block's gray
   */
  public static GraySamples decodeBlock(
      byte[] tables,
      byte[] block,
      int components,
      boolean rgb,
      int leastRows,
      int mostRows,
      int columns,
      long mostPixels,
      CodecMemory memory,
      Fallback fallback) {
    if (block.length < 2 || block[0] != (byte) 0xff || block[1] != (byte) SOI) {
      throw CodecException.damaged("blocks that are JPEG images", "another");
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
    JpegDecoder decoder = ofCheckedSegments(file, file.length, mostPixels, memory);
    decoder.statedRgb = Optional.of(rgb);
    if (decoder.components() != components
        || decoder.columns() != columns
        || decoder.rows() < leastRows
        || decoder.rows() > mostRows) {
      throw CodecException.damaged("JPEG blocks of the stated size and colours", "another");
    }
    return decoder.byScans().orElseGet(() -> fallback.decode(decoder));
  }

  /**
   * A decoder for a file whose segments are as they should be.
   *
   * @param encoded begins with a JPEG file
   * @param length where that ends
   * @param mostPixels the most pixels that it may have
   * @param memory working memory
   * @return the decoder
   * @throws CodecException if the segments are not as they should be
   */
  public static JpegDecoder ofCheckedSegments(
      byte[] encoded, int length, long mostPixels, CodecMemory memory) {
    JpegDecoder decoder = new JpegDecoder(encoded, length, mostPixels, memory);
    decoder.checkSegments();
    return decoder;
  }

  /** Rows of the picture. */
  public int rows() {
    return frame().rows();
  }

  /** Columns of the picture. */
  public int columns() {
    return frame().columns();
  }

  /** Components of the picture: 1 or 3. */
  public int components() {
    return frame().components();
  }

  private JpegFrameHeader frame() {
    return Objects.requireNonNull(frame, "frame");
  }

  /**
   * The gray by our own decoding, or nothing if the file is irregular or of a rare kind: what the
   * JDK's codec makes of it is then the answer. Whatever this accepts, that decodes to the same.
   *
   * @return gray of 8 bits in the pixels of the working memory
   */
  public Optional<GraySamples> byScans() {
    try {
      byte[] pixels = frameDecoder().decode(segments);
      return Optional.of(new GraySamples(rows(), columns(), 8, pixels));
    } catch (JpegIrregularity e) {
      return Optional.empty();
    }
  }

  /** Whether all headers are usual: the file is of no rare kind. */
  public boolean isUsual() {
    try {
      frameDecoder().checkHeaders(segments);
      return true;
    } catch (JpegIrregularity e) {
      return false;
    }
  }

  private JpegFrameDecoder frameDecoder() {
    return new JpegFrameDecoder(encoded, components() == 3 && isRgb(), memory);
  }

  /**
   * The gray of components that another decoder brought to the picture's size.
   *
   * @param samples one component, or three interleaved
   * @return gray of 8 bits; of one component the same array
   */
  public GraySamples grayOf(byte[] samples) {
    if (components() == 1) {
      return new GraySamples(rows(), columns(), 8, samples);
    }
    return isRgb() ? grayOfRgb(samples) : grayOfYcc(samples);
  }

  private GraySamples grayOfYcc(byte[] samples) {
    byte[] pixels = memory.pixels(rows() * columns());
    JpegColour.grayOfYcc(samples, rows() * columns(), pixels);
    return new GraySamples(rows(), columns(), 8, pixels);
  }

  /**
   * The gray of a picture that another decoder turned to RGB.
   *
   * @param samples red, green and blue, interleaved
   * @return gray of 8 bits in the pixels of the working memory
   */
  public GraySamples grayOfRgb(byte[] samples) {
    byte[] pixels = memory.pixels(rows() * columns());
    JpegColour.grayOfRgb(samples, rows() * columns(), pixels);
    return new GraySamples(rows(), columns(), 8, pixels);
  }

  /** A JPEG file of only the segments that hold the picture. */
  public byte[] picture() {
    byte[] kept = new byte[end];
    System.arraycopy(encoded, 0, kept, 0, 2);
    int length = 2;
    for (JpegSegment segment : segments) {
      int size = segment.end() - segment.marker();
      System.arraycopy(encoded, segment.marker(), kept, length, size);
      length += size;
    }
    return Arrays.copyOf(kept, length);
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
          throw CodecException.damaged("at least one scan", "none");
        }
        segments.add(new JpegSegment(kind, marker, marker + 2, marker + 2, marker + 2));
        return;
      }
      if (kind == 1 || (kind >= 0xd0 && kind <= SOI)) {
        throw CodecException.damaged("a segment", "a lone marker between segments");
      }
      if (end - marker < 4) {
        throw CodecException.truncated("no end marker");
      }
      int length = (encoded[marker + 2] & 255) << 8 | (encoded[marker + 3] & 255);
      int content = marker + 4;
      int contentEnd = marker + 2 + length;
      if (length < 2) {
        throw CodecException.damaged("segments of at least 2 bytes", String.valueOf(length));
      }
      if (contentEnd > end) {
        throw CodecException.truncated("a segment that is longer than the rest of the file");
      }
      at = contentEnd;
      if (kind == SOS) {
        if (jpegLs) {
          throw CodecException.encoding("baseline or progressive Huffman coding", "JPEG-LS");
        }
        if (frame == null) {
          throw CodecException.damaged("a frame before its scans", "a scan");
        }
        int most =
            (int)
                Math.min(
                    MOST_SCANS, Math.max(USUAL_SCANS, MOST_SCANNED / ((long) rows() * columns())));
        if (++scans > most) {
          throw CodecException.encoding(
              "at most " + most + " scans of an image of this size", "more");
        }
        at = endOfScan(contentEnd);
      }
      JpegSegment segment = new JpegSegment(kind, marker, content, contentEnd, at);
      if (!segment.isMetadata()) {
        if (segments.size() == MOST_SEGMENTS) {
          throw CodecException.damaged("at most " + MOST_SEGMENTS + " segments", "more");
        }
        segments.add(segment);
      }
      if (segment.isFrame()) {
        readFrame(segment);
      } else if (kind == APP0) {
        jfif |= contains(content, contentEnd, "JFIF\0");
      } else if (kind == APP1 && !exif && contains(content, contentEnd, "Exif\0\0")) {
        exif = true;
        Orientation.check(Orientation.ofExif(encoded, content + 6, contentEnd));
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
    throw CodecException.truncated("no end marker");
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
    throw CodecException.truncated("no end marker");
  }

  private boolean contains(int content, int end, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (content + i >= end || encoded[content + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void readFrame(JpegSegment segment) {
    if (frame != null) {
      throw CodecException.damaged("one frame", "another");
    }
    JpegFrameHeader header = JpegFrameHeader.of(encoded, segment, false);
    PictureSize.check(header.rows(), header.columns(), mostPixels);
    int kind = header.kind();
    if (kind > 0xc2) {
      throw CodecException.encoding(
          "baseline or progressive Huffman coding",
          switch (kind) {
            case 0xc3 -> "JPEG Lossless (frame type 3)";
            case 0xc9, 0xca -> "arithmetic coding (frame type " + (kind - 0xc0) + ")";
            default -> "frame type " + (kind - 0xc0);
          });
    }
    if (header.precision() != 8) {
      throw CodecException.encoding("samples of 8 bits", header.precision() + " bits");
    }
    int components = header.components();
    if (components == 4) {
      throw CodecException.colour("4 components (CMYK or YCCK ink)");
    }
    if (components != 1 && components != 3) {
      throw CodecException.colour(components + " components");
    }
    frame = header;
  }

  // The colours ---------------------------------------------------------------------------------

  /** Whether three components are RGB, as libjpeg decides it; else they are YCbCr. */
  public boolean isRgb() {
    if (statedRgb.isPresent()) {
      return statedRgb.get();
    }
    if (jfif) {
      return false;
    }
    if (adobeTransform >= 0) {
      return adobeTransform == 0;
    }
    return frame().name(0) == 'R' && frame().name(1) == 'G' && frame().name(2) == 'B';
  }
}
