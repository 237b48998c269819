package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** A synthetic DX image: a gradient with noise, whatever its bits are. */
final class DicomPhantom {
  static final int ROWS = 61;
  static final int COLUMNS = 48;

  private DicomPhantom() {}

  static DicomDataSet dataSet(int bits, boolean signed, String photometric) {
    int allocated = bits <= 8 ? 8 : 16;
    ByteBuffer pixels =
        ByteBuffer.allocate(ROWS * COLUMNS * allocated / 8).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(7);
    int most = (1 << bits) - 1;
    for (int i = 0; i < ROWS * COLUMNS; i++) {
      boolean flat = i / COLUMNS % 16 < 6;
      int value = flat ? most / 3 : (int) ((long) most * i / (ROWS * COLUMNS));
      value = Math.min(most, value + (flat ? 0 : random.nextInt(1 + most / 16)));
      if (signed) {
        value = (value - (1 << (bits - 1))) & (allocated == 8 ? 0xff : 0xffff);
      }
      if (allocated == 8) {
        pixels.put((byte) value);
      } else {
        pixels.putShort((short) value);
      }
    }
    return DicomDataSet.of(
        text(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.1.1"),
        text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.4711"),
        text(DicomTag.of(0x0020000d), ValueRepresentation.UI, "2.25.4712"),
        text(DicomTag.of(0x0020000e), ValueRepresentation.UI, "2.25.4713"),
        text(DicomTag.MODALITY, ValueRepresentation.CS, "DX"),
        text(DicomTag.PRESENTATION_INTENT_TYPE, ValueRepresentation.CS, "FOR PRESENTATION"),
        text(DicomTag.VIEW_POSITION, ValueRepresentation.CS, "PA"),
        text(DicomTag.PATIENT_AGE, ValueRepresentation.AS, "064Y"),
        text(DicomTag.BURNED_IN_ANNOTATION, ValueRepresentation.CS, "NO"),
        text(DicomTag.IMAGER_PIXEL_SPACING, ValueRepresentation.DS, "0.139", "0.14"),
        us(DicomTag.SAMPLES_PER_PIXEL, 1),
        text(DicomTag.PHOTOMETRIC_INTERPRETATION, ValueRepresentation.CS, photometric),
        us(DicomTag.ROWS, ROWS),
        us(DicomTag.COLUMNS, COLUMNS),
        us(DicomTag.BITS_ALLOCATED, allocated),
        us(DicomTag.BITS_STORED, bits),
        us(DicomTag.HIGH_BIT, bits - 1),
        us(DicomTag.PIXEL_REPRESENTATION, signed ? 1 : 0),
        text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, String.valueOf(signed ? 0 : most / 2)),
        text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, String.valueOf(most / 2)),
        DicomElement.ofBytes(
            DicomTag.PIXEL_DATA,
            allocated == 8 ? ValueRepresentation.OB : ValueRepresentation.OW,
            pixels.array()));
  }

  static byte[] file(DicomDataSet dataSet, TransferSyntax syntax) {
    return new DicomFile(DicomDataSet.of(), syntax, dataSet).toBytes();
  }

  static DicomElement text(DicomTag tag, ValueRepresentation vr, String... values) {
    return DicomElement.ofText(tag, vr, values);
  }

  static DicomElement us(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }
}
