package io.cxr.dicom.image;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import io.cxr.radiograph.PixelSpacing;
import io.cxr.radiograph.ViewPosition;
import java.time.Period;
import java.util.Arrays;
import java.util.Optional;

/** What a data set says of its radiograph. Values that mean nothing count as missing. */
final class RadiographAttributes {
  private RadiographAttributes() {}

  /**
   * View Position (PS3.3 C.8.1.2), else the View Code Sequence by CID 4010, in SNOMED CT or RT
   * codes. A lateral view of no known side counts as {@link ViewPosition#LL}.
   */
  static Optional<ViewPosition> viewPosition(LenientValues values) {
    Optional<ViewPosition> stated =
        values
            .code(DicomTag.VIEW_POSITION)
            .flatMap(
                term ->
                    Optional.ofNullable(
                        switch (term) {
                          case "PA" -> ViewPosition.PA;
                          case "AP" -> ViewPosition.AP;
                          case "LL", "LATERAL", "LAT" -> ViewPosition.LL;
                          case "RL" -> ViewPosition.RL;
                          default -> null;
                        }));
    if (stated.isPresent()) {
      return stated;
    }
    for (DicomDataSet item : values.dataSet().items(DicomTag.VIEW_CODE_SEQUENCE)) {
      Optional<ViewPosition> coded =
          item.string(DicomTag.CODE_VALUE)
              .flatMap(
                  code ->
                      Optional.ofNullable(
                          switch (code) {
                            case "399348003", "R-10206" -> ViewPosition.AP;
                            case "272479007", "R-10214", "R-40888" -> ViewPosition.PA;
                            case "399173006", "R-10236", "399067008", "R-102CD" -> ViewPosition.LL;
                            case "399198007", "R-10232" -> ViewPosition.RL;
                            default -> null;
                          }));
      if (coded.isPresent()) {
        return coded;
      }
    }
    return Optional.empty();
  }

  /** Pixel Spacing, else that at the detector, which is not corrected for magnification. */
  static Optional<PixelSpacing> pixelSpacing(LenientValues values) {
    Optional<PixelSpacing> patient = spacing(values, DicomTag.PIXEL_SPACING);
    return patient.isPresent() ? patient : spacing(values, DicomTag.IMAGER_PIXEL_SPACING);
  }

  private static Optional<PixelSpacing> spacing(LenientValues values, DicomTag tag) {
    double[] spacing = values.decimals(tag);
    // Binary numbers, in place of text, may be infinite.
    if (spacing.length == 2
        && Arrays.stream(spacing).allMatch(each -> each > 0 && Double.isFinite(each))) {
      return Optional.of(new PixelSpacing(spacing[0], spacing[1]));
    }
    if (spacing.length > 0) {
      values.note(
          Leniency.Kind.NUMBER,
          LenientValues.named(tag) + " is no pair of numbers above 0: counts as missing");
    }
    return Optional.empty();
  }

  static Optional<DicomRadiograph.Laterality> laterality(LenientValues values) {
    return values
        .code(DicomTag.IMAGE_LATERALITY)
        .or(() -> values.code(DicomTag.LATERALITY))
        .flatMap(
            term ->
                Optional.ofNullable(
                    switch (term) {
                      case "R" -> DicomRadiograph.Laterality.RIGHT;
                      case "L" -> DicomRadiograph.Laterality.LEFT;
                      case "U" -> DicomRadiograph.Laterality.UNPAIRED;
                      case "B" -> DicomRadiograph.Laterality.BOTH;
                      default -> null;
                    }));
  }

  static Optional<Boolean> burnedInAnnotation(LenientValues values) {
    return values
        .code(DicomTag.BURNED_IN_ANNOTATION)
        .filter(term -> term.equals("YES") || term.equals("NO"))
        .map("YES"::equals);
  }

  /** Three digits and D, W, M or Y (PS3.5 6.2, AS). */
  static Optional<Period> patientAge(LenientValues values) {
    return values
        .code(DicomTag.PATIENT_AGE)
        .filter(age -> age.matches("[0-9]{3}[DWMY]"))
        .map(
            age -> {
              int count = Integer.parseInt(age.substring(0, 3));
              return switch (age.charAt(3)) {
                case 'D' -> Period.ofDays(count);
                case 'W' -> Period.ofWeeks(count);
                case 'M' -> Period.ofMonths(count);
                default -> Period.ofYears(count);
              };
            });
  }
}
