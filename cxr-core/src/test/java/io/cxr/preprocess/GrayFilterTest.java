package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.golden.NpyFile;
import io.cxr.model.PreprocessingStep.BorderCrop;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Each step against Pillow 9.4.0 and OpenCV 4.6.0 on synthetic images; {@code
 * src/test/python/preprocess_fixtures.py} makes them. A fixture is called {@code
 * IMAGE.OPERATION.PARAMETERS}.
 */
class GrayFilterTest {
  private static final Map<String, NpyFile> FIXTURES = fixtures();

  private static Map<String, NpyFile> fixtures() {
    Map<String, NpyFile> arrays = new LinkedHashMap<>();
    try (InputStream file = GrayFilterTest.class.getResourceAsStream("fixtures.npz");
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        arrays.put(entry.getName().replaceAll("\\.npy$", ""), NpyFile.read(zip));
      }
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
    return arrays;
  }

  private static GrayImage image(NpyFile array) {
    return new GrayImage(array.shape()[0], array.shape()[1], array.bytes());
  }

  private static List<DynamicTest> against(String operation, int tolerance) {
    List<DynamicTest> tests = new ArrayList<>();
    FIXTURES.forEach(
        (name, expected) -> {
          String[] parts = name.split("\\.", 3);
          if (parts.length > 1 && parts[1].equals(operation)) {
            GrayFilter filter = filter(operation, parts.length == 3 ? parts[2] : "");
            tests.add(
                DynamicTest.dynamicTest(
                    name, () -> assertClose(image(expected), run(filter, parts[0]), tolerance)));
          }
        });
    assertTrue(tests.size() >= 8, "Fixtures of " + operation + ": " + tests.size());
    return tests;
  }

  private static GrayImage run(GrayFilter filter, String image) {
    return filter.apply(image(FIXTURES.get(image)), new Workspace());
  }

  /** The step that a fixture's name asks for. */
  private static GrayFilter filter(String operation, String parameters) {
    String[] parts = parameters.split("\\.(?=\\d+x)|x", -1);
    return switch (operation) {
      case "nearest" -> new NearestResampler(integer(parts[0]), integer(parts[1]));
      case "bilinear" -> new BilinearResampler(integer(parts[0]), integer(parts[1]));
      case "equalize" -> new HistogramEqualizer();
      case "gaussian" -> new GaussianFilter(Double.parseDouble(parameters));
      case "clahe" ->
          new ClaheEqualizer(Double.parseDouble(parts[0]), integer(parts[1]), integer(parts[2]));
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private static int integer(String digits) {
    return Integer.parseInt(digits);
  }

  private static void assertClose(GrayImage expected, GrayImage found, int tolerance) {
    assertEquals(expected.rows, found.rows);
    assertEquals(expected.columns, found.columns);
    int different = 0;
    int worst = 0;
    for (int i = 0; i < expected.pixels.length; i++) {
      int off = Math.abs((expected.pixels[i] & 0xff) - (found.pixels[i] & 0xff));
      worst = Math.max(worst, off);
      different += off > 0 ? 1 : 0;
    }
    assertTrue(
        worst <= tolerance,
        different + " of " + expected.pixels.length + " pixels differ, by up to " + worst);
  }

  @TestFactory
  List<DynamicTest> nearestEqualsPillow() {
    return against("nearest", 0);
  }

  @TestFactory
  List<DynamicTest> bilinearEqualsPillow() {
    return against("bilinear", 0);
  }

  @TestFactory
  List<DynamicTest> equalizationEqualsOpenCv() {
    return against("equalize", 0);
  }

  @TestFactory
  List<DynamicTest> claheEqualsOpenCv() {
    return against("clahe", 0);
  }

  @TestFactory
  List<DynamicTest> gaussianBlurEqualsOpenCv() {
    return against("gaussian", 0);
  }

  @Test
  void frameCropKeepsTheMiddle() {
    byte[] pixels = new byte[5 * 8];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
    }
    GrayImage both =
        new FrameCropper(0.25).apply(new GrayImage(5, 8, pixels.clone()), new Workspace());
    assertEquals(3, both.rows);
    assertArrayEquals(new byte[] {10, 11, 12, 13, 18, 19, 20, 21, 26, 27, 28, 29}, both.toArray());
    GrayImage rowsOnly =
        new FrameCropper(0.4).apply(new GrayImage(20, 2, pixels.clone()), new Workspace());
    assertArrayEquals(Arrays.copyOfRange(pixels, 16, 24), rowsOnly.toArray());
    GrayImage columnsOnly =
        new FrameCropper(0.4).apply(new GrayImage(2, 20, pixels.clone()), new Workspace());
    assertArrayEquals(new byte[] {8, 9, 10, 11, 28, 29, 30, 31}, columnsOnly.toArray());
  }

  @Property(tries = 1000)
  void frameCropLeavesAPixelOfAnyImage(
      @ForAll @DoubleRange(min = 0, max = 0.5, maxIncluded = false) double fraction,
      @ForAll @IntRange(min = 1) int size) {
    assertTrue(size - 2 * BorderCrop.margin(fraction, size) >= 1);
  }

  @Property
  void reflectionBouncesBetweenTheEnds(
      @ForAll @IntRange(min = 1, max = 50) int size,
      @ForAll @IntRange(min = -500, max = 500) int start) {
    int at = Reflection.of(start, size);
    int next = Reflection.of(start + 1, size);
    assertTrue(at >= 0 && at < size);
    assertEquals(size == 1 ? 0 : 1, Math.abs(at - next));
    assertEquals(at, Reflection.of(-start, size));
  }
}
