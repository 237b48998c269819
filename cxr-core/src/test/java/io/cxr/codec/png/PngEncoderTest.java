package io.cxr.codec.png;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.codec.png.PngEncoder.Pixels;
import io.cxr.radiograph.Radiograph;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Files as the JDK's own reader, which is independent, takes them. */
class PngEncoderTest {

  private static byte[] samples(Pixels pixels, int rows, int columns, int kind, long seed) {
    byte[] samples = new byte[rows * columns * pixels.bytes()];
    Random random = new Random(seed);
    for (int i = 0; i < samples.length; i++) {
      int pixel = i / pixels.bytes();
      samples[i] =
          (byte)
              switch (kind) {
                case 0 -> random.nextInt();
                case 1 -> 3 * (pixel % columns) + 2 * (pixel / columns) + random.nextInt(3);
                // Noise, then rows that repeat themselves: both ways of compression in one file.
                default -> pixel / columns < rows / 2 ? random.nextInt() : 7;
              };
    }
    return samples;
  }

  private static byte[] read(Pixels pixels, byte[] file) throws IOException {
    Raster raster = ImageIO.read(new ByteArrayInputStream(file)).getRaster();
    ByteBuffer read = ByteBuffer.allocate(raster.getHeight() * raster.getWidth() * pixels.bytes());
    for (int row = 0; row < raster.getHeight(); row++) {
      for (int column = 0; column < raster.getWidth(); column++) {
        for (int band = 0; band < raster.getNumBands(); band++) {
          int sample = raster.getSample(column, row, band);
          if (pixels == Pixels.GRAY_16) {
            read.putShort((short) sample);
          } else {
            read.put((byte) sample);
          }
        }
      }
    }
    return read.array();
  }

  @Property(tries = 300)
  void whatIsWrittenIsRead(
      @ForAll Pixels pixels,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll @IntRange(max = 2) int kind,
      @ForAll long seed)
      throws IOException {
    byte[] samples = samples(pixels, rows, columns, kind, seed);
    byte[] file = PngEncoder.of(pixels, rows, columns, samples).toBytes();
    assertArrayEquals(samples, read(pixels, file));
    assertArrayEquals(file, PngEncoder.of(pixels, rows, columns, samples).toBytes());
    assertEquals(rows, Radiograph.read(file).rows(), "our reader takes it, too");
  }

  /** Of several bands and of several chunks. */
  @Test
  void largeImagesAreRead() throws IOException {
    for (Pixels pixels : Pixels.values()) {
      for (int kind = 0; kind < 3; kind++) {
        byte[] samples = samples(pixels, 400, 500, kind, kind);
        byte[] file = PngEncoder.of(pixels, 400, 500, samples).toBytes();
        assertArrayEquals(samples, read(pixels, file));
      }
    }
  }

  @Test
  void flatImagesTakeNoRoom() {
    byte[] flat = new byte[3 * 1000 * 1000];
    int size = PngEncoder.of(Pixels.RGB_8, 1000, 1000, flat).toBytes().length;
    assertTrue(size < 10_000, "bytes: " + size);
  }

  @Test
  void everyChunkHasItsCheckAndTheTextsStandInThem() {
    byte[] file =
        PngEncoder.of(Pixels.GRAY_8, 300, 300, samples(Pixels.GRAY_8, 300, 300, 0, 1))
            .withText("Title", "Plain")
            .withText("Comment", "Größe \u80ba")
            .toBytes();
    ByteBuffer at = ByteBuffer.wrap(file, 8, file.length - 8);
    StringBuilder types = new StringBuilder();
    while (at.hasRemaining()) {
      int length = at.getInt();
      byte[] chunk = new byte[4 + length];
      at.get(chunk);
      CRC32 check = new CRC32();
      check.update(chunk);
      assertEquals((int) check.getValue(), at.getInt());
      String type = new String(chunk, 0, 4, StandardCharsets.US_ASCII);
      types.append(type).append(' ');
      String text = new String(chunk, 4, length, StandardCharsets.UTF_8);
      if (type.equals("tEXt")) {
        assertEquals("Title\0Plain", text);
      } else if (type.equals("iTXt")) {
        assertEquals("Comment\0\0\0\0\0Größe \u80ba", text);
      }
    }
    assertEquals("IHDR tEXt iTXt IDAT IDAT IEND ", types.toString());
  }

  @Test
  void theCallersStreamStaysOpenAndItsFailureIsTold() throws IOException {
    PngEncoder image = PngEncoder.of(Pixels.GRAY_8, 1, 2, new byte[2]);
    boolean[] closed = new boolean[1];
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    image.writeTo(bytes);
    assertArrayEquals(image.toBytes(), bytes.toByteArray());
    assertTrue(!closed[0]);
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("full");
          }
        };
    assertThrows(IOException.class, () -> image.writeTo(full));
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(
        IllegalArgumentException.class, () -> PngEncoder.of(Pixels.RGB_8, 1, 2, new byte[5]));
    assertThrows(
        IllegalArgumentException.class, () -> PngEncoder.of(Pixels.GRAY_8, 0, 2, new byte[0]));
    PngEncoder image = PngEncoder.of(Pixels.GRAY_8, 1, 1, new byte[1]);
    assertThrows(IllegalArgumentException.class, () -> image.withText("", "text"));
    assertThrows(IllegalArgumentException.class, () -> image.withText("k".repeat(80), "text"));
    assertThrows(IllegalArgumentException.class, () -> image.withText("Key", "a\0b"));
  }
}
