package io.cxr.dicom;

import io.cxr.codec.PictureSize;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.util.List;

/**
 * The Image Pixel Module (DICOM PS3.3 C.7.6.3): how pixel data are laid out.
 *
 * @param rows rows of a frame
 * @param columns columns of a frame
 * @param frames the number of frames
 * @param samples samples per pixel: 1 or 3
 * @param photometric Photometric Interpretation
 * @param bitsAllocated 8 or 16
 * @param bitsStored 1 to the bits allocated
 * @param highBit the most significant stored bit
 * @param signed whether stored values are two's complement
 * @param planar whether colour samples are stored plane by plane
 */
public record ImagePixel(
    int rows,
    int columns,
    int frames,
    int samples,
    String photometric,
    int bitsAllocated,
    int bitsStored,
    int highBit,
    boolean signed,
    boolean planar) {

  public static ImagePixel of(LenientValues dataSet, DecodeLimits limits) {
    long rows = required(dataSet, DicomTag.ROWS);
    long columns = required(dataSet, DicomTag.COLUMNS);
    if (rows < 1 || columns < 1 || rows > 0xffff || columns > 0xffff) {
      throw DicomRefusal.damaged(
          "1 to 65535 rows and columns", rows + " rows x " + columns + " columns");
    }
    long most = Math.min(limits.pixels(), PictureSize.MOST_PIXELS);
    if (rows * columns > most) {
      throw DicomRefusal.tooLarge(
          "at most " + most + " pixels", rows + " rows x " + columns + " columns");
    }
    long samples = optional(dataSet, DicomTag.SAMPLES_PER_PIXEL, 1);
    String photometric =
        dataSet
            .code(DicomTag.PHOTOMETRIC_INTERPRETATION)
            .orElseThrow(() -> DicomRefusal.damaged("a photometric interpretation", "none"));
    long allocated = required(dataSet, DicomTag.BITS_ALLOCATED);
    if (allocated != 8 && allocated != 16) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.UNSUPPORTED_ENCODING,
          "expected 8 or 16 bits allocated, as radiographs have, found "
              + allocated
              + "; pass the CR, DX or Secondary Capture instance");
    }
    long stored = optional(dataSet, DicomTag.BITS_STORED, allocated);
    long high = optional(dataSet, DicomTag.HIGH_BIT, stored - 1);
    if (stored < 1 || stored > allocated || high < stored - 1 || high >= allocated) {
      throw DicomRefusal.damaged(
          "stored bits within the " + allocated + " allocated ones",
          stored + " bits below high bit " + high);
    }
    boolean colour =
        switch (photometric) {
          case "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR" -> false;
          case "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420", "XYB" ->
              true;
          default -> throw DicomRefusal.colour(described(photometric));
        };
    if (samples != (colour ? 3 : 1)) {
      throw DicomRefusal.damaged(
          (colour ? 3 : 1) + " samples a pixel for " + photometric, String.valueOf(samples));
    }
    long frames = optional(dataSet, DicomTag.NUMBER_OF_FRAMES, 1);
    if (frames < 0 || frames > Integer.MAX_VALUE) {
      throw DicomRefusal.damaged("at least one frame", String.valueOf(frames));
    }
    if (frames == 0) {
      dataSet.note(
          Leniency.Kind.NUMBER,
          LenientValues.named(DicomTag.NUMBER_OF_FRAMES) + " is 0: counts as missing");
      frames = 1;
    }
    return new ImagePixel(
        (int) rows,
        (int) columns,
        (int) frames,
        (int) samples,
        photometric,
        (int) allocated,
        (int) stored,
        (int) high,
        optional(dataSet, DicomTag.PIXEL_REPRESENTATION, 0) == 1,
        samples > 1 && optional(dataSet, DicomTag.PLANAR_CONFIGURATION, 0) == 1);
  }

  /** A code that a manufacturer may have made up, but no free text. */
  private static String described(String photometric) {
    return photometric.matches("[A-Z0-9_ ]{1,16}")
        ? photometric
        : "another photometric interpretation";
  }

  /** Whether bytes are as many as an image of a data set has without compression. */
  public static boolean fitsNative(DicomDataSet dataSet, DicomElement pixels) {
    long bytes = 1;
    for (DicomTag tag : List.of(DicomTag.ROWS, DicomTag.COLUMNS, DicomTag.BITS_ALLOCATED)) {
      long[] values = dataSet.integers(tag);
      bytes *= values.length == 0 ? 0 : values[0] & 0xffff;
    }
    for (DicomTag tag : List.of(DicomTag.SAMPLES_PER_PIXEL, DicomTag.NUMBER_OF_FRAMES)) {
      long[] values = dataSet.integers(tag);
      bytes *= values.length == 0 ? 1 : Math.max(1, values[0] & 0xffff);
    }
    bytes /= 8;
    int length = pixels.bytes().remaining();
    return bytes > 0 && (length == bytes || length == bytes + 1);
  }

  private static long required(LenientValues dataSet, DicomTag tag) {
    long[] values = dataSet.integers(tag);
    if (values.length == 0) {
      throw DicomRefusal.damaged(
          tag.keyword().orElseThrow() + " " + tag + " of the Image Pixel Module", "none");
    }
    return values[0];
  }

  private static long optional(LenientValues dataSet, DicomTag tag, long otherwise) {
    long[] values = dataSet.integers(tag);
    return values.length == 0 ? otherwise : values[0];
  }

  public int pixels() {
    return rows * columns;
  }

  /** Cells of one frame. */
  public int cells() {
    return Math.multiplyExact(pixels(), samples);
  }

  /** Whether its colours exist only in codestreams, whose decoders make RGB of them. */
  public boolean isOfCodestream() {
    return switch (photometric) {
      case "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420", "XYB" -> true;
      default -> false;
    };
  }

  public boolean isMonochrome() {
    return photometric.startsWith("MONOCHROME");
  }
}
