package io.cxr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LungFieldsTest {
  /** Two lungs, the left one with a hole, and a speck. */
  private static final String[] CHEST = {
    "........", //
    ".##..##.",
    ".##..##.",
    ".##..#.#",
    ".##..###",
    "........",
    ".......#",
    "........"
  };

  private static LungFields of(String... rows) {
    float[] probabilities = new float[rows.length * rows[0].length()];
    for (int i = 0; i < probabilities.length; i++) {
      boolean lung = rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#';
      probabilities[i] = lung ? 1 : 0;
    }
    return LungFields.ofProbabilities(rows.length, rows[0].length(), probabilities);
  }

  @Test
  void keepsTwoPartsAndLeavesSpecksOut() {
    LungFields lungs = of(CHEST);
    assertTrue(lungs.contains(2 / 8.0, 2.5 / 8));
    assertTrue(lungs.contains(6 / 8.0, 2.5 / 8));
    assertFalse(lungs.contains(7.5 / 8, 6.5 / 8), "the speck");
    assertFalse(lungs.contains(4 / 8.0, 2.5 / 8), "between the lungs");
    assertFalse(lungs.contains(1, 0.5) || lungs.contains(-0.1, 0.5), "outside the picture");
    assertEquals(lungs.rows(), 256);
  }

  @Test
  void fillsHoles() {
    LungFields ring = of("........", ".####...", ".#..#...", ".#..#...", ".####...", "........");
    assertTrue(ring.contains(3 / 8.0, 0.5));
    assertFalse(ring.contains(6 / 8.0, 0.5));
  }

  @Test
  void bordersAreInterpolated() {
    // Half way between a cell that is lung and one that is not.
    LungFields lungs = of("#...", "#...");
    assertTrue(lungs.contains(0.99 / 4, 0.5));
    assertFalse(lungs.contains(1.02 / 4, 0.5));
    assertEquals(0.25, lungs.share(), 0.01);
  }

  @Test
  void hasABoundingBoxInPixels() {
    LungFields lungs = of("....", ".##.", ".##.", "....");
    PixelRegion box = lungs.boundingBox(400, 800).orElseThrow();
    assertEquals(100, box.row(), 2);
    assertEquals(200, box.column(), 4);
    assertEquals(200, box.rows(), 4);
    assertEquals(400, box.columns(), 8);
    assertEquals(
        Optional.of(new PixelRegion(0, 0, 3, 5)), of("##", "##").boundingBox(3, 5), "all of it");
    LungFields none = of("..", "..");
    assertTrue(none.isEmpty());
    assertEquals(Optional.empty(), none.boundingBox(10, 10));
  }

  @Test
  void anEvenHeatmapHasTheLungsShare() {
    LungFields lungs = of(CHEST);
    assertEquals(lungs.share(), lungs.shareOf(heatmap(1, 1, 1)), 1e-6);
    assertTrue(Double.isNaN(lungs.shareOf(heatmap(1, 1, 0))));
    float[] left = new float[64];
    left[2 * 8 + 1] = 1;
    left[3 * 8 + 1] = 1;
    assertTrue(lungs.shareOf(heatmap(8, 8, left)) > 2 * lungs.share());
    assertEquals(1, of("#").shareOf(heatmap(8, 8, left)), 1e-6);
  }

  private static Heatmap heatmap(int rows, int columns, float... values) {
    return Heatmap.ofActivations(
        "A", rows, columns, values, new PixelRegion(0, 0, 300, 200), 300, 200);
  }

  @Test
  void comparesFieldsOfAnyGrids() {
    LungFields lungs = of(CHEST);
    assertEquals(1, lungs.intersectionOverUnion(lungs));
    assertEquals(1, of("..").intersectionOverUnion(of("....")), "both are empty");
    assertEquals(0, lungs.intersectionOverUnion(of("..")));
    LungFields left = mask(4, 4, 2);
    LungFields most = mask(2, 4, 3);
    assertEquals(2 / 3.0, left.intersectionOverUnion(most), 1e-9);
    assertEquals(2 / 3.0, most.intersectionOverUnion(left), 1e-9);
  }

  /** A mask whose first columns are lung. */
  private static LungFields mask(int rows, int columns, int lung) {
    byte[] gray = new byte[rows * columns];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (i % columns < lung ? 200 : 0);
    }
    return LungFields.ofMask(Radiograph.ofGray8(rows, columns, gray));
  }

  @Test
  void aMaskIsTakenAsItIs() {
    LungFields lungs = mask(5, 4, 1);
    assertEquals(0.25, lungs.share());
    assertEquals(lungs, LungFields.ofMask(lungs.toMask()));
    assertEquals(lungs.hashCode(), LungFields.ofMask(lungs.toMask()).hashCode());
  }

  @Test
  void refusesWhatIsNoProbability() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LungFields.ofProbabilities(1, 2, new float[] {0, Float.NaN}));
    assertThrows(
        IllegalArgumentException.class,
        () -> LungFields.ofProbabilities(1, 2, new float[] {0, 1.5f}));
    assertThrows(
        IllegalArgumentException.class, () -> LungFields.ofProbabilities(2, 2, new float[2]));
  }
}
