package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** A synthetic DX image: a gradient with noise, whatever its bits are. */
public final class DicomPhantom {
  public static final int ROWS = 61;
  public static final int COLUMNS = 48;

  private DicomPhantom() {}

  public static DicomDataSet dataSet(int bits, boolean signed, String photometric) {
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

  /**
   * A monochrome image over all values of its stored bits, without a window. Bits that are not
   * stored are set at random: nothing of them may be seen.
   */
  public static DicomDataSet monochrome(
      int allocated, int stored, int high, boolean signed, String photometric, int frames) {
    Random random = new Random(11);
    int shift = high - stored + 1;
    int mask = (1 << stored) - 1;
    int count = ROWS * COLUMNS * frames;
    ByteBuffer pixels = ByteBuffer.allocate(count * allocated / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      // Each frame has its own values, and each row steps through the range.
      int value = (int) ((long) mask * (i % ROWS) / (ROWS - 1)) + i / ROWS % 7;
      value = Math.min(mask, value);
      int cell = (random.nextInt() & ~(mask << shift)) | value << shift;
      if (allocated == 8) {
        pixels.put((byte) cell);
      } else {
        pixels.putShort((short) cell);
      }
    }
    return image(allocated, stored, high, signed, photometric, pixels.array())
        .with(text(DicomTag.NUMBER_OF_FRAMES, ValueRepresentation.IS, String.valueOf(frames)));
  }

  /** A colour image of 8 bits. */
  public static DicomDataSet colour(String photometric, boolean planar) {
    Random random = new Random(13);
    boolean subsampled = photometric.equals("YBR_FULL_422");
    byte[] pixels = new byte[ROWS * COLUMNS * (subsampled ? 2 : 3)];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 256L / pixels.length + random.nextInt(60));
    }
    return image(8, 8, 7, false, photometric, pixels)
        .with(us(DicomTag.SAMPLES_PER_PIXEL, 3), us(DicomTag.PLANAR_CONFIGURATION, planar ? 1 : 0));
  }

  /** A table of the Modality LUT or VOI LUT Sequence; entries of at most 8 bits may be bytes. */
  public static DicomDataSet table(int first, int bits, boolean bytes, int... entries) {
    ByteBuffer data =
        ByteBuffer.allocate(entries.length * (bytes ? 1 : 2)).order(ByteOrder.LITTLE_ENDIAN);
    for (int entry : entries) {
      if (bytes) {
        data.put((byte) entry);
      } else {
        data.putShort((short) entry);
      }
    }
    return DicomDataSet.of(
        DicomElement.ofIntegers(
            DicomTag.LUT_DESCRIPTOR,
            first < 0 ? ValueRepresentation.SS : ValueRepresentation.US,
            entries.length & 0xffff,
            first,
            bits),
        text(DicomTag.of(0x00283004), ValueRepresentation.LO, "US"),
        DicomElement.ofBytes(DicomTag.LUT_DATA, ValueRepresentation.OW, data.array()));
  }

  private static DicomDataSet image(
      int allocated, int stored, int high, boolean signed, String photometric, byte[] pixels) {
    return DicomDataSet.of(
        text(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.7"),
        text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.4711"),
        text(DicomTag.of(0x0020000d), ValueRepresentation.UI, "2.25.4712"),
        text(DicomTag.of(0x0020000e), ValueRepresentation.UI, "2.25.4713"),
        text(DicomTag.MODALITY, ValueRepresentation.CS, "OT"),
        us(DicomTag.SAMPLES_PER_PIXEL, 1),
        text(DicomTag.PHOTOMETRIC_INTERPRETATION, ValueRepresentation.CS, photometric),
        us(DicomTag.ROWS, ROWS),
        us(DicomTag.COLUMNS, COLUMNS),
        us(DicomTag.BITS_ALLOCATED, allocated),
        us(DicomTag.BITS_STORED, stored),
        us(DicomTag.HIGH_BIT, high),
        us(DicomTag.PIXEL_REPRESENTATION, signed ? 1 : 0),
        DicomElement.ofBytes(
            DicomTag.PIXEL_DATA,
            allocated == 8 ? ValueRepresentation.OB : ValueRepresentation.OW,
            pixels));
  }

  public static byte[] file(DicomDataSet dataSet, TransferSyntax syntax) {
    return new DicomFile(DicomDataSet.of(), syntax, dataSet).toBytes();
  }

  public static DicomElement text(DicomTag tag, ValueRepresentation vr, String... values) {
    return DicomElement.ofText(tag, vr, values);
  }

  public static DicomElement us(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }
}
