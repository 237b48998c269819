package io.cxr.train.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DirectionPenaltyTest {
  private static final int FEATURES = 7;
  private static final int UNITS = 3;

  private static List<double[]> directions(Random random, int count) {
    List<double[]> directions = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      directions.add(random.doubles(FEATURES, -1, 1).toArray());
    }
    return directions;
  }

  /** {@code strength / 2 * sum over units and directions of (d . w)^2}. */
  private static double written(List<double[]> directions, double strength, double[] weights) {
    double sum = 0;
    for (int unit = 0; unit < UNITS; unit++) {
      for (double[] direction : directions) {
        double along = 0;
        for (int i = 0; i < FEATURES; i++) {
          along += direction[i] * weights[unit * FEATURES + i];
        }
        sum += along * along;
      }
    }
    return strength / 2 * sum;
  }

  @Property(tries = 60)
  void isTheSumOfSquaresAlongTheDirections(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 9) int count) {
    Random random = new Random(seed);
    List<double[]> directions = directions(random, count);
    for (int k = 0; k < count; k++) {
      // Seven that are drawn alone may nearly depend on each other.
      directions.get(k)[k % FEATURES] += 2 * FEATURES;
    }
    // The second time the same one: it is no direction of its own.
    directions.add(directions.get(0));
    DirectionPenalty penalty = DirectionPenalty.of(directions, 2.5);
    assertEquals(Math.min(count, FEATURES), penalty.rank());
    double[] weights = random.doubles((FEATURES + 1) * UNITS, -1, 1).toArray();
    double[] gradient = new double[weights.length];
    assertEquals(written(directions, 2.5, weights), penalty.add(weights, UNITS, gradient), 1e-9);
    for (int i = 0; i < weights.length; i++) {
      double[] more = weights.clone();
      double[] less = weights.clone();
      more[i] += 1e-4;
      less[i] -= 1e-4;
      double slope = (written(directions, 2.5, more) - written(directions, 2.5, less)) / 2e-4;
      assertEquals(slope, gradient[i], 1e-6);
    }
  }

  /** {@code (I + rate * strength * B) damped = g + strength * B w}. */
  @Property(tries = 60)
  void dampsBothGradients(@ForAll long seed) {
    Random random = new Random(seed);
    DirectionPenalty penalty = DirectionPenalty.of(directions(random, 4), 30);
    float[] weights = new float[FEATURES * UNITS];
    float[] gradient = new float[weights.length];
    double[] expected = new double[weights.length];
    double[] point = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextFloat();
      gradient[i] = random.nextFloat();
      point[i] = weights[i];
      expected[i] = gradient[i];
    }
    penalty.add(point, UNITS, expected);
    penalty.addDamped(weights, UNITS, 0.1, gradient);
    double[] found = new double[weights.length];
    for (int i = 0; i < found.length; i++) {
      point[i] = gradient[i];
    }
    penalty.add(point, UNITS, found);
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i], point[i] + 0.1 * found[i], 1e-3);
    }
  }

  /**
   * With rows scaled, {@code |v|^2} is {@code |w|^2 + factor * strength * w' B w} for the same
   * products.
   */
  @Property(tries = 60)
  void scaledRowsHaveThePenaltyInTheirLength(@ForAll long seed) {
    Random random = new Random(seed);
    List<double[]> directions = directions(random, 3);
    DirectionPenalty penalty = DirectionPenalty.of(directions, 4);
    double[] v = random.doubles(FEATURES, -1, 1).toArray();
    double[] row = random.doubles(FEATURES, -1, 1).toArray();
    double[] w = v.clone();
    penalty.scale(w, 5);
    double[] scaled = row.clone();
    penalty.scale(scaled, 5);
    assertEquals(dot(v, scaled), dot(w, row), 1e-9);
    double along = 0;
    for (double[] direction : directions) {
      along += dot(direction, w) * dot(direction, w);
    }
    assertEquals(dot(v, v), dot(w, w) + 5 * 4 * along, 1e-9);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void withoutStrengthNothingChanges() {
    DirectionPenalty none = DirectionPenalty.of(directions(new Random(1), 3), 0);
    double[] row = {1, 2, 3, 4, 5, 6, 7};
    none.scale(row, 10);
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 7}, row);
    assertThrows(IllegalArgumentException.class, () -> DirectionPenalty.of(List.of(), 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> DirectionPenalty.of(directions(new Random(1), 1), -1));
  }
}
