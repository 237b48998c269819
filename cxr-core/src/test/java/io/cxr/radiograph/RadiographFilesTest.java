package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every variant of every format, pixel by pixel against Pillow. */
class RadiographFilesTest {

  static List<String> names() throws IOException {
    return RadiographFile.readable();
  }

  @ParameterizedTest
  @MethodSource("names")
  void pixelsEqualPillows(String name) throws IOException {
    Radiograph expected = RadiographFile.expected(name);

    Radiograph found = Radiograph.read(RadiographFile.folder().resolve(name));

    assertEquals(expected.rows(), found.rows());
    assertEquals(expected.columns(), found.columns());
    assertEquals(expected.bitsStored(), found.bitsStored());
    for (int row = 0; row < expected.rows(); row++) {
      for (int column = 0; column < expected.columns(); column++) {
        int y = row;
        int x = column;
        assertEquals(
            expected.pixel(row, column),
            found.pixel(row, column),
            () -> "row " + y + " column " + x);
      }
    }
    assertEquals(expected, found);
    assertEquals(PhotometricInterpretation.MONOCHROME2, found.photometricInterpretation());
    assertTrue(found.pixelSpacing().isEmpty(), "print density is no pixel spacing");
  }

  @ParameterizedTest
  @MethodSource("names")
  void bytesAndStreamsReadAsFilesDo(String name) throws IOException {
    byte[] encoded = RadiographFile.bytes(name);
    byte[] before = encoded.clone();

    Radiograph fromBytes = Radiograph.read(encoded);

    assertEquals(RadiographFile.expected(name), fromBytes);
    assertEquals(fromBytes, Radiograph.read(new ByteArrayInputStream(encoded)));
    assertEquals(fromBytes, Radiograph.read(encoded), "a second time");
    assertArrayEquals(before, encoded);
  }

  @Test
  void threadsShareOneReader() throws IOException {
    List<String> names = names();
    List<String> wrong =
        IntStream.range(0, 4 * names.size())
            .parallel()
            .mapToObj(i -> names.get(i % names.size()))
            .filter(
                name -> {
                  try {
                    return !RadiographFile.expected(name)
                        .equals(RadiographReader.standard().read(RadiographFile.bytes(name)));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .toList();
    assertEquals(List.of(), wrong);
  }

  /** Some writers pad the space between segments; libjpeg skips it. */
  @Test
  void paddingBetweenJpegSegmentsChangesNothing() throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-ycc420.jpg");
    int end = 2 + 2 + ((jpeg[4] & 255) << 8 | (jpeg[5] & 255));
    byte[] padded = new byte[jpeg.length + 9];
    System.arraycopy(jpeg, 0, padded, 0, end);
    padded[end + 8] = (byte) 0xff;
    System.arraycopy(jpeg, end, padded, end + 9, jpeg.length - end);
    assertEquals(RadiographFile.expected("jpeg-ycc420.jpg"), Radiograph.read(padded));
  }

  @Test
  void everyVariantIsThere() throws IOException {
    List<String> names = names();
    for (String format : List.of("png", "jpeg", "tiff", "bmp", "gif")) {
      assertTrue(names.stream().filter(name -> name.startsWith(format)).count() >= 5, format);
    }
  }
}
