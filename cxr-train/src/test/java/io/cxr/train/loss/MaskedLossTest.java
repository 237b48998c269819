package io.cxr.train.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Losses of findings and of measurements, some of which are unknown. */
class MaskedLossTest {
  private static final double[] ONES = {1, 1, 1, 1};

  private static LogitLoss.MaskedBinaryCrossEntropy weighted(Random random, int units) {
    return new LogitLoss.MaskedBinaryCrossEntropy(
        random.doubles(units, 0.2, 5).toArray(), random.doubles(units, 0.2, 5).toArray());
  }

  private static double[] gradient(LogitLoss loss, double[] logits, double[] targets) {
    double[] gradient = new double[logits.length];
    loss.of(logits, targets, gradient);
    return gradient;
  }

  /** Of all losses: the derivative is the slope between two points near by. */
  @Property(tries = 200)
  void gradientsAreSlopes(
      @ForAll @IntRange(min = 1, max = 6) int units,
      @ForAll @DoubleRange(min = 0.1, max = 3) double delta,
      @ForAll long seed) {
    Random random = new Random(seed);
    double[] logits = random.doubles(units, -6, 6).toArray();
    double[] targets = random.doubles(units, 0, 1).toArray();
    targets[random.nextInt(units)] = Double.NaN;
    for (LogitLoss loss :
        List.of(
            weighted(random, units),
            new LogitLoss.MaskedHuber(delta),
            new LogitLoss.MaskedHuber(Double.POSITIVE_INFINITY))) {
      double[] gradient = gradient(loss, logits, targets);
      for (int unit = 0; unit < units; unit++) {
        double[] more = logits.clone();
        double[] less = logits.clone();
        more[unit] += 1e-5;
        less[unit] -= 1e-5;
        double[] ignored = new double[units];
        double slope = (loss.of(more, targets, ignored) - loss.of(less, targets, ignored)) / 2e-5;
        assertEquals(slope, gradient[unit], 1e-4, loss.toString());
      }
    }
  }

  /** What is unknown weighs nothing, whatever the network says of it. */
  @Property(tries = 100)
  void unknownOnesAddNothing(@ForAll @DoubleRange(min = -50, max = 50) double logit) {
    double[] targets = {1, Double.NaN, 0, Double.NaN};
    for (LogitLoss loss :
        List.of(new LogitLoss.MaskedBinaryCrossEntropy(ONES, ONES), new LogitLoss.MaskedHuber(1))) {
      double[] gradient = new double[4];
      double here = loss.of(new double[] {0.3, logit, -1, -logit}, targets, gradient);
      assertEquals(0, gradient[1]);
      assertEquals(0, gradient[3]);
      assertEquals(loss.of(new double[] {0.3, 0, -1, 0}, targets, gradient), here);
    }
  }

  @Test
  void isTheBinaryCrossEntropyOfEachFinding() {
    double[] logits = {0.7, -1.2, 2, 0};
    double[] targets = {1, 0, 0, 1};
    double expected = 0;
    for (int k = 0; k < 4; k++) {
      double p = 1 / (1 + Math.exp(-logits[k]));
      expected -= targets[k] * Math.log(p) + (1 - targets[k]) * Math.log(1 - p);
    }
    LogitLoss loss = new LogitLoss.MaskedBinaryCrossEntropy(ONES, ONES);
    assertEquals(expected, loss.of(logits, targets, new double[4]), 1e-12);
    // Weights count present and absent ones apart.
    LogitLoss doubled =
        new LogitLoss.MaskedBinaryCrossEntropy(
            new double[] {3, 3, 3, 3}, new double[] {0, 0, 0, 0});
    double present = -Math.log(1 / (1 + Math.exp(-0.7))) - Math.log(0.5);
    assertEquals(3 * present, doubled.of(logits, targets, new double[4]), 1e-12);
    // Far logits neither overflow nor lose their slope.
    double[] gradient = new double[1];
    LogitLoss one = new LogitLoss.MaskedBinaryCrossEntropy(new double[] {1}, new double[] {1});
    assertEquals(800, one.of(new double[] {-800}, new double[] {1}, gradient), 1e-9);
    assertEquals(-1, gradient[0], 1e-9);
    assertTrue(Double.isNaN(one.of(new double[] {Double.NaN}, new double[] {1}, gradient)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LogitLoss.MaskedBinaryCrossEntropy(new double[1], new double[2]));
  }

  @Test
  void hubersLossIsALineFarOff() {
    LogitLoss loss = new LogitLoss.MaskedHuber(1);
    double[] target = {0};
    double[] gradient = new double[1];
    assertEquals(0.125, loss.of(new double[] {0.5}, target, gradient), 1e-12);
    assertEquals(4.5, loss.of(new double[] {5}, target, gradient), 1e-12);
    assertEquals(1, gradient[0]);
    LogitLoss squared = new LogitLoss.MaskedHuber(Double.POSITIVE_INFINITY);
    assertEquals(12.5, squared.of(new double[] {5}, target, gradient), 1e-12);
    assertTrue(Double.isNaN(loss.of(new double[] {Double.NaN}, target, gradient)));
    assertEquals("[1.0]", Arrays.toString(gradient(loss, new double[] {9}, target)));
  }
}
