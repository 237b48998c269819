package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;

/** Takes the place of {@code Jpeg2000Decoder}, whose codec is a library for desktops. */
final class Jpeg2000Decoder {
  private Jpeg2000Decoder() {}

  static Cells decode(byte[] encoded, ImagePixel image, byte[] into) {
    throw DicomRefusal.encoding(
        "an uncompressed, RLE, JPEG or JPEG-LS transfer syntax, which this page decodes",
        "JPEG 2000");
  }
}
