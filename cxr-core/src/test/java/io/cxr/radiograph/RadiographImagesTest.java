package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cxr.codec.Luma;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Radiographs as images of {@code java.awt} and as PNG files, and back. */
class RadiographImagesTest {

  private static byte[] png(Radiograph film) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    film.writePng(out);
    return out.toByteArray();
  }

  /** Exact for 8 and 16 bits; other depths come back as 16 bits of the same gray. */
  @Property(tries = 200)
  void pngFilesAndImagesComeBack(
      @ForAll @IntRange(min = 1, max = 20) int rows,
      @ForAll @IntRange(min = 1, max = 20) int columns,
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll long seed)
      throws IOException {
    Radiograph film = RadiographGeometryTest.film(rows, columns, bits, seed);
    Radiograph read = Radiograph.read(png(film));
    assertEquals(bits == 8 ? 8 : 16, read.bitsStored());
    assertArrayEquals(film.toGray16(), read.toGray16());
    assertEquals(read, Radiograph.ofImage(film.toImage()));
    if (bits == 8) {
      assertArrayEquals(film.toGray8(), read.toGray8());
    }
    assertEquals(read, Radiograph.read(png(read)));
    assertEquals(read, Radiograph.ofImage(read.toImage()));
  }

  @Property(tries = 200)
  void deepGrayIsScaledOverTheWholeRange(
      @ForAll @IntRange(min = 8, max = 16) int bits, @ForAll long seed) {
    Radiograph film = RadiographGeometryTest.film(3, 5, bits, seed);
    double most = (1 << bits) - 1;
    short[] gray = film.toGray16();
    for (int i = 0; i < gray.length; i++) {
      long level = Math.round(film.pixel(i / 5, i % 5) * 65535.0 / most);
      boolean isInverted =
          film.photometricInterpretation() == PhotometricInterpretation.MONOCHROME1;
      assertEquals(isInverted ? 65535 - level : level, Short.toUnsignedInt(gray[i]));
    }
  }

  /** What another program would show: the values of the file, not shifted by a gamma curve. */
  @Test
  void theJdkReadsTheSameValues() throws IOException {
    for (int bits : new int[] {8, 16}) {
      Radiograph film = RadiographGeometryTest.film(40, 30, bits, 1);
      BufferedImage read = ImageIO.read(new ByteArrayInputStream(png(film)));
      BufferedImage image = film.toImage();
      assertEquals(
          bits == 8 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_USHORT_GRAY,
          image.getType());
      for (int row = 0; row < 40; row++) {
        for (int column = 0; column < 30; column++) {
          assertEquals(film.pixel(row, column), read.getRaster().getSample(column, row, 0));
          assertEquals(film.pixel(row, column), image.getRaster().getSample(column, row, 0));
        }
      }
    }
  }

  private static BufferedImage filled(int type) {
    BufferedImage image = new BufferedImage(23, 17, type);
    Random random = new Random(type);
    for (int row = 0; row < 17; row++) {
      for (int column = 0; column < 23; column++) {
        image.setRGB(column, row, random.nextInt());
      }
    }
    return image;
  }

  /** An image becomes what the reader makes of its PNG file. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_USHORT_GRAY,
        BufferedImage.TYPE_BYTE_BINARY,
        BufferedImage.TYPE_BYTE_INDEXED
      })
  void imagesAreReadAsTheirFilesAre(int type) throws IOException {
    BufferedImage image = filled(type);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "png", file);
    assertEquals(Radiograph.read(file.toByteArray()), Radiograph.ofImage(image));
  }

  @Test
  void partsOfImagesAreReadWhereTheyLie() {
    BufferedImage image = filled(BufferedImage.TYPE_BYTE_GRAY);
    Radiograph part = Radiograph.ofImage(image.getSubimage(4, 3, 10, 8));
    assertEquals(Radiograph.ofImage(image).crop(new PixelRegion(3, 4, 8, 10)), part);
  }

  @Test
  void coloursMultipliedByTheirOpacityAreTakenAsTheyAre() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB_PRE);
    image.getRaster().setPixel(0, 0, new int[] {100, 50, 25, 128});
    assertEquals(Luma.ofRgb(100, 50, 25), Radiograph.ofImage(image).pixel(0, 0));
    BufferedImage plain = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    plain.getRaster().setPixel(0, 0, new int[] {100, 50, 25, 128});
    assertEquals(Luma.onBlack(Luma.ofRgb(100, 50, 25), 128), Radiograph.ofImage(plain).pixel(0, 0));
  }

  private static BufferedImage gray(int bits, int dataType) {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            new int[] {bits},
            false,
            false,
            Transparency.OPAQUE,
            dataType);
    WritableRaster raster = model.createCompatibleWritableRaster(3, 2);
    for (int i = 0; i < 6; i++) {
      raster.setSample(i % 3, i / 3, 0, (1 << bits) - 1 - 7 * i);
    }
    return new BufferedImage(model, raster, false, null);
  }

  @Test
  void grayOfTwelveBitsStaysSo() {
    Radiograph film = Radiograph.ofImage(gray(12, DataBuffer.TYPE_USHORT));
    assertEquals(12, film.bitsStored());
    assertEquals(4095 - 7 * 5, film.pixel(1, 2));
  }

  @Test
  void imagesThatAreNoPixelsOfAFilmAreRefused() {
    ColorModel floats =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_FLOAT);
    BufferedImage image =
        new BufferedImage(floats, floats.createCompatibleWritableRaster(2, 2), false, null);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Radiograph.ofImage(image));
    assertEquals(true, String.valueOf(refusal.getMessage()).startsWith("Image: expected gray"));
    BufferedImage beyond =
        new BufferedImage(
            2,
            1,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, 2, new byte[2], new byte[2], new byte[2]));
    beyond.getRaster().setSample(1, 0, 0, 9);
    assertThrows(IllegalArgumentException.class, () -> Radiograph.ofImage(beyond));
  }

  @Test
  void pngFilesAreWhole(@TempDir Path folder) throws IOException {
    Radiograph film = RadiographGeometryTest.film(9, 8, 16, 5);
    Path file = folder.resolve("film.png");
    film.writePng(file);
    assertArrayEquals(png(film), Files.readAllBytes(file));
    film.rotate(1).writePng(file);
    assertEquals(film.rotate(1).rows(), Radiograph.read(file).rows(), "replaced");
    Path inside = folder.resolve("made").resolve("film.png");
    film.writePng(inside);
    assertArrayEquals(png(film), Files.readAllBytes(inside));
    assertThrows(IllegalArgumentException.class, () -> film.writePng(folder.resolve("film.jpg")));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(Set.of(file, inside.getParent()), left.collect(Collectors.toSet()));
    }
  }
}
