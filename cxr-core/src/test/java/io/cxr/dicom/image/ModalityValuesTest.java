package io.cxr.dicom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Formulas over every kind of pixel are in {@link DicomRenderingTest}. */
class ModalityValuesTest {
  private static final DicomRadiographOptions OPTIONS = DicomRadiographOptions.DEFAULT;

  private static DicomElement decimal(int tag, String value) {
    return DicomPhantom.text(DicomTag.of(tag), ValueRepresentation.DS, value);
  }

  private static ModalityValues values(DicomDataSet set, DicomRadiographOptions options) {
    return DicomRadiographReader.standard()
        .readModalityValues(
            DicomPhantom.file(set, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN), options);
  }

  private static Reason refused(DicomDataSet set) {
    return assertThrows(UnsupportedRadiographException.class, () -> values(set, OPTIONS)).reason();
  }

  @Test
  void theRescaleIsAppliedAndNoWindow() {
    DicomDataSet plain = DicomPhantom.dataSet(12, true, "MONOCHROME1");
    ModalityValues stored = values(plain, OPTIONS);
    DicomDataSet rescaled =
        plain.with(
            decimal(0x00281052, "-1024"),
            decimal(0x00281053, "0.5"),
            DicomPhantom.text(DicomTag.of(0x00281054), ValueRepresentation.LO, "HU"));
    ModalityValues hounsfield = values(rescaled, OPTIONS);
    assertEquals(Optional.empty(), stored.type());
    assertEquals(Optional.of("HU"), hounsfield.type());
    assertEquals("ModalityValues[61 x 48, HU]", hounsfield.toString());
    float[] all = hounsfield.toFloats();
    assertEquals(DicomPhantom.ROWS * DicomPhantom.COLUMNS, all.length);
    double least = 0;
    for (int row = 0; row < DicomPhantom.ROWS; row++) {
      for (int column = 0; column < DicomPhantom.COLUMNS; column++) {
        double expected = 0.5 * stored.value(row, column) - 1024;
        assertEquals(expected, hounsfield.value(row, column));
        assertEquals((float) expected, all[row * DicomPhantom.COLUMNS + column]);
        least = Math.min(least, stored.value(row, column));
      }
    }
    assertTrue(least < -1000, "signed values are below zero");
    assertThrows(IndexOutOfBoundsException.class, () -> hounsfield.value(0, DicomPhantom.COLUMNS));
  }

  @Test
  void aTableSaysWhatItsValuesAre() {
    DicomDataSet table =
        DicomPhantom.table(0, 16, false, 5, 6, 700, 65535)
            .with(DicomPhantom.text(DicomTag.of(0x00283004), ValueRepresentation.LO, "OD"));
    DicomDataSet set =
        DicomPhantom.monochrome(16, 2, 1, false, "MONOCHROME2", 1)
            .with(DicomElement.ofItems(DicomTag.MODALITY_LUT_SEQUENCE, List.of(table)));
    ModalityValues values = values(set, OPTIONS);
    assertEquals(Optional.of("OD"), values.type());
    for (float value : values.toFloats()) {
      assertTrue(List.of(5f, 6f, 700f, 65535f).contains(value), "found " + value);
    }
  }

  @Test
  void eachFrameHasItsOwn() {
    DicomDataSet set = DicomPhantom.monochrome(8, 8, 7, false, "MONOCHROME2", 3);
    ModalityValues second = values(set, OPTIONS.withFrame(1));
    int at = DicomPhantom.ROWS * DicomPhantom.COLUMNS;
    int stored = set.element(DicomTag.PIXEL_DATA).orElseThrow().bytes().get(at) & 255;
    assertEquals(stored, second.value(0, 0));
    DicomRadiographOptions beyond = OPTIONS.withFrame(3);
    assertThrows(IllegalArgumentException.class, () -> values(set, beyond));
  }

  @Test
  void whatHasNoValuesIsRefused() {
    assertEquals(Reason.UNSUPPORTED_COLOUR, refused(DicomPhantom.colour("RGB", false)));
    DicomDataSet plain = DicomPhantom.dataSet(12, false, "MONOCHROME2");
    assertEquals(Reason.DAMAGED, refused(plain.with(decimal(0x00281053, "one"))));
    assertEquals(
        Reason.NOT_FOR_PRESENTATION,
        refused(
            plain.with(
                DicomPhantom.text(
                    DicomTag.PRESENTATION_INTENT_TYPE, ValueRepresentation.CS, "FOR PROCESSING"))));
  }
}
