package io.cxr.codec.jpeg;

import io.cxr.codec.CodecException;

/**
 * A marker segment (ITU-T T.81, B.1.1), with the compressed data after it, if it is a scan header.
 *
 * @param kind the second byte of its marker
 * @param marker where its marker begins
 * @param content where its content begins, after the length
 * @param contentEnd where its content ends
 * @param end where its compressed data ends; without such data, where its content ends
 */
public record JpegSegment(int kind, int marker, int content, int contentEnd, int end) {
  private static final int APP0 = 0xe0;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  /**
   * The segment that begins at a place, but for fill bytes before its marker.
   *
   * @param encoded a codestream
   * @param at where a marker or a fill byte is to be
   * @param wanted what is looked for, in words
   * @return the segment, without compressed data
   * @throws CodecException if there is no whole segment
   */
  public static JpegSegment at(byte[] encoded, int at, String wanted) {
    int marker = at;
    while (marker + 1 < encoded.length && encoded[marker] == -1 && encoded[marker + 1] == -1) {
      marker++;
    }
    if (marker + 4 > encoded.length) {
      throw CodecException.truncated(wanted, "none");
    }
    if (encoded[marker] != -1) {
      throw CodecException.damaged("JPEG segments one after the other", "other bytes");
    }
    int length = (encoded[marker + 2] & 255) << 8 | (encoded[marker + 3] & 255);
    int end = marker + 2 + length;
    if (length < 2 || end > encoded.length) {
      throw CodecException.truncated("whole JPEG segments", "a longer one");
    }
    return new JpegSegment(encoded[marker + 1] & 255, marker, marker + 4, end, end);
  }

  /** Whether it says something of the file that bears on no sample. */
  boolean isMetadata() {
    return (kind >= APP0 && kind <= APP15) || kind == COM;
  }

  /** SOF0 to SOF15, without DHT, JPG and DAC, which lie among them. */
  boolean isFrame() {
    return kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
  }
}
