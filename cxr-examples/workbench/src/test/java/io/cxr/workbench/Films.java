package io.cxr.workbench;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Synthetic films as files. */
public final class Films {
  /** A patient's name that nothing may show unasked. */
  public static final String PATIENT = "Secretary^Agnes";

  /** The seed of a phantom that the model that ships answers. */
  public static final long KNOWN = 12;

  /** The seed of a phantom that it refuses, for it is unlike the films that it knows. */
  public static final long UNLIKE = 7;

  private static final int BITS = 12;

  private Films() {}

  /** A phantom, in PNG. */
  public static byte[] png(long seed) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    phantom(seed).writePng(out);
    return out.toByteArray();
  }

  static Radiograph phantom(long seed) {
    return SyntheticChestPhantom.draw(seed % 2 == 0, seed);
  }

  /** A phantom, in DICOM of 12 bits, inverted as CR often is. */
  public static byte[] dicom(long seed) {
    Radiograph phantom = phantom(seed);
    int most = (1 << BITS) - 1;
    ByteBuffer pixels =
        ByteBuffer.allocate(2 * phantom.rows() * phantom.columns()).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < phantom.rows(); row++) {
      for (int column = 0; column < phantom.columns(); column++) {
        pixels.putShort((short) (most - phantom.pixel(row, column) * most / 255));
      }
    }
    DicomDataSet dataSet =
        DicomDataSet.of(
            text(DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.1"),
            text(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.30001" + seed),
            text(DicomTag.STUDY_INSTANCE_UID, ValueRepresentation.UI, "2.25.10001" + seed),
            text(DicomTag.SERIES_INSTANCE_UID, ValueRepresentation.UI, "2.25.20001" + seed),
            text(DicomTag.of(0x00100010), ValueRepresentation.PN, PATIENT),
            text(DicomTag.of(0x00100020), ValueRepresentation.LO, "MRN-4711"),
            text(DicomTag.of(0x00080020), ValueRepresentation.DA, "20260304"),
            text(DicomTag.MODALITY, ValueRepresentation.CS, "CR"),
            text(DicomTag.VIEW_POSITION, ValueRepresentation.CS, "PA"),
            DicomElement.ofItems(
                DicomTag.of(0x00081110),
                List.of(
                    DicomDataSet.of(
                        text(DicomTag.of(0x00081155), ValueRepresentation.UI, "2.25.99887766")))),
            us(DicomTag.SAMPLES_PER_PIXEL, 1),
            text(DicomTag.PHOTOMETRIC_INTERPRETATION, ValueRepresentation.CS, "MONOCHROME1"),
            us(DicomTag.ROWS, phantom.rows()),
            us(DicomTag.COLUMNS, phantom.columns()),
            us(DicomTag.BITS_ALLOCATED, 16),
            us(DicomTag.BITS_STORED, BITS),
            us(DicomTag.HIGH_BIT, BITS - 1),
            us(DicomTag.PIXEL_REPRESENTATION, 0),
            DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OW, pixels.array()));
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet)
        .toBytes();
  }

  private static DicomElement text(DicomTag tag, ValueRepresentation vr, String value) {
    return DicomElement.ofText(tag, vr, value);
  }

  private static DicomElement us(DicomTag tag, int value) {
    return DicomElement.ofIntegers(tag, ValueRepresentation.US, value);
  }
}
