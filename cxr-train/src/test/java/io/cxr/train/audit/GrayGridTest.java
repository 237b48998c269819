package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What the probes take of an image. */
class GrayGridTest {

  @Property(tries = 200)
  void cellsKeepTheMeanAndDoNotTellTheSize(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll @IntRange(min = 1, max = 3) int scale) {
    byte[] pixels = new byte[rows * columns];
    new Random(seed).nextBytes(pixels);
    byte[] larger = new byte[pixels.length * scale * scale];
    double sum = 0;
    for (int i = 0; i < larger.length; i++) {
      int row = i / (columns * scale) / scale;
      int column = i % (columns * scale) / scale;
      larger[i] = pixels[row * columns + column];
    }
    for (byte pixel : pixels) {
      sum += pixel & 0xff;
    }
    float[] cells = new GrayGrid(rows, columns, pixels).cells(7, 5);
    double mean = 0;
    for (float cell : cells) {
      mean += cell / cells.length;
    }
    assertEquals(sum / pixels.length, mean, 1e-3);
    float[] cellsOfLarger = new GrayGrid(rows * scale, columns * scale, larger).cells(7, 5);
    assertArrayEquals(cells, cellsOfLarger, 1e-3f);
  }

  @Test
  void theBorderSeesNothingOfTheCentre() {
    byte[] pixels = new byte[200 * 160];
    new Random(1).nextBytes(pixels);
    byte[] changed = pixels.clone();
    for (int row = 30; row < 170; row++) {
      Arrays.fill(changed, row * 160 + 24, row * 160 + 136, (byte) 7);
    }
    GrayGrid before = new GrayGrid(200, 160, pixels);
    GrayGrid after = new GrayGrid(200, 160, changed);
    assertArrayEquals(before.borderCells(), after.borderCells());
    assertEquals(4 * 2 * 18 + 4, before.borderCells().length);
    assertArrayEquals(before.histogram(32, false, true), after.histogram(32, false, true));
  }

  @Test
  void sharesOfAHistogramAddUpToOne() {
    byte[] pixels = new byte[50 * 30];
    new Random(2).nextBytes(pixels);
    float sum = 0;
    for (float share : new GrayGrid(50, 30, pixels).histogram(64, true, false)) {
      sum += share;
    }
    assertEquals(1, sum, 1e-5);
  }
}
