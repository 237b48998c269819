package io.cxr.spark;

import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.DicomWriter;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Files for the tests: phantoms in several formats, and what is none. */
final class Films {
  private static final int SIZE = 128;

  private Films() {}

  /** Writes {@code 0.png} and so on. */
  static void phantoms(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      SyntheticChestPhantom.draw(i % 2 == 0, i, SIZE).writePng(folder.resolve(i + ".png"));
    }
  }

  /** Writes a JPEG, a TIFF and a DICOM file. */
  static void otherFormats(Path folder) throws IOException {
    Radiograph film = SyntheticChestPhantom.draw(true, 77, SIZE);
    byte[] gray = new byte[SIZE * SIZE];
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        gray[y * SIZE + x] = (byte) film.pixel(y, x);
        image.getRaster().setSample(x, y, 0, gray[y * SIZE + x] & 0xff);
      }
    }
    ImageIO.write(image, "jpg", folder.resolve("film.jpg").toFile());
    ImageIO.write(image, "tif", folder.resolve("film.tif").toFile());
    byte[] dicom =
        DicomWriter.write(
            new DataSetBuilder()
                .text(0x00080016, ValueRepresentation.UI, "1.2.840.10008.5.1.4.1.1.1.1")
                .text(0x00080018, ValueRepresentation.UI, "2.25.1")
                .text(0x00080060, ValueRepresentation.CS, "DX")
                .text(0x00080068, ValueRepresentation.CS, "FOR PRESENTATION")
                .us(0x00280002, 1)
                .text(0x00280004, ValueRepresentation.CS, "MONOCHROME2")
                .us(0x00280010, SIZE)
                .us(0x00280011, SIZE)
                .us(0x00280100, 8)
                .us(0x00280101, 8)
                .us(0x00280102, 7)
                .us(0x00280103, 0)
                .put(DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OB, gray))
                .build(),
            TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    // Archives name instances by their UIDs.
    Files.write(folder.resolve("2.25.1"), dicom);
  }

  /** Writes an empty file, a film that is cut short, and text with a film's name. */
  static void damaged(Path folder) throws IOException {
    Files.write(folder.resolve("empty.png"), new byte[0]);
    Path whole = folder.resolve("whole.png");
    SyntheticChestPhantom.draw(true, 78, SIZE).writePng(whole);
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(folder.resolve("cut.png"), Arrays.copyOf(bytes, bytes.length / 2));
    Files.delete(whole);
    Files.writeString(folder.resolve("text.jpg"), "no picture");
  }
}
