package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;

/**
 * The frame header of a JPEG or JPEG-LS codestream (ITU-T T.81 B.2.2, T.87 C.2.2), found without
 * decoding.
 */
final class JpegFrame {
  private final int kind;
  private final int precision;
  private final int rows;
  private final int columns;
  private final int components;
  private final boolean adobe;

  private JpegFrame(int kind, int precision, int rows, int columns, int components, boolean adobe) {
    this.kind = kind;
    this.precision = precision;
    this.rows = rows;
    this.columns = columns;
    this.components = components;
    this.adobe = adobe;
  }

  static int precision(byte[] encoded) {
    return of(encoded).precision;
  }

  static JpegFrame of(byte[] encoded) {
    if (encoded.length < 4 || encoded[0] != -1 || encoded[1] != (byte) 0xd8) {
      throw DicomRefusal.damaged("a JPEG codestream", "other bytes");
    }
    boolean adobe = false;
    int at = 2;
    while (true) {
      while (at + 1 < encoded.length && encoded[at] == -1 && encoded[at + 1] == -1) {
        at++;
      }
      if (at + 4 > encoded.length) {
        throw DicomRefusal.truncated("a JPEG frame header", "none");
      }
      if (encoded[at] != -1) {
        throw DicomRefusal.damaged("JPEG segments one after the other", "other bytes");
      }
      int marker = encoded[at + 1] & 255;
      int length = (encoded[at + 2] & 255) << 8 | (encoded[at + 3] & 255);
      int content = at + 4;
      if (length < 2 || at + 2 + length > encoded.length) {
        throw DicomRefusal.truncated("whole JPEG segments", "a longer one");
      }
      // A shorter one has no transform, so that decoders pass it over.
      adobe |= marker == 0xee && length >= 14 && encoded[content] == 'A';
      boolean frame = marker >= 0xc0 && marker <= 0xcf;
      frame &= marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
      if (frame || marker == 0xf7) {
        if (length < 8) {
          throw DicomRefusal.damaged("a JPEG frame header", "a shorter one");
        }
        return new JpegFrame(
            marker,
            encoded[content] & 255,
            (encoded[content + 1] & 255) << 8 | (encoded[content + 2] & 255),
            (encoded[content + 3] & 255) << 8 | (encoded[content + 4] & 255),
            encoded[content + 5] & 255,
            adobe);
      }
      if (marker == 0xda || marker == 0xd9) {
        throw DicomRefusal.damaged("a JPEG frame before its scans", "none");
      }
      at += 2 + length;
    }
  }

  boolean hasAdobeMarker() {
    return adobe;
  }

  int kind() {
    return kind;
  }

  int precision() {
    return precision;
  }

  /** Compares with the data set, before memory is taken. */
  void check(ImagePixel image) {
    if (rows != image.rows() || columns != image.columns() || components != image.samples()) {
      throw DicomRefusal.damaged(
          "a codestream of the data set's rows, columns and samples", "one of other sizes");
    }
    if (precision > image.bitsAllocated()) {
      throw DicomRefusal.damaged(
          "a codestream of at most the allocated " + image.bitsAllocated() + " bits",
          precision + " bits");
    }
  }
}
