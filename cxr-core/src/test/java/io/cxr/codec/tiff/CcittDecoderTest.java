package io.cxr.codec.tiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.codec.CodecException;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.imaging.formats.tiff.TiffImageParser;
import org.apache.commons.imaging.formats.tiff.TiffImagingParameters;
import org.apache.commons.imaging.formats.tiff.constants.TiffConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** T.4 and T.6 against the encoder of Commons Imaging. */
class CcittDecoderTest {
  private static final int[] COMPRESSIONS = {
    TiffConstants.COMPRESSION_CCITT_1D,
    TiffConstants.COMPRESSION_CCITT_GROUP_3,
    TiffConstants.COMPRESSION_CCITT_GROUP_4
  };

  /** Runs of any length, rows that resemble the one above, and noise. */
  private static BufferedImage picture(int rows, int columns, int kind, Random random) {
    BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_BYTE_BINARY);
    boolean[] line = new boolean[columns];
    for (int y = 0; y < rows; y++) {
      switch (kind) {
        case 0 -> {
          for (int x = 0; x < columns; x++) {
            line[x] = random.nextBoolean();
          }
        }
        case 1 -> {
          boolean colour = random.nextBoolean();
          for (int x = 0; x < columns; ) {
            int end = Math.min(columns, x + 1 + random.nextInt(columns));
            Arrays.fill(line, x, end, colour);
            colour = !colour;
            x = end;
          }
        }
        case 2 -> {
          // A few pixels differ from the row above.
          for (int i = random.nextInt(4); i > 0; i--) {
            int x = random.nextInt(columns);
            line[x] = !line[x];
          }
        }
        default -> Arrays.fill(line, random.nextInt(5) == 0);
      }
      for (int x = 0; x < columns; x++) {
        image.setRGB(x, y, line[x] ? 0xffffffff : 0xff000000);
      }
    }
    return image;
  }

  private static byte[] written(BufferedImage image, int compression, boolean twoDimensions)
      throws IOException {
    TiffImagingParameters parameters = new TiffImagingParameters();
    parameters.setCompression(compression);
    if (compression == TiffConstants.COMPRESSION_CCITT_GROUP_3) {
      parameters.setT4Options(twoDimensions ? 1 : 0);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new TiffImageParser().writeImage(image, out, parameters);
    return out.toByteArray();
  }

  @Property(tries = 400)
  void everyPictureComesBack(
      @ForAll @IntRange(min = 1, max = 30) int rows,
      @ForAll @IntRange(min = 1, max = 200) int columns,
      @ForAll @IntRange(min = 0, max = 3) int kind,
      @ForAll @IntRange(min = 0, max = 2) int compression,
      @ForAll boolean twoDimensions,
      @ForAll long seed)
      throws IOException {
    compare(picture(rows, columns, kind, new Random(seed)), compression, twoDimensions);
  }

  /** Longer than every make-up code. */
  @Test
  void longRuns() throws IOException {
    for (int columns : new int[] {63, 64, 65, 1791, 1792, 2560, 2623, 2624, 6000, 13_000}) {
      for (int compression = 0; compression < COMPRESSIONS.length; compression++) {
        compare(picture(6, columns, 1, new Random(columns)), compression, false);
        compare(picture(6, columns, 3, new Random(columns)), compression, true);
      }
    }
  }

  private static void compare(BufferedImage image, int compression, boolean twoDimensions)
      throws IOException {
    Radiograph read = Radiograph.read(written(image, COMPRESSIONS[compression], twoDimensions));
    assertEquals(image.getHeight(), read.rows());
    assertEquals(image.getWidth(), read.columns());
    byte[] expected = new byte[image.getWidth() * image.getHeight()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (byte) image.getRGB(i % image.getWidth(), i / image.getWidth());
    }
    assertArrayEquals(expected, read.toGray8());
  }

  /** Every run of every colour has the codes of T.4: those of a row of it and one pixel more. */
  @Test
  void everyRunLength() throws IOException {
    for (int run = 0; run <= 2700; run++) {
      BufferedImage image = new BufferedImage(2702, 2, BufferedImage.TYPE_BYTE_BINARY);
      for (int x = 0; x < 2702; x++) {
        image.setRGB(x, 0, x < run ? 0xffffffff : 0xff000000);
        image.setRGB(x, 1, x < run ? 0xff000000 : 0xffffffff);
      }
      compare(image, 0, false);
    }
  }

  /** Damage ends in a refusal or in a picture, at once. */
  @Property(tries = 3000)
  void damage(
      @ForAll byte[] packed,
      @ForAll @IntRange(min = 1, max = 60) int width,
      @ForAll @IntRange(min = 1, max = 40) int height) {
    assertTimeoutPreemptively(
        Duration.ofMinutes(5),
        () -> {
          for (int way = 0; way < 4; way++) {
            try {
              byte[] rows =
                  switch (way) {
                    case 0 -> CcittDecoder.huffman(packed, width, height);
                    case 1 -> CcittDecoder.t4(packed, width, height, false);
                    case 2 -> CcittDecoder.t4(packed, width, height, true);
                    default -> CcittDecoder.t6(packed, width, height);
                  };
              assertEquals((width + 7) / 8 * height, rows.length);
            } catch (CodecException e) {
              assertTrue(
                  e.kind() == CodecException.Kind.DAMAGED
                      || e.kind() == CodecException.Kind.TRUNCATED,
                  e.getMessage());
            }
          }
        });
  }

  @Test
  void tooFewBytesAreRefused() {
    // One white row of 8 pixels in each coding, then nothing for the second.
    byte[] white = {(byte) 0b10011000};
    byte[] zero = {(byte) 0b10000000};
    assertEquals(1, CcittDecoder.huffman(white, 8, 1).length);
    assertEquals(1, CcittDecoder.t6(zero, 8, 1).length);
    for (Executable decoding :
        List.<Executable>of(
            () -> CcittDecoder.huffman(white, 8, 2),
            () -> CcittDecoder.t4(white, 8, 3, false),
            () -> CcittDecoder.t6(zero, 8, 9),
            () -> CcittDecoder.t6(new byte[0], 8, 1))) {
      CodecException e = assertThrows(CodecException.class, decoding);
      assertEquals(CodecException.Kind.TRUNCATED, e.kind());
    }
  }
}
