package io.cxr.pacs;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Synthetic chest phantoms as modalities send radiographs, each in a study of its own. */
final class ChestInstances {
  private static final int BITS = 12;

  private ChestInstances() {}

  static String study(int number) {
    return "2.25.1000" + number;
  }

  static String series(int number) {
    return "2.25.2000" + number;
  }

  static String instance(int number) {
    return "2.25.3000" + number;
  }

  /** The film of a study; those of odd numbers are of CR, and inverted. */
  static DicomDataSet film(int number, String view) {
    Radiograph phantom = SyntheticChestPhantom.draw(number % 3 == 0, number);
    boolean inverted = number % 2 != 0;
    int most = (1 << BITS) - 1;
    ByteBuffer pixels =
        ByteBuffer.allocate(2 * phantom.rows() * phantom.columns()).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < phantom.rows(); row++) {
      for (int column = 0; column < phantom.columns(); column++) {
        int value = phantom.pixel(row, column) * most / 255;
        pixels.putShort((short) (inverted ? most - value : value));
      }
    }
    return DicomDataSet.of(
        text(
            DicomTag.SOP_CLASS_UID,
            ValueRepresentation.UI,
            inverted ? "1.2.840.10008.5.1.4.1.1.1" : "1.2.840.10008.5.1.4.1.1.1.1"),
        text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, instance(number)),
        text(DicomTag.STUDY_INSTANCE_UID, ValueRepresentation.UI, study(number)),
        text(DicomTag.SERIES_INSTANCE_UID, ValueRepresentation.UI, series(number)),
        text(DicomTag.of(0x00100010), ValueRepresentation.PN, "Phantom^" + number),
        text(DicomTag.of(0x00100020), ValueRepresentation.LO, "P" + number),
        text(DicomTag.of(0x00080020), ValueRepresentation.DA, "20260304"),
        text(DicomTag.of(0x00080050), ValueRepresentation.SH, "A" + number),
        text(DicomTag.MODALITY, ValueRepresentation.CS, inverted ? "CR" : "DX"),
        text(DicomTag.PRESENTATION_INTENT_TYPE, ValueRepresentation.CS, "FOR PRESENTATION"),
        text(DicomTag.VIEW_POSITION, ValueRepresentation.CS, view),
        us(DicomTag.SAMPLES_PER_PIXEL, 1),
        text(
            DicomTag.PHOTOMETRIC_INTERPRETATION,
            ValueRepresentation.CS,
            inverted ? "MONOCHROME1" : "MONOCHROME2"),
        us(DicomTag.ROWS, phantom.rows()),
        us(DicomTag.COLUMNS, phantom.columns()),
        us(DicomTag.BITS_ALLOCATED, 16),
        us(DicomTag.BITS_STORED, BITS),
        us(DicomTag.HIGH_BIT, BITS - 1),
        us(DicomTag.PIXEL_REPRESENTATION, 0),
        text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, "2048"),
        text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, "4096"),
        DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OW, pixels.array()));
  }

  /** The film of a study in more pixels, each of the phantom's many times. */
  static byte[] enlarged(int number, int side) {
    DicomDataSet film = film(number, "PA");
    int from = (int) film.integers(DicomTag.ROWS)[0];
    ByteBuffer small =
        film.element(DicomTag.PIXEL_DATA).orElseThrow().bytes().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer pixels = ByteBuffer.allocate(2 * side * side).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int at = (int) ((long) row * from / side) * from + (int) ((long) column * from / side);
        pixels.putShort(small.getShort(small.position() + 2 * at));
      }
    }
    return file(
        film.with(
            us(DicomTag.ROWS, side),
            us(DicomTag.COLUMNS, side),
            DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OW, pixels.array())));
  }

  static byte[] file(int number, String view) {
    return file(film(number, view));
  }

  static byte[] file(DicomDataSet dataSet) {
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet)
        .toBytes();
  }

  static DicomElement text(DicomTag tag, ValueRepresentation vr, String value) {
    return DicomElement.ofText(tag, vr, value);
  }

  private static DicomElement us(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }
}
