package io.cxr.train.augmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against NumPy's whole Fourier transform, and laws. */
class StyleMixingTest {
  private static byte[] resource(String name) throws IOException {
    try (InputStream in = StyleMixingTest.class.getResourceAsStream("style-mixing/" + name)) {
      return in.readAllBytes();
    }
  }

  static Stream<String> cases() throws IOException {
    return new String(resource("cases.csv"), StandardCharsets.UTF_8).lines().skip(1);
  }

  private static byte[] image(int rows, int columns, long seed) {
    byte[] image = new byte[rows * columns];
    new Random(seed).nextBytes(image);
    return image;
  }

  private static void assertClose(byte[] expected, byte[] found) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      int apart = Math.abs((expected[i] & 0xff) - (found[i] & 0xff));
      assertTrue(apart <= 1, "pixel " + i + " is " + apart + " levels off");
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isNumPy(String line) throws IOException {
    String[] cells = line.split(",", -1);
    byte[] gray = resource(cells[0] + "-image.bin");
    byte[] donor = resource(cells[0] + "-donor.bin");
    assertClose(
        resource(cells[0] + "-spectrum.bin"),
        StyleMixing.withLowFrequenciesOf(
            gray,
            donor,
            Integer.parseInt(cells[1]),
            Integer.parseInt(cells[2]),
            Double.parseDouble(cells[3]),
            Double.parseDouble(cells[4])));
    assertClose(resource(cells[0] + "-histogram.bin"), StyleMixing.withHistogramOf(gray, donor));
  }

  @Property(tries = 50)
  void anImageIsItsOwnDonor(
      @ForAll @IntRange(min = 1, max = 30) int rows,
      @ForAll @IntRange(min = 1, max = 30) int columns) {
    byte[] gray = image(rows, columns, rows);
    assertClose(gray, StyleMixing.withLowFrequenciesOf(gray, gray, rows, columns, 0.15, 1));
    assertArrayEquals(gray, StyleMixing.withHistogramOf(gray, gray));
  }

  @Property(tries = 50)
  void theMeanBecomesTheDonors(@ForAll @IntRange(min = 8, max = 40) int size) {
    byte[] gray = image(size, size, size);
    byte[] donor = image(size, size, -size);
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (80 + (gray[i] & 0xff) / 4);
      donor[i] = (byte) (110 + (donor[i] & 0xff) / 4);
    }
    byte[] mixed = StyleMixing.withLowFrequenciesOf(gray, donor, size, size, 0.01, 1);
    assertEquals(mean(donor), mean(mixed), 0.6);
  }

  private static double mean(byte[] gray) {
    double sum = 0;
    for (byte pixel : gray) {
      sum += pixel & 0xff;
    }
    return sum / gray.length;
  }

  @Test
  void asksForADonorAsOftenAsItMixes() {
    Radiograph radiograph = Radiograph.ofGray8(20, 30, image(20, 30, 1));
    Radiograph donor = Radiograph.ofGray8(50, 41, image(50, 41, 2));
    int[] asked = {0};
    StyleMixing half = new StyleMixing(0.5, 0.005, 0.05);
    int same = 0;
    for (int seed = 0; seed < 400; seed++) {
      Radiograph mixed =
          half.apply(
              radiograph,
              other -> {
                asked[0]++;
                return donor;
              },
              new SplittableRandom(seed));
      assertEquals(20, mixed.rows());
      assertEquals(30, mixed.columns());
      same += mixed.equals(radiograph) ? 1 : 0;
    }
    assertEquals(400, asked[0] + same, 1, "a look may be the same");
    assertEquals(200, same, 40);
    assertSame(
        radiograph,
        StyleMixing.NONE.apply(
            radiograph,
            other -> {
              throw new AssertionError();
            },
            new SplittableRandom(1)));
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new StyleMixing(1.1, 0.01, 0.05));
    assertThrows(IllegalArgumentException.class, () -> new StyleMixing(0.5, 0, 0.05));
    assertThrows(IllegalArgumentException.class, () -> new StyleMixing(0.5, 0.06, 0.05));
    assertThrows(IllegalArgumentException.class, () -> new StyleMixing(0.5, 0.01, 0.2));
  }
}
