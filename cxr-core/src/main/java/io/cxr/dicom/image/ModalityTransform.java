package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ImagePixel;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import java.util.Arrays;
import java.util.Optional;

/**
 * From stored bits to the values of the modality (DICOM PS3.3 C.7.6.3.1.1, C.11.1): a Modality LUT,
 * else a rescale, else the stored values themselves.
 */
final class ModalityTransform {
  private static final DicomTag RESCALE_TYPE = DicomTag.of(0x00281054);
  private static final DicomTag MODALITY_LUT_TYPE = DicomTag.of(0x00283004);

  private final LenientValues dataSet;
  private final ImagePixel image;

  ModalityTransform(LenientValues dataSet, ImagePixel image) {
    this.dataSet = dataSet;
    this.image = image;
  }

  /** The bits of a cell that are stored, as a number without a sign. */
  int pattern(int cell) {
    return cell >>> (image.highBit() - image.bitsStored() + 1) & (1 << image.bitsStored()) - 1;
  }

  /** The stored value of a pattern of bits. */
  int stored(int pattern) {
    int unused = 32 - image.bitsStored();
    return image.signed() ? pattern << unused >> unused : pattern;
  }

  /** The value of every pattern that the stored bits can have. */
  double[] values() {
    double[] values = new double[1 << image.bitsStored()];
    Optional<LookupTable> table = table();
    if (table.isPresent()) {
      Arrays.setAll(values, i -> table.get().apply(stored(i)));
      return values;
    }
    double slope = slope();
    double intercept = slope == 0 ? 0 : first(DicomTag.RESCALE_INTERCEPT, 0);
    double factor = slope == 0 ? 1 : slope;
    Arrays.setAll(values, i -> factor * stored(i) + intercept);
    return values;
  }

  /** Whether there is a rescale that is no number, and no table instead of it. */
  boolean isUnreadable() {
    return (dataSet.isUnreadable(DicomTag.RESCALE_SLOPE)
            || dataSet.isUnreadable(DicomTag.RESCALE_INTERCEPT))
        && table().isEmpty();
  }

  /** What the values are: Modality LUT Type or Rescale Type (C.11.1.1.2), where it is stated. */
  Optional<String> type() {
    return table().isPresent()
        ? dataSet.dataSet().items(DicomTag.MODALITY_LUT_SEQUENCE).get(0).string(MODALITY_LUT_TYPE)
        : dataSet.dataSet().string(RESCALE_TYPE);
  }

  private Optional<LookupTable> table() {
    return LookupTable.ofItem(
        dataSet, DicomTag.MODALITY_LUT_SEQUENCE, 0, image.signed(), "Modality LUT");
  }

  /** The rescale's slope, or 0 if there is no rescale to be applied. */
  private double slope() {
    if (dataSet.isUnreadable(DicomTag.RESCALE_SLOPE)
        && dataSet.dataSet().string(DicomTag.RESCALE_SLOPE).orElse("").startsWith("-")) {
      throw DicomRefusal.damaged(
          "a number in " + LenientValues.named(DicomTag.RESCALE_SLOPE),
          "a text that begins with a minus sign, which turns black and white round");
    }
    double slope = first(DicomTag.RESCALE_SLOPE, 1);
    if (slope == 0) {
      dataSet.note(
          Leniency.Kind.NUMBER,
          LenientValues.named(DicomTag.RESCALE_SLOPE) + " is 0: the rescale counts as missing");
    }
    return slope;
  }

  private double first(DicomTag tag, double otherwise) {
    double[] values = dataSet.decimals(tag);
    return values.length == 0 ? otherwise : values[0];
  }
}
