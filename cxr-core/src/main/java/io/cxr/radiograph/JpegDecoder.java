package io.cxr.radiograph;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Baseline and progressive JPEG of 8 bits, gray, YCbCr or RGB (ITU-T T.81, JFIF, and Adobe's
 * Technical Note 5116 for the colour transform). Orientation, colour profiles and density change
 * nothing.
 *
 * <p>The JDK's codec fills up a truncated image without a word and stumbles over odd metadata. So
 * the segments are checked here, and the codec is given only those that hold the picture; its
 * warnings count as damage.
 */
final class JpegDecoder {
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  /** Real files have at most a few dozen; each costs a pass over the whole image. */
  private static final int MOST_SCANS = 500;

  private final byte[] encoded;
  private final DecodeLimits limits;
  private int rows;
  private int columns;
  private byte[] componentNames = new byte[0];
  private boolean jfif;
  private int adobeTransform = -1;

  private JpegDecoder(byte[] encoded, DecodeLimits limits) {
    this.encoded = encoded;
    this.limits = limits;
  }

  static Radiograph decode(byte[] encoded, DecodeLimits limits) throws IOException {
    return new JpegDecoder(encoded, limits).decode();
  }

  private Radiograph decode() throws IOException {
    byte[] picture = checkSegments();
    List<String> warnings = new ArrayList<>();
    Raster raster = JdkRasters.jpeg(picture, warnings);
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
    return Radiograph.owning(rows, columns, 8, isRgb() ? grayOfRgb(samples) : grayOfYcc(samples));
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

  /** Checks the segments up to the end marker; returns a JPEG file of those with the picture. */
  private byte[] checkSegments() {
    ByteBuffer kept = ByteBuffer.allocate(encoded.length);
    kept.put(encoded, 0, 2);
    int at = 2;
    int scans = 0;
    while (true) {
      int marker = nextMarker(at);
      int kind = encoded[marker + 1] & 255;
      if (kind == EOI) {
        if (scans == 0) {
          throw Refusal.damaged("JPEG", "at least one scan", "none");
        }
        kept.put(encoded, marker, 2);
        return Arrays.copyOf(kept.array(), kept.position());
      }
      if (kind == 1 || (kind >= 0xd0 && kind <= SOI)) {
        throw Refusal.damaged("JPEG", "a segment", "a lone marker between segments");
      }
      if (encoded.length - marker < 4) {
        throw Refusal.truncated("JPEG", "no end marker");
      }
      int length = (encoded[marker + 2] & 255) << 8 | (encoded[marker + 3] & 255);
      int content = marker + 4;
      int end = marker + 2 + length;
      if (length < 2) {
        throw Refusal.damaged("JPEG", "segments of at least 2 bytes", String.valueOf(length));
      }
      if (end > encoded.length) {
        throw Refusal.truncated("JPEG", "a segment that is longer than the rest of the file");
      }
      if (isFrame(kind)) {
        readFrame(kind, content, end);
      } else if (kind == APP0) {
        jfif |= contains(content, end, "JFIF\0");
      } else if (kind == APP14 && contains(content, end, "Adobe") && end - content >= 12) {
        adobeTransform = encoded[content + 11] & 255;
      } else if (kind == SOS) {
        if (componentNames.length == 0) {
          throw Refusal.damaged("JPEG", "a frame before its scans", "a scan");
        }
        if (++scans > MOST_SCANS) {
          throw Refusal.encoding("JPEG", "at most " + MOST_SCANS + " scans", "more");
        }
        end = endOfScan(end);
      }
      boolean metadata = (kind >= APP0 && kind <= APP15) || kind == COM;
      if (!metadata) {
        kept.put(encoded, marker, end - marker);
      }
      at = end;
    }
  }

  /** Where the next marker begins: at its last fill byte. */
  private int nextMarker(int from) {
    for (int i = from; i + 1 < encoded.length; i++) {
      if (encoded[i] == (byte) 0xff && encoded[i + 1] != (byte) 0xff && encoded[i + 1] != 0) {
        return i;
      }
    }
    throw Refusal.truncated("JPEG", "no end marker");
  }

  /** Where the compressed pixels of a scan end: before a marker that is no restart marker. */
  private int endOfScan(int from) {
    for (int i = from; i + 1 < encoded.length; i++) {
      if (encoded[i] == (byte) 0xff) {
        int next = encoded[i + 1] & 255;
        if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
          return i;
        }
      }
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

  /** SOF0 to SOF15, without DHT, JPG and DAC, which lie among them. */
  private static boolean isFrame(int kind) {
    return kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
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
          "JPEG", "baseline or progressive Huffman coding", "frame type " + (kind - 0xc0));
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
    if (jfif) {
      return false;
    }
    if (adobeTransform >= 0) {
      return adobeTransform == 0;
    }
    return componentNames[0] == 'R' && componentNames[1] == 'G' && componentNames[2] == 'B';
  }

  private static byte[] grayOfRgb(byte[] samples) {
    byte[] gray = new byte[samples.length / 3];
    for (int i = 0, at = 0; i < gray.length; i++, at += 3) {
      gray[i] = (byte) Luma.ofRgb(samples[at] & 255, samples[at + 1] & 255, samples[at + 2] & 255);
    }
    return gray;
  }

  /**
   * YCbCr to RGB in libjpeg's fixed point of 16 bits (JFIF 1.02), then to gray: the luma alone
   * would differ where a colour is clamped.
   */
  private static byte[] grayOfYcc(byte[] samples) {
    byte[] gray = new byte[samples.length / 3];
    for (int i = 0, at = 0; i < gray.length; i++, at += 3) {
      int luma = samples[at] & 255;
      int cb = (samples[at + 1] & 255) - 128;
      int cr = (samples[at + 2] & 255) - 128;
      if ((cb | cr) != 0) {
        int red = clamp(luma + ((91881 * cr + 32768) >> 16));
        int green = clamp(luma + ((-22554 * cb - 46802 * cr + 32768) >> 16));
        int blue = clamp(luma + ((116130 * cb + 32768) >> 16));
        luma = Luma.ofRgb(red, green, blue);
      }
      gray[i] = (byte) luma;
    }
    return gray;
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
