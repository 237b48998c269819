package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.IS;

import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomTag;
import java.math.BigInteger;
import java.util.Optional;

/**
 * How high and how wide pixels are (PS3.3 C.7.6.3.1.7, C.10.4).
 *
 * @param height the distance of rows, in millimetres or in another unit
 * @param width the distance of columns, in the same unit
 * @param isOfPatient whether these are millimetres in the patient
 */
record PixelShape(double height, double width, boolean isOfPatient) {
  private static final DicomTag NOMINAL_SCANNED_PIXEL_SPACING = DicomTag.of(0x00182010);
  private static final DicomTag PIXEL_ASPECT_RATIO = DicomTag.of(0x00280034);

  /** To six digits; whole numbers of a ratio have at most twelve (PS3.5 6.2, IS). */
  private static final double DIGITS = 1e6;

  /**
   * By Pixel Spacing, else by the spacing at the detector or on the scanned film, whose ratio is
   * the same, else by Pixel Aspect Ratio (C.7.6.3.1.7), else square.
   */
  static PixelShape of(DicomDataSet source) {
    return of(source, DicomTag.PIXEL_SPACING, true)
        .or(() -> of(source, DicomTag.IMAGER_PIXEL_SPACING, false))
        .or(() -> of(source, NOMINAL_SCANNED_PIXEL_SPACING, false))
        .or(() -> of(source, PIXEL_ASPECT_RATIO, false))
        .orElse(new PixelShape(1, 1, false));
  }

  private static Optional<PixelShape> of(DicomDataSet source, DicomTag tag, boolean isOfPatient) {
    double[] values = source.decimals(tag);
    return values.length == 2 && isLength(values[0]) && isLength(values[1])
        ? Optional.of(new PixelShape(values[0], values[1], isOfPatient))
        : Optional.empty();
  }

  private static boolean isLength(double value) {
    return value > 1e-4 && value < 1e5;
  }

  void writeTo(DataSetBuilder area) {
    if (isOfPatient) {
      area.ds(0x00700101, height, width);
      return;
    }
    area.text(0x00700102, IS, ratio());
  }

  boolean isSquare() {
    return height == width;
  }

  /** Pixel Aspect Ratio, vertical first. */
  String[] ratio() {
    BigInteger vertical = BigInteger.valueOf(Math.round(height * DIGITS));
    BigInteger horizontal = BigInteger.valueOf(Math.round(width * DIGITS));
    BigInteger common = vertical.gcd(horizontal);
    return new String[] {vertical.divide(common).toString(), horizontal.divide(common).toString()};
  }
}
