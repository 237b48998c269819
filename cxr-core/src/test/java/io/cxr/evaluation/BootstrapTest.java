package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static Interval interval(Bootstrap bootstrap, double[] values) {
    return bootstrap.interval(Statistic.meanOf(values)).orElseThrow();
  }

  private static double[] values(int count) {
    return new Random(5).doubles(count).toArray();
  }

  @Test
  void aMeansIntervalIsTheNormalOne() {
    double[] values = values(400);
    Interval interval = interval(Bootstrap.ofSamples(400, 1), values);
    double mean = Arrays.stream(values).average().orElseThrow();
    double variance =
        IntStream.range(0, 400).mapToDouble(i -> values[i] - mean).map(d -> d * d).sum() / 400;
    double half = 1.96 * Math.sqrt(variance / 400);
    assertEquals(mean, interval.value(), 1e-12);
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
    Interval grouped = interval(Bootstrap.ofGroups(patients, 1), four);
    Interval alone = interval(Bootstrap.ofSamples(100, 1), once);
    assertEquals(alone.low(), grouped.low(), 1e-12);
    assertEquals(alone.high(), grouped.high(), 1e-12);
    Interval strangers = interval(Bootstrap.ofSamples(400, 1), four);
    assertTrue(strangers.high() - strangers.low() < 0.6 * (grouped.high() - grouped.low()));
  }

  @Test
  void theSeedDecides() {
    double[] values = values(30);
    Interval first = interval(Bootstrap.ofSamples(30, 1), values);
    assertEquals(first, interval(Bootstrap.ofSamples(30, 1), values));
    assertNotEquals(first, interval(Bootstrap.ofSamples(30, 2), values));
  }

  @Test
  void resamplesWithoutAFigureAreLeftOut() {
    // Defined only where sample 0 was drawn, as an AUROC needs both labels.
    Statistic figure =
        times -> times[0] == 0 ? Double.NaN : times[2] / (double) (times[0] + times[1] + times[2]);
    double[] drawn = new double[2000];
    Bootstrap.ofSamples(3, 1)
        .forEachResample((resample, times) -> drawn[resample] = figure.of(times));
    double[] defined = Arrays.stream(drawn).filter(each -> !Double.isNaN(each)).sorted().toArray();
    assertTrue(defined.length < 1600 && defined.length > 1200, defined.length + " of 2000");
    Interval interval = Bootstrap.ofSamples(3, 1).interval(figure).orElseThrow();
    assertEquals(defined[0], interval.low());
    assertEquals(defined[defined.length - 1], interval.high(), 1e-12);
    assertEquals(Optional.empty(), Bootstrap.ofSamples(3, 1).interval(times -> Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Bootstrap.ofSamples(0, 1));
  }

  @Test
  void groupsAreDrawnWhole() {
    List<String> patients = IntStream.range(0, 60).mapToObj(i -> "patient " + i / 3).toList();
    int[] resamples = {0};
    Bootstrap.ofGroups(patients, 4)
        .forEachResample(
            (resample, times) -> {
              assertEquals(resamples[0]++, resample);
              assertEquals(60, Arrays.stream(times).sum());
              for (int i = 0; i < 60; i++) {
                assertEquals(times[i / 3 * 3], times[i]);
              }
            });
    assertEquals(2000, resamples[0]);
  }

  /** Wilson, 1927: 20 of 20 is 0.839 or more, and with 5 patients 0.566 or more. */
  @Test
  void whereAllResamplesAgreeTheIntervalIsWilsons() {
    boolean[] all = new boolean[20];
    Arrays.fill(all, true);
    Proportion everything = new Proportion(all, all);
    Interval strangers =
        Bootstrap.ofSamples(20, 1).intervals(List.of(everything)).get(0).orElseThrow();
    assertEquals(1, strangers.high());
    assertEquals(0.8389, strangers.low(), 1e-4);
    List<String> patients = IntStream.range(0, 20).mapToObj(i -> "patient " + i / 4).toList();
    Interval few =
        Bootstrap.ofGroups(patients, 1).intervals(List.of(everything)).get(0).orElseThrow();
    assertEquals(0.5655, few.low(), 1e-4);
    Interval nothing =
        Bootstrap.ofSamples(20, 1)
            .intervals(List.of(new Proportion(all, new boolean[20])))
            .get(0)
            .orElseThrow();
    assertEquals(0, nothing.low());
    assertEquals(0.1611, nothing.high(), 1e-4);
  }

  @Test
  void roundingIsNoDisagreement() {
    double[] same = new double[100];
    Arrays.fill(same, 0.16);
    Interval found = interval(Bootstrap.ofSamples(100, 1), same);
    Interval expected = ScoreIntervals.wilson(0.16, 100);
    assertEquals(expected.low(), found.low(), 1e-9);
    assertEquals(expected.high(), found.high(), 1e-9);
  }

  /** Half of all resamples are of one patient twice: their median may be their upper end. */
  @Test
  void anErrorOfTwoPatientsIsNotCertain() {
    boolean[] both = {true, true};
    boolean[] right = {true, false};
    CalibrationError error = new CalibrationError(both, new double[] {0.5, 0.5}, right);
    for (int seed = 0; seed < 20; seed++) {
      Interval found = Bootstrap.ofSamples(2, seed).interval(error).orElseThrow();
      assertEquals(0, found.value());
      assertTrue(found.high() > 0.4, found::toString);
    }
  }

  @Test
  void aFigureThatIsNotDefinedHasNoInterval() {
    assertEquals(
        List.of(Optional.empty()),
        Bootstrap.ofSamples(3, 1).intervals(List.of(Statistic.UNDEFINED)));
  }

  /** Perfect ranking of 4 patients with the finding and 100 without is as sure as 4 of 4. */
  @Test
  void anAreaIsAsSureAsTheRarerKind() {
    boolean[] positive = new boolean[104];
    boolean[] among = new boolean[104];
    Arrays.fill(positive, 0, 4, true);
    Arrays.fill(among, true);
    double[] scores = IntStream.range(0, 104).mapToDouble(i -> -i).toArray();
    Interval found =
        Bootstrap.ofSamples(104, 1)
            .intervals(List.of(RankedScores.of(positive, scores, among)))
            .get(0)
            .orElseThrow();
    assertEquals(1, found.value());
    assertEquals(4 / (4 + 1.959964 * 1.959964), found.low(), 1e-6);
  }
}
