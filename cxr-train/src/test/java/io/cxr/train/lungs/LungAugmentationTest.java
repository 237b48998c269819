package io.cxr.train.lungs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LungAugmentationTest {
  private static final int SIDE = 32;

  private static float[] disc(int side, double x, double y, double radius) {
    float[] disc = new float[side * side];
    for (int i = 0; i < disc.length; i++) {
      int row = i / side;
      double dx = (i % side + 0.5) / side - x;
      double dy = (row + 0.5) / side - y;
      disc[i] = dx * dx + dy * dy < radius * radius ? 1 : 0;
    }
    return disc;
  }

  private static double[] centre(float[] values, int side) {
    double sum = 0;
    double x = 0;
    double y = 0;
    for (int i = 0; i < values.length; i++) {
      int row = i / side;
      sum += values[i];
      x += values[i] * (i % side + 0.5) / side;
      y += values[i] * (row + 0.5) / side;
    }
    return new double[] {x / sum, y / sum};
  }

  @Test
  void aFilmAndItsCoarserMaskAreMovedAlike() {
    boolean anyMoved = false;
    for (long seed = 0; seed < 30; seed++) {
      LungAugmentation change = new LungAugmentation(new SplittableRandom(seed));
      double[] film = centre(change.moved(disc(2 * SIDE, 0.4, 0.55, 0.2), 2 * SIDE), 2 * SIDE);
      double[] mask = centre(change.moved(disc(SIDE, 0.4, 0.55, 0.2), SIDE), SIDE);
      assertEquals(film[0], mask[0], 0.01, "seed " + seed);
      assertEquals(film[1], mask[1], 0.01, "seed " + seed);
      anyMoved |= Math.abs(film[0] - 0.4) > 0.1;
    }
    assertTrue(anyMoved);
  }

  @Test
  void repaintedFilmsStayInRangeAndDiffer() {
    float[] film = disc(SIDE, 0.5, 0.5, 0.3);
    float[] before = film.clone();
    for (long seed = 0; seed < 30; seed++) {
      float[] painted = new LungAugmentation(new SplittableRandom(seed)).repainted(film, SIDE);
      for (float value : painted) {
        assertTrue(value >= 0 && value <= 1, "seed " + seed);
      }
      assertTrue(!Arrays.equals(film, painted), "seed " + seed);
    }
    assertTrue(Arrays.equals(before, film), "the film itself is left as it is");
  }
}
