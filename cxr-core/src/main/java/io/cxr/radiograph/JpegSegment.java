package io.cxr.radiograph;

/**
 * A marker segment (ITU-T T.81, B.1.1), with the compressed data after it, if it is a scan header.
 *
 * @param kind the second byte of its marker
 * @param marker where its marker begins
 * @param content where its content begins, after the length
 * @param contentEnd where its content ends
 * @param end where its compressed data ends; without such data, where its content ends
 */
record JpegSegment(int kind, int marker, int content, int contentEnd, int end) {
  private static final int APP0 = 0xe0;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  /** Whether it says something of the file that bears on no sample. */
  boolean isMetadata() {
    return (kind >= APP0 && kind <= APP15) || kind == COM;
  }

  /** SOF0 to SOF15, without DHT, JPG and DAC, which lie among them. */
  boolean isFrame() {
    return kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
  }
}
