package io.cxr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.PixelRegion;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HeatmapTest {
  private static Heatmap heatmap(int rows, int columns, PixelRegion region, float... values) {
    return Heatmap.ofActivations("A", rows, columns, values, region, 10, 20);
  }

  private static final PixelRegion ALL = new PixelRegion(0, 0, 10, 20);

  @Test
  void dropsNegativesAndDividesByTheMaximum() {
    Heatmap heatmap = heatmap(2, 2, ALL, -1, 2, 4, 0);
    assertEquals(0, heatmap.value(0, 0));
    assertEquals(0.5f, heatmap.value(0, 1));
    assertEquals(1, heatmap.value(1, 0));
    float[] values = new float[4];
    heatmap.values().get(values);
    assertTrue(Arrays.equals(new float[] {0, 0.5f, 1, 0}, values));
    assertThrows(ReadOnlyBufferException.class, () -> heatmap.values().put(0, 1));
    assertEquals("Heatmap[A, 2 x 2, " + ALL + "]", heatmap.toString());
  }

  @Test
  void staysZeroWhereNothingSpeaksForTheLabel() {
    assertEquals(0, heatmap(1, 2, ALL, -1, 0).value(0, 0));
    assertEquals(0, heatmap(1, 2, ALL, -1, 0).valueAt(9, 19));
  }

  @Test
  void equalsWhatShowsTheSame() {
    Heatmap heatmap = heatmap(1, 2, ALL, 1, 0);
    assertEquals(heatmap, heatmap(1, 2, ALL, 3, -1));
    assertEquals(heatmap.hashCode(), heatmap(1, 2, ALL, 3, -1).hashCode());
    List<Object> others =
        List.of(
            heatmap(1, 2, ALL, 0, 1),
            heatmap(2, 1, ALL, 1, 0),
            heatmap(1, 2, new PixelRegion(0, 0, 10, 19), 1, 0),
            Heatmap.ofActivations("B", 1, 2, new float[] {1, 0}, ALL, 10, 20),
            Heatmap.ofActivations("A", 1, 2, new float[] {1, 0}, ALL, 11, 20),
            Heatmap.ofActivations("A", 1, 2, new float[] {1, 0}, ALL, 10, 21),
            "Heatmap");
    for (Object other : others) {
      assertNotEquals(heatmap, other);
    }
  }

  @Test
  void copiesItsValues() {
    float[] values = {1, 0};
    Heatmap heatmap = heatmap(1, 2, ALL, values);
    values[0] = 0;
    assertEquals(1, heatmap.value(0, 0));
  }

  @Test
  void interpolatesBetweenTheMiddlesOfCells() {
    // Two cells of ten columns: their middles lie at 4.5 and 14.5.
    Heatmap heatmap = heatmap(1, 2, ALL, 0, 1);
    assertEquals(0, heatmap.valueAt(0, 0));
    assertEquals(0, heatmap.valueAt(9, 4));
    assertEquals(0.05f, heatmap.valueAt(3, 5), 1e-6f);
    assertEquals(0.45f, heatmap.valueAt(3, 9), 1e-6f);
    assertEquals(0.95f, heatmap.valueAt(3, 14), 1e-6f);
    assertEquals(1, heatmap.valueAt(3, 15));
    assertEquals(1, heatmap.valueAt(3, 19));
    // As many cells as pixels: each pixel has its own.
    float[] pixels = new float[200];
    pixels[3 * 20 + 7] = 1;
    Heatmap fine = heatmap(10, 20, ALL, pixels);
    assertEquals(1, fine.valueAt(3, 7));
    assertEquals(0, fine.valueAt(3, 8));
    assertEquals(0, fine.valueAt(4, 7));
  }

  @Test
  void isZeroOutsideItsRegion() {
    Heatmap heatmap = heatmap(1, 1, new PixelRegion(2, 3, 4, 5), 7);
    for (int row = 0; row < 10; row++) {
      for (int column = 0; column < 20; column++) {
        boolean inside = row >= 2 && row < 6 && column >= 3 && column < 8;
        assertEquals(inside ? 1 : 0, heatmap.valueAt(row, column));
      }
    }
    assertThrows(IndexOutOfBoundsException.class, () -> heatmap.valueAt(10, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> heatmap.valueAt(0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> heatmap.value(0, 1));
  }

  @Property
  void valuesLieBetween0And1(
      @ForAll @Size(6) float[] activations,
      @ForAll @IntRange(min = 0, max = 9) int row,
      @ForAll @IntRange(min = 0, max = 19) int column) {
    Heatmap heatmap = heatmap(2, 3, ALL, activations);
    float value = heatmap.valueAt(row, column);
    assertTrue(value >= 0 && value <= 1);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(IllegalArgumentException.class, () -> heatmap(0, 0, ALL));
    assertThrows(IllegalArgumentException.class, () -> heatmap(2, 2, ALL, 1, 2, 3));
    assertThrows(IllegalArgumentException.class, () -> heatmap(1, 1, ALL, Float.NaN));
    assertThrows(IllegalArgumentException.class, () -> heatmap(1, 1, ALL, Float.POSITIVE_INFINITY));
    assertThrows(
        IllegalArgumentException.class, () -> heatmap(1, 1, new PixelRegion(1, 0, 10, 20), 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> heatmap(1, 1, new PixelRegion(0, Integer.MAX_VALUE, 1, 2), 1));
  }

  @Property(tries = 200)
  void theGridOfTheRadiographHasItsValues(@ForAll @Size(6) float[] values) {
    float[] finite = values.clone();
    for (int i = 0; i < finite.length; i++) {
      finite[i] = Float.isFinite(finite[i]) ? finite[i] : 0;
    }
    PixelRegion region = new PixelRegion(1, 3, 7, 11);
    Heatmap heatmap = heatmap(2, 3, region, finite);
    float[] grid = heatmap.resampled(10, 20);
    for (int row = 0; row < 10; row++) {
      for (int column = 0; column < 20; column++) {
        boolean seen = row >= 1 && row < 8 && column >= 3 && column < 14;
        float value = grid[row * 20 + column];
        assertEquals(seen ? heatmap.valueAt(row, column) : Float.NaN, value);
      }
    }
  }

  @Property(tries = 200)
  void aGridOfAnySizeShowsTheSamePlaces(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns) {
    // Values that rise from left to right over the whole radiograph.
    Heatmap heatmap = heatmap(1, 4, ALL, 0, 1, 2, 3);
    float[] grid = heatmap.resampled(rows, columns);
    assertEquals(rows * columns, grid.length);
    for (int i = 0; i < grid.length; i++) {
      double cells = (i % columns + 0.5) * 4 / columns - 0.5;
      assertEquals(Math.max(0, Math.min(3, cells)) / 3, grid[i], 1e-6);
    }
    assertThrows(IllegalArgumentException.class, () -> heatmap.resampled(0, columns));
  }
}
