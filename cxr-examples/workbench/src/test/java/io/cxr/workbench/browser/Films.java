package io.cxr.workbench.browser;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomPhantom;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Files to add: drawn phantoms in each format, and what is none. */
final class Films {
  /** The name in the header of {@link #dicom}, which no page shows before it is asked to. */
  static final String PATIENT = "Phantom^Petra";

  private final Path folder;

  /**
   * Writes files.
   *
   * @param folder where to
   */
  Films(Path folder) {
    this.folder = folder;
  }

  Path png(String name, boolean opacity, long seed, int size) throws IOException {
    Path file = folder.resolve(name);
    SyntheticChestPhantom.draw(opacity, seed, size).writePng(file);
    return file;
  }

  Path jpeg(String name, long seed) throws IOException {
    return encoded(name, "jpg", gray(SyntheticChestPhantom.draw(true, seed, 300)));
  }

  Path tiff(String name, long seed) throws IOException {
    return encoded(name, "tiff", gray(SyntheticChestPhantom.draw(false, seed, 280)));
  }

  /** A phantom as an instance of 12 bits, with the name of a patient. */
  Path dicom(String name, long seed, int size) throws IOException {
    Radiograph phantom = SyntheticChestPhantom.draw(true, seed, size);
    ByteBuffer pixels = ByteBuffer.allocate(2 * size * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        pixels.putShort((short) (phantom.pixel(row, column) * 4095 / 255));
      }
    }
    DicomDataSet film =
        DicomPhantom.dataSet(12, false, "MONOCHROME2")
            .with(
                DicomPhantom.text(DicomTag.of(0x00100010), ValueRepresentation.PN, PATIENT),
                DicomPhantom.us(DicomTag.ROWS, size),
                DicomPhantom.us(DicomTag.COLUMNS, size),
                DicomPhantom.text(DicomTag.WINDOW_CENTER, ValueRepresentation.DS, "2048"),
                DicomPhantom.text(DicomTag.WINDOW_WIDTH, ValueRepresentation.DS, "4096"))
            .with(
                DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OW, pixels.array()));
    return Files.write(
        folder.resolve(name), DicomPhantom.file(film, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN));
  }

  Path empty(String name) throws IOException {
    return Files.write(folder.resolve(name), new byte[0]);
  }

  /** A PNG file that ends in its middle. */
  Path cutShort(String name) throws IOException {
    byte[] whole = Files.readAllBytes(png("whole-of-" + name, true, 3, 256));
    return Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length / 2));
  }

  Path noPicture(String name) throws IOException {
    return Files.writeString(folder.resolve(name), "This is a letter.\n".repeat(20));
  }

  /** A picture in gray that is like a photograph of a landscape: sky, hills, sun. */
  Path landscape(String name) throws IOException {
    BufferedImage image = new BufferedImage(400, 300, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = image.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, Color.LIGHT_GRAY, 0, 200, Color.WHITE));
    graphics.fillRect(0, 0, 400, 300);
    Random random = new Random(5);
    for (int hill = 0; hill < 9; hill++) {
      graphics.setColor(new Color(160 - 15 * hill, 160 - 15 * hill, 160 - 15 * hill));
      graphics.fillOval(random.nextInt(400) - 150, 150 + 12 * hill, 300, 200);
    }
    graphics.setColor(Color.WHITE);
    graphics.fillOval(300, 30, 40, 40);
    graphics.dispose();
    return encoded(name, "jpg", image);
  }

  private Path encoded(String name, String format, BufferedImage image) throws IOException {
    Path file = folder.resolve(name);
    if (!ImageIO.write(image, format, file.toFile())) {
      throw new IOException("no writer of " + format);
    }
    return file;
  }

  private static BufferedImage gray(Radiograph film) {
    BufferedImage image =
        new BufferedImage(film.columns(), film.rows(), BufferedImage.TYPE_BYTE_GRAY);
    for (int row = 0; row < film.rows(); row++) {
      for (int column = 0; column < film.columns(); column++) {
        image.getRaster().setSample(column, row, 0, film.pixel(row, column));
      }
    }
    return image;
  }

  /**
   * Small phantoms, no two alike.
   *
   * @param count how many
   * @return PNG files in Base64
   */
  static List<String> small(int count) {
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(
            number -> {
              ByteArrayOutputStream png = new ByteArrayOutputStream();
              try {
                SyntheticChestPhantom.draw(number % 2 == 0, 1000L + number, 96).writePng(png);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              return Base64.getEncoder().encodeToString(png.toByteArray());
            })
        .toList();
  }
}
