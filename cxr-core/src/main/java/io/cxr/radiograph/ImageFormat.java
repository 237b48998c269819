package io.cxr.radiograph;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.image.DicomRadiographReader;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The file formats that can be read, told by their first bytes. */
enum ImageFormat {
  PNG("89504e470d0a1a0a"),
  JPEG("ffd8ff"),
  /** Also BigTIFF. */
  TIFF("49492a00", "4d4d002a", "49492b00", "4d4d002b"),
  BMP("424d"),
  GIF("474946383761", "474946383961"),
  /** Told by its prefix after 128 bytes, or by its first element, before all others. */
  DICOM;

  /**
   * The most pixels that any limits can allow: a colour image of 16 bits then fills an array to a
   * half.
   */
  private static final long MOST_PIXELS = 1L << 27;

  /** Long enough for every beginning, and for a message. */
  private static final int SHOWN = 8;

  private static final List<ImageFormat> TOLD_BY_BEGINNING = List.of(PNG, JPEG, TIFF, BMP, GIF);

  /** In hexadecimal digits; an unmodifiable list. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> beginnings;

  ImageFormat(String... beginnings) {
    this.beginnings = List.of(beginnings);
  }

  /** The format of an array's first bytes, of which there is at least one. */
  static ImageFormat of(byte[] encoded, int length) {
    if (DicomFile.isDicom(encoded, length)) {
      return DICOM;
    }
    int shown = Math.min(SHOWN, length);
    String found = HexFormat.of().formatHex(encoded, 0, shown);
    for (ImageFormat format : TOLD_BY_BEGINNING) {
      if (format.beginnings.stream().anyMatch(found::startsWith)) {
        return format;
      }
    }
    for (ImageFormat format : TOLD_BY_BEGINNING) {
      if (format.beginnings.stream().anyMatch(beginning -> beginning.startsWith(found))) {
        throw Refusal.truncated(format.name(), "only its first bytes");
      }
    }
    String beginning = HexFormat.ofDelimiter(" ").formatHex(encoded, 0, shown);
    throw new UnsupportedRadiographException(
        UnsupportedRadiographException.Reason.NOT_AN_IMAGE,
        "Image: expected PNG, JPEG, TIFF, BMP, GIF or DICOM, found "
            + ForeignFile.describe(encoded, length)
                .orElse("a file that begins with " + beginning + "; pass an image file"));
  }

  /** Decodes an array's first bytes; the radiograph may share the buffers' memory. */
  Radiograph decode(
      byte[] encoded, int length, DecodeLimits limits, JpegCodec jpegCodec, DecodeBuffers buffers) {
    return switch (this) {
      case PNG -> PngDecoder.decode(encoded, length, limits, buffers);
      case JPEG -> JpegDecoder.decode(encoded, length, limits, jpegCodec, buffers);
      case TIFF -> TiffDecoder.decode(exactly(encoded, length), limits);
      case BMP -> BmpDecoder.decode(exactly(encoded, length), limits);
      case GIF -> GifDecoder.decode(exactly(encoded, length), limits);
      case DICOM ->
          DicomRadiographReader.withLimits(limits).read(exactly(encoded, length)).radiograph();
    };
  }

  private static byte[] exactly(byte[] encoded, int length) {
    return encoded.length == length ? encoded : Arrays.copyOf(encoded, length);
  }

  /** Checks the size that a header states, before memory is taken for it. */
  void checkSize(long rows, long columns, DecodeLimits limits) {
    if (rows < 1 || columns < 1) {
      throw Refusal.damaged(
          name(), "at least one row and one column", rows + " rows x " + columns + " columns");
    }
    long most = Math.min(limits.pixels(), MOST_PIXELS);
    if (rows > most / columns) {
      throw Refusal.tooManyPixels(name(), rows, columns, most);
    }
  }
}
