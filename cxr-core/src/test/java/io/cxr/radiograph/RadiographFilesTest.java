package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
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
    org.junit.jupiter.api.Assertions.assertArrayEquals(before, encoded);
  }

  @Test
  void everyVariantIsThere() throws IOException {
    List<String> names = names();
    for (String format : List.of("png", "jpeg", "tiff", "bmp", "gif")) {
      assertTrue(names.stream().filter(name -> name.startsWith(format)).count() >= 5, format);
    }
  }
}
