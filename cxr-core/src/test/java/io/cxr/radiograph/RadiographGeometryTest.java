package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Laws of cropping, turning, mirroring and resizing. */
class RadiographGeometryTest {

  /** Random pixels with everything that a radiograph can say of itself. */
  static Radiograph film(int rows, int columns, int bits, long seed) {
    Random random = new Random(seed);
    short[] values = new short[rows * columns];
    byte[] bytes = new byte[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (short) random.nextInt(1 << bits);
      bytes[i] = (byte) values[i];
    }
    return (bits == 8
            ? Radiograph.ofGray8(rows, columns, bytes)
            : Radiograph.ofGray16(rows, columns, bits, values))
        .withPhotometricInterpretation(
            seed % 2 == 0
                ? PhotometricInterpretation.MONOCHROME1
                : PhotometricInterpretation.MONOCHROME2)
        .withViewPosition(ViewPosition.AP)
        .withPixelSpacing(new PixelSpacing(0.2, 0.1));
  }

  @Property(tries = 200)
  void fourQuarterTurnsAreNone(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 9) int columns,
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll @IntRange(min = -9, max = 9) int turns,
      @ForAll long seed) {
    Radiograph film = film(rows, columns, bits, seed);
    assertEquals(film, film.rotate(1).rotate(1).rotate(1).rotate(1));
    assertEquals(film, film.rotate(turns).rotate(-turns));
    assertEquals(film.rotate(turns), film.rotate(turns + 4));
    assertEquals(film.rotate(2), film.rotate(1).rotate(1));
    assertEquals(film, film.mirror().mirror());
    assertEquals(film.rotate(2).mirror(), film.mirror().rotate(2));
    assertEquals(film.mirror().rotate(1), film.rotate(-1).mirror());
  }

  @Property(tries = 200)
  void aTurnMovesEachPixelClockwise(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 9) int columns,
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll long seed) {
    Radiograph film = film(rows, columns, bits, seed);
    Radiograph turned = film.rotate(1);
    Radiograph mirrored = film.mirror();
    assertEquals(columns, turned.rows());
    assertEquals(rows, turned.columns());
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        assertEquals(film.pixel(row, column), turned.pixel(column, rows - 1 - row));
        assertEquals(film.pixel(row, column), mirrored.pixel(row, columns - 1 - column));
      }
    }
    assertEquals(Optional.of(new PixelSpacing(0.1, 0.2)), turned.pixelSpacing());
    assertEquals(film.pixelSpacing(), film.rotate(2).pixelSpacing());
    assertEquals(film.pixelSpacing(), mirrored.pixelSpacing());
    assertTold(film, turned);
    assertTold(film, mirrored);
  }

  private static void assertTold(Radiograph film, Radiograph changed) {
    assertEquals(film.photometricInterpretation(), changed.photometricInterpretation());
    assertEquals(film.viewPosition(), changed.viewPosition());
    assertEquals(film.bitsStored(), changed.bitsStored());
  }

  @Property(tries = 200)
  void aCropOfACropIsACrop(
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll @IntRange(max = 4) int row,
      @ForAll @IntRange(max = 4) int column,
      @ForAll long seed) {
    Radiograph film = film(9, 11, bits, seed);
    Radiograph outer = film.crop(new PixelRegion(row, column, 5, 6));
    Radiograph inner = outer.crop(new PixelRegion(1, 2, 3, 4));
    assertEquals(film.crop(new PixelRegion(row + 1, column + 2, 3, 4)), inner);
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 6; j++) {
        assertEquals(film.pixel(row + i, column + j), outer.pixel(i, j));
      }
    }
    assertTold(film, outer);
    assertEquals(film.pixelSpacing(), outer.pixelSpacing());
    assertEquals(film, film.crop(new PixelRegion(0, 0, 9, 11)));
    assertThrows(
        IllegalArgumentException.class, () -> film.crop(new PixelRegion(row, column, 10, 1)));
  }

  /** The overlap of two stretches of a line. */
  private static long overlap(long from, long to, long otherFrom, long otherTo) {
    return Math.max(0, Math.min(to, otherTo) - Math.max(from, otherFrom));
  }

  /** Each pixel is the mean over its area, worked out one by one in whole numbers. */
  @Property(tries = 100)
  void whatShrinksIsTheMeanOverItsArea(
      @ForAll @IntRange(min = 1, max = 12) int rows,
      @ForAll @IntRange(min = 1, max = 12) int columns,
      @ForAll @IntRange(min = 1, max = 12) int newRows,
      @ForAll @IntRange(min = 1, max = 12) int newColumns,
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll long seed) {
    int down = Math.min(rows, newRows);
    int across = Math.min(columns, newColumns);
    Radiograph film = film(rows, columns, bits, seed);
    Radiograph small = film.resize(down, across);
    for (int row = 0; row < down; row++) {
      for (int column = 0; column < across; column++) {
        BigInteger sum = BigInteger.ZERO;
        for (int r = 0; r < rows; r++) {
          for (int c = 0; c < columns; c++) {
            long area =
                overlap((long) row * rows, (row + 1L) * rows, (long) r * down, (r + 1L) * down)
                    * overlap(
                        (long) column * columns,
                        (column + 1L) * columns,
                        (long) c * across,
                        (c + 1L) * across);
            sum = sum.add(BigInteger.valueOf(area * film.pixel(r, c)));
          }
        }
        BigInteger total = BigInteger.valueOf((long) rows * columns);
        BigInteger mean = sum.add(total.shiftRight(1)).divide(total);
        assertEquals(mean.intValueExact(), small.pixel(row, column));
      }
    }
    assertTold(film, small);
    PixelSpacing spacing = small.pixelSpacing().orElseThrow();
    assertEquals(0.2 * rows, spacing.rowMillimetres() * down, 1e-9);
    assertEquals(0.1 * columns, spacing.columnMillimetres() * across, 1e-9);
  }

  @Property(tries = 100)
  void whatGrowsIsLinearBetweenMiddles(
      @ForAll @IntRange(min = 1, max = 6) int columns,
      @ForAll @IntRange(min = 1, max = 20) int more,
      @ForAll @IntRange(min = 8, max = 16) int bits,
      @ForAll long seed) {
    Radiograph film = film(2, columns, bits, seed);
    int wide = columns + more;
    Radiograph large = film.resize(2, wide);
    for (int column = 0; column < wide; column++) {
      double at = Math.max(0, Math.min(columns - 1, (column + 0.5) * columns / wide - 0.5));
      int left = (int) at;
      int right = Math.min(left + 1, columns - 1);
      for (int row = 0; row < 2; row++) {
        double expected =
            film.pixel(row, left) + (at - left) * (film.pixel(row, right) - film.pixel(row, left));
        assertEquals(expected, large.pixel(row, column), 0.5 + 1e-6);
      }
    }
    assertEquals(large.rotate(1), film.rotate(1).resize(wide, 2), "along both axes alike");
  }

  @Property(tries = 100)
  void flatFilmsStayFlat(
      @ForAll @IntRange(min = 1, max = 30) int rows,
      @ForAll @IntRange(min = 1, max = 30) int columns,
      @ForAll @IntRange(min = 0, max = 255) int level) {
    byte[] pixels = new byte[17 * 13];
    Arrays.fill(pixels, (byte) level);
    byte[] expected = new byte[rows * columns];
    Arrays.fill(expected, (byte) level);
    assertArrayEquals(expected, Radiograph.ofGray8(17, 13, pixels).resize(rows, columns).toGray8());
  }

  @Test
  void fitsWithinASquareInItsOwnProportions() {
    Radiograph film = film(60, 40, 12, 3);
    Radiograph small = film.fitWithin(30);
    assertEquals(film.resize(30, 20), small);
    assertSame(film, film.fitWithin(60));
    assertSame(film, film.resize(60, 40));
    assertSame(film, film.rotate(-4));
    assertEquals(1, film(1, 500, 8, 1).fitWithin(3).rows(), "nothing vanishes");
    assertThrows(IllegalArgumentException.class, () -> film.fitWithin(0));
    assertThrows(IllegalArgumentException.class, () -> film.resize(0, 5));
  }

  @Test
  void aRealSizeKeepsItsSumAndItsRange() {
    Radiograph film = film(1500, 1100, 16, 11);
    Radiograph small = film.fitWithin(1024);
    assertEquals(1024, small.rows());
    assertEquals(751, small.columns());
    assertEquals(mean(film), mean(small), 0.01 * mean(film));
    Radiograph half = film.resize(750, 550);
    for (int i = 0; i < 550; i++) {
      int sum = 0;
      for (int j = 0; j < 4; j++) {
        sum += film.pixel(748 + j / 2, 2 * i + j % 2);
      }
      assertEquals((sum + 2) / 4, half.pixel(374, i));
    }
    assertTrue(half.bitsStored() == 16);
  }

  private static double mean(Radiograph film) {
    double sum = 0;
    for (short value : film.toGray16()) {
      sum += Short.toUnsignedInt(value);
    }
    return sum / film.rows() / film.columns();
  }
}
