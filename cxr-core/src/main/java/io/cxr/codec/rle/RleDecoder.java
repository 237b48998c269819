package io.cxr.codec.rle;

import io.cxr.codec.CodecException;
import io.cxr.codec.SampleLayout;

/** RLE Lossless (DICOM PS3.5, annex G): byte planes, the high bytes first, each in PackBits. */
public final class RleDecoder {
  private static final int HEADER = 64;

  private RleDecoder() {}

  /**
   * Decodes a frame.
   *
   * @param encoded the frame
   * @param layout what is known of its picture
   * @param into receives the samples
   * @throws CodecException if it cannot be decoded
   */
  public static void decode(byte[] encoded, SampleLayout layout, byte[] into) {
    if (encoded.length < HEADER) {
      throw CodecException.truncated("an RLE header of 64 bytes", encoded.length + " bytes");
    }
    int bytes = layout.sampleBytes();
    int expected = bytes * layout.channels();
    long segments = number(encoded, 0);
    if (segments != expected) {
      throw CodecException.damaged(expected + " RLE segments", String.valueOf((int) segments));
    }
    int pixels = layout.samples() / layout.channels();
    for (int segment = 0; segment < expected; segment++) {
      long start = number(encoded, 4 + 4 * segment);
      long end = segment + 1 < expected ? number(encoded, 8 + 4 * segment) : encoded.length;
      if (start < HEADER || end < start || end > encoded.length) {
        throw CodecException.damaged("RLE segments one after the other", "other offsets");
      }
      // The lowest byte of a sample comes last in the file and first in the layout.
      int first = segment / bytes * bytes + bytes - 1 - segment % bytes;
      int filled =
          PackBits.unpack(encoded, (int) start, (int) end, into, first, expected, pixels, true);
      if (filled < pixels) {
        throw CodecException.truncated("RLE segments for all pixels", "a shorter one");
      }
    }
  }

  private static long number(byte[] encoded, int at) {
    return (encoded[at] & 255)
        | (encoded[at + 1] & 255) << 8
        | (encoded[at + 2] & 255) << 16
        | (encoded[at + 3] & 255L) << 24;
  }
}
