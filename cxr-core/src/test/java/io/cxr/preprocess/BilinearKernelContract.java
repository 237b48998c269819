package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What every {@link BilinearKernel} must do. */
abstract class BilinearKernelContract {

  /** The kernel under test. */
  abstract BilinearKernel kernel();

  @Property(tries = 400)
  void equalsTheDefinition(
      @ForAll @IntRange(min = 1, max = 150) int rows,
      @ForAll @IntRange(min = 1, max = 150) int columns,
      @ForAll @IntRange(min = 1, max = 60) int newRows,
      @ForAll @IntRange(min = 1, max = 60) int newColumns,
      @ForAll long seed) {
    assertEqualsDefinition(noise(rows, columns, seed), newRows, newColumns);
  }

  @Property(tries = 40)
  void equalsTheDefinitionWhereAnAxisStaysOrNearlySo(
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll @IntRange(min = -1, max = 1) int moreRows,
      @ForAll @IntRange(min = -1, max = 1) int moreColumns,
      @ForAll long seed) {
    assertEqualsDefinition(
        noise(rows, columns, seed),
        Math.max(1, rows + moreRows),
        Math.max(1, columns + moreColumns));
  }

  @Example
  void equalsTheDefinitionAtTheUsualSizes() {
    for (int size : new int[] {1024, 819, 1000, 512, 2049}) {
      assertEqualsDefinition(noise(size, size, size), 224, 224);
    }
    assertEqualsDefinition(noise(701, 1187, 1), 299, 260);
    assertEqualsDefinition(noise(150, 200, 1), 224, 224);
    assertEqualsDefinition(noise(300, 200, 1), 224, 224);
    assertEqualsDefinition(noise(200, 300, 1), 224, 224);
  }

  /** So many weights that nearly all of them are rounded up to the smallest there is. */
  @Example
  void whiteStaysWhiteOnTheLongestAxes() {
    for (int length : new int[] {20_011, 5_500_000}) {
      byte[] white = new byte[length];
      Arrays.fill(white, (byte) 255);
      assertEquals(-1, resample(new GrayImage(1, length, white), 1, 1)[0], "across " + length);
      assertEquals(-1, resample(new GrayImage(length, 1, white), 1, 1)[0], "down " + length);
      // White beside black is the middle, so white had its bound before the two were added.
      byte[] both = Arrays.copyOf(white, 2 * length);
      assertEquals(-128, resample(new GrayImage(2, length, both), 1, 1)[0], "both " + length);
    }
  }

  /** What a workspace holds of an earlier, larger image must not shine through. */
  @Property(tries = 60)
  void aUsedWorkspaceGivesTheSame(
      @ForAll @IntRange(min = 1, max = 90) int rows,
      @ForAll @IntRange(min = 1, max = 90) int columns,
      @ForAll long seed) {
    Workspace used = new Workspace();
    BilinearResampler resampler = new BilinearResampler(20, 30, kernel());
    resampler.apply(noise(100, 100, ~seed), used);
    new GaussianFilter(3).apply(noise(80, 200, ~seed), used);
    GrayImage image = noise(rows, columns, seed);
    assertArrayEquals(
        resampler.apply(image, new Workspace()).toArray(), resampler.apply(image, used).toArray());
  }

  private byte[] resample(GrayImage image, int rows, int columns) {
    return new BilinearResampler(rows, columns, kernel()).apply(image, new Workspace()).toArray();
  }

  private void assertEqualsDefinition(GrayImage image, int rows, int columns) {
    GrayImage wide = new GrayImage(image.rows, columns, alongRows(image, columns));
    GrayImage turned = transpose(wide);
    GrayImage small = new GrayImage(turned.rows, rows, alongRows(turned, rows));
    byte[] expected = transpose(small).pixels;
    assertArrayEquals(
        expected,
        resample(image, rows, columns),
        image.rows + " x " + image.columns + " to " + rows + " x " + columns);
  }

  private static GrayImage noise(int rows, int columns, long seed) {
    byte[] pixels = new byte[rows * columns];
    new Random(seed).nextBytes(pixels);
    return new GrayImage(rows, columns, pixels);
  }

  /** The resize along the rows, one pixel after another, as Pillow's documentation has it. */
  private static byte[] alongRows(GrayImage image, int columns) {
    byte[] result = new byte[image.rows * columns];
    double scale = (double) image.columns / columns;
    double reach = Math.max(1, scale);
    for (int column = 0; column < columns; column++) {
      double centre = (column + 0.5) * scale;
      int first = Math.max(0, (int) (centre - reach + 0.5));
      int end = Math.min(image.columns, (int) (centre + reach + 0.5));
      double[] triangle = new double[end - first];
      double sum = 0;
      for (int i = first; i < end; i++) {
        triangle[i - first] = Math.max(0, 1 - Math.abs((i - centre + 0.5) * (1 / reach)));
        sum += triangle[i - first];
      }
      for (int row = 0; row < image.rows; row++) {
        long level = 1 << 21;
        for (int i = first; i < end; i++) {
          int weight = (int) (triangle[i - first] / sum * (1 << 22) + 0.5);
          level += (long) (image.pixels[row * image.columns + i] & 0xff) * weight;
        }
        result[row * columns + column] = (byte) Math.min(255, level >> 22);
      }
    }
    return result;
  }

  private static GrayImage transpose(GrayImage image) {
    byte[] result = new byte[image.pixels.length];
    for (int i = 0; i < result.length; i++) {
      result[i % image.columns * image.rows + i / image.columns] = image.pixels[i];
    }
    int newRows = image.columns;
    int newColumns = image.rows;
    return new GrayImage(newRows, newColumns, result);
  }
}
