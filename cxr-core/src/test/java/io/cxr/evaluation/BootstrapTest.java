package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static double mean(double[] values, int[] indices) {
    return IntStream.of(indices).mapToDouble(i -> values[i]).average().orElse(Double.NaN);
  }

  private static double[] values(int count) {
    return new Random(5).doubles(count).toArray();
  }

  @Test
  void aMeansIntervalIsTheNormalOne() {
    double[] values = values(400);
    Interval interval = Bootstrap.ofSamples(400, 1).interval(i -> mean(values, i));
    double mean = mean(values, IntStream.range(0, 400).toArray());
    double variance =
        IntStream.range(0, 400).mapToDouble(i -> values[i] - mean).map(d -> d * d).sum() / 400;
    double half = 1.96 * Math.sqrt(variance / 400);
    assertEquals(mean, interval.value());
    assertEquals(mean - half, interval.low(), 0.1 * half);
    assertEquals(mean + half, interval.high(), 0.1 * half);
  }

  @Test
  void copiesOfOnePatientSayNoMoreThanOne() {
    double[] once = values(100);
    double[] four = new double[400];
    List<String> patients = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      four[i] = once[i / 4];
      patients.add("patient " + i / 4);
    }
    Interval grouped = Bootstrap.ofGroups(patients, 1).interval(i -> mean(four, i));
    Interval alone = Bootstrap.ofSamples(100, 1).interval(i -> mean(once, i));
    assertEquals(alone.low(), grouped.low(), 1e-12);
    assertEquals(alone.high(), grouped.high(), 1e-12);
    Interval strangers = Bootstrap.ofSamples(400, 1).interval(i -> mean(four, i));
    assertTrue(strangers.high() - strangers.low() < 0.6 * (grouped.high() - grouped.low()));
  }

  @Test
  void theSeedDecides() {
    double[] values = values(30);
    Interval first = Bootstrap.ofSamples(30, 1).interval(i -> mean(values, i));
    assertEquals(first, Bootstrap.ofSamples(30, 1).interval(i -> mean(values, i)));
    assertNotEquals(first, Bootstrap.ofSamples(30, 2).interval(i -> mean(values, i)));
  }

  @Test
  void resamplesWithoutAFigureAreLeftOut() {
    // Defined only where sample 0 was drawn, as an AUROC needs both labels.
    Interval interval =
        Bootstrap.ofSamples(3, 1)
            .interval(i -> IntStream.of(i).anyMatch(x -> x == 0) ? i[0] : Double.NaN);
    assertEquals(0, interval.low());
    assertEquals(2, interval.high());
    Interval never = Bootstrap.ofSamples(3, 1).interval(i -> Double.NaN);
    assertTrue(Double.isNaN(never.low()) && Double.isNaN(never.high()));
    assertThrows(IllegalArgumentException.class, () -> Bootstrap.ofSamples(0, 1));
  }
}
