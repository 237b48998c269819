package io.cxr.train.augmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The transforms give what SciPy gives with Keras' matrix, and keep their laws. */
class KerasTransformsTest {
  private static final KerasTransforms EVERYTHING =
      new KerasTransforms(
          Range.around0(30), Range.around0(10), Range.around1(0.3), true, /* blurSigma= */ 2);

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = KerasTransformsTest.class.getResourceAsStream("keras-affine/" + name)) {
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

  @ParameterizedTest
  @MethodSource("cases")
  void isSciPyWithKerasMatrix(String line) throws IOException {
    String[] cells = line.split(",", -1);
    double[] values = Arrays.stream(cells).skip(1).mapToDouble(Double::parseDouble).toArray();
    int rows = (int) values[0];
    int columns = (int) values[1];
    byte[] gray = resource("image-" + rows + "x" + columns + ".bin");
    byte[] changed =
        KerasTransforms.affine(
            gray,
            rows,
            columns,
            Math.toRadians(values[2]),
            Math.toRadians(values[3]),
            values[4],
            values[5]);
    byte[] expected = resource(cells[0] + ".bin");
    assertEquals(expected.length, changed.length);
    for (int i = 0; i < expected.length; i++) {
      int apart = Math.abs((expected[i] & 0xff) - (changed[i] & 0xff));
      assertTrue(apart <= 1, cells[0] + ": pixel " + i + " is " + apart + " levels off");
    }
  }

  @Property(tries = 200)
  void noRangesChangeNothing(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll long seed) {
    byte[] gray = image(rows, columns, seed);
    byte[] same = KerasTransforms.NONE.apply(gray, rows, columns, new SplittableRandom(seed));
    assertArrayEquals(gray, same);
    assertNotSame(gray, same);
  }

  @Property(tries = 200)
  void twoFlipsAreNone(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll long seed) {
    byte[] gray = image(rows, columns, seed);
    byte[] flipped = KerasTransforms.flipped(gray, rows, columns);
    assertEquals(gray[0], flipped[columns - 1]);
    assertArrayEquals(gray, KerasTransforms.flipped(flipped, rows, columns));
  }

  @Property(tries = 200)
  void keepsTheSizeAndItsInput(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll long seed) {
    byte[] gray = image(rows, columns, seed);
    byte[] before = gray.clone();
    byte[] changed = EVERYTHING.apply(gray, rows, columns, new SplittableRandom(seed));
    assertEquals(gray.length, changed.length);
    assertArrayEquals(before, gray);
  }

  /** Interpolation and {@code fill_mode='nearest'} invent no gray level. */
  @Property(tries = 200)
  void staysBetweenTheImagesLevels(
      @ForAll @DoubleRange(min = -180, max = 180) double rotation,
      @ForAll @DoubleRange(min = -60, max = 60) double shear,
      @ForAll @DoubleRange(min = 0.1, max = 8) double zoomRows,
      @ForAll @DoubleRange(min = 0.1, max = 8) double zoomColumns) {
    byte[] gray = image(13, 22, 5);
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (100 + (gray[i] & 31));
    }
    byte[] changed =
        KerasTransforms.affine(
            gray, 13, 22, Math.toRadians(rotation), Math.toRadians(shear), zoomRows, zoomColumns);
    for (byte level : changed) {
      assertTrue((level & 0xff) >= 100 && (level & 0xff) <= 131, "level " + (level & 0xff));
    }
  }

  @Test
  void mirrorsEveryOtherImage() {
    KerasTransforms flip =
        new KerasTransforms(Range.around0(0), Range.around0(0), Range.around1(0), true, 0);
    byte[] gray = {1, 2};
    int flips = 0;
    for (int seed = 0; seed < 2000; seed++) {
      flips += flip.apply(gray, 1, 2, new SplittableRandom(seed))[0] == 2 ? 1 : 0;
    }
    // Four standard deviations.
    assertEquals(1000, flips, 90);
  }

  @Test
  void blurKeepsTheMeanAndLowersTheContrast() {
    byte[] gray = image(30, 30, 3);
    byte[] blurred = KerasTransforms.blurred(gray, 30, 30, 1.5);
    double[] before = meanAndDeviation(gray);
    double[] after = meanAndDeviation(blurred);
    assertEquals(before[0], after[0], 3);
    assertTrue(after[1] < before[1] / 3, before[1] + " to " + after[1]);
  }

  private static double[] meanAndDeviation(byte[] gray) {
    double sum = 0;
    double squares = 0;
    for (byte level : gray) {
      sum += level & 0xff;
      squares += (level & 0xff) * (level & 0xff);
    }
    double mean = sum / gray.length;
    return new double[] {mean, Math.sqrt(squares / gray.length - mean * mean)};
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 21, Double.NaN})
  void refusesBadBlur(double sigma) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new KerasTransforms(
                    Range.around0(0), Range.around0(0), Range.around1(0), false, sigma));
    assertTrue(refused.getMessage().startsWith("Blur: expected"), refused.getMessage());
  }

  @Test
  void refusesBadRanges() {
    Range still = Range.around0(0);
    assertThrows(
        IllegalArgumentException.class,
        () -> new KerasTransforms(still, still, Range.around1(1), false, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new KerasTransforms(still, Range.around0(90), Range.around1(0), false, 0));
    assertThrows(IllegalArgumentException.class, () -> new Range(2, 1));
    assertThrows(IllegalArgumentException.class, () -> new Range(0, Double.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> new Range(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> Range.around0(-1));
  }

  @Property(tries = 200)
  void drawsWithinTheRange(
      @ForAll @DoubleRange(min = -50, max = 50) double from,
      @ForAll @DoubleRange(min = 0, max = 50) double width,
      @ForAll long seed) {
    Range range = new Range(from, from + width);
    double value = range.draw(new SplittableRandom(seed));
    assertTrue(value >= range.from() && value <= range.to(), range + " gave " + value);
  }
}
