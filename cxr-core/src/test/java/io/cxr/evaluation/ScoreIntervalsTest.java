package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScoreIntervalsTest {
  private static void assertInterval(double low, double high, Interval found, double tolerance) {
    assertEquals(low, found.low(), tolerance);
    assertEquals(high, found.high(), tolerance);
  }

  private static Interval share(int right, int all) {
    boolean[] counted = new boolean[all];
    boolean[] met = new boolean[all];
    Arrays.fill(counted, true);
    Arrays.fill(met, 0, right, true);
    return Bootstrap.ofSamples(all, 1).interval(new Proportion(counted, met)).orElseThrow();
  }

  /** Newcombe, Statistics in Medicine 17, 1998, table I, method 3. */
  @Test
  void wilsonsIntervalsAreThoseOfTheLiterature() {
    assertInterval(0.2553, 0.3662, share(81, 263), 5e-5);
    assertInterval(0.0624, 0.1605, share(15, 148), 5e-4);
    assertInterval(0, 0.1611, share(0, 20), 5e-5);
    assertInterval(0.0061, 0.1718, share(1, 29), 5e-5);
    // scipy.stats.binomtest(19, 20).proportion_ci(method="wilson")
    assertInterval(0.7639, 0.9911, share(19, 20), 5e-5);
  }

  @Test
  void patientsOfManyAlikeImagesCountAsFew() {
    List<String> patients = IntStream.range(0, 80).mapToObj(i -> "patient " + i / 4).toList();
    boolean[] counted = new boolean[80];
    Arrays.fill(counted, true);
    boolean[] alike = new boolean[80];
    boolean[] unlike = new boolean[80];
    for (int i = 0; i < 80; i++) {
      alike[i] = i / 4 % 2 == 0;
      unlike[i] = i % 2 == 0;
    }
    List<int[]> groups = Bootstrap.ofGroups(patients, 1).groups();
    assertEquals(20, ScoreIntervals.effectiveSamples(groups, counted, alike), 1e-9);
    assertEquals(80, ScoreIntervals.effectiveSamples(groups, counted, unlike), 1e-9);
    boolean[] one = new boolean[80];
    one[7] = true;
    double nearNone = ScoreIntervals.effectiveSamples(groups, counted, one);
    double none = ScoreIntervals.effectiveSamples(groups, counted, new boolean[80]);
    assertEquals(20, none, 1e-9);
    assertTrue(nearNone > none && nearNone < 40, "no jump from none to one: " + nearNone);
    List<int[]> strangers = Bootstrap.ofSamples(80, 1).groups();
    assertEquals(80, ScoreIntervals.effectiveSamples(strangers, counted, one), 1e-9);
  }

  /** How often an interval has the true share, over patients whose images are alike. */
  private static double coverage(double share, double alike, int patients, long seed) {
    Random random = new Random(seed);
    int inside = 0;
    int rounds = 2000;
    for (int round = 0; round < rounds; round++) {
      List<String> of = new ArrayList<>();
      List<Boolean> right = new ArrayList<>();
      for (int patient = 0; patient < patients; patient++) {
        boolean common = random.nextDouble() < share;
        int images = 1 + random.nextInt(5);
        for (int image = 0; image < images; image++) {
          of.add("patient " + patient);
          right.add(random.nextDouble() < alike ? common : random.nextDouble() < share);
        }
      }
      boolean[] counted = new boolean[of.size()];
      boolean[] met = new boolean[of.size()];
      for (int i = 0; i < met.length; i++) {
        counted[i] = true;
        met[i] = right.get(i);
      }
      Interval found =
          Bootstrap.ofGroups(of, 1).interval(new Proportion(counted, met)).orElseThrow();
      inside += found.low() <= share && share <= found.high() ? 1 : 0;
    }
    return inside / (double) rounds;
  }

  @Test
  void sharesAreCoveredHoweverAlikeAPatientsImagesAre() {
    for (double share : new double[] {0.5, 0.9, 0.98}) {
      for (double alike : new double[] {0, 0.5, 1}) {
        for (int patients : new int[] {20, 60}) {
          double coverage = coverage(share, alike, patients, 7);
          assertTrue(
              coverage >= 0.925,
              coverage + " for " + share + " of " + patients + " patients, alike " + alike);
        }
      }
    }
  }

  /** Newcombe, Statistics in Medicine 25, 2006: the bounds solve the equation of the method. */
  @Test
  void anAreasBoundsAreThoseAtWhichItsVarianceJustAllowsIt() {
    Interval found = ScoreIntervals.area(0.98, 20, 80);
    for (double bound : new double[] {found.low(), found.high()}) {
      double variance =
          bound * (1 - bound) / 1600 * (1 + 49 * ((1 - bound) / (2 - bound) + bound / (1 + bound)));
      assertEquals(1.959963984540054 * Math.sqrt(variance), Math.abs(0.98 - bound), 1e-9);
    }
    assertTrue(found.low() < 0.91 && found.high() < 1, found.toString());
    assertEquals(1, ScoreIntervals.area(1, 20, 80).high());
  }

  @Test
  void anAreaNearOneIsCovered() {
    Random random = new Random(3);
    // Normal scores 3 apart: the area is Phi(3 / sqrt(2)).
    double area = 0.98305;
    int inside = 0;
    int rounds = 150;
    for (int round = 0; round < rounds; round++) {
      int n = 60;
      boolean[] positive = new boolean[n];
      boolean[] among = new boolean[n];
      double[] scores = new double[n];
      for (int i = 0; i < n; i++) {
        among[i] = true;
        positive[i] = i < 12;
        scores[i] = random.nextGaussian() + (positive[i] ? 3 : 0);
      }
      Interval found =
          Bootstrap.ofSamples(n, 1)
              .interval(RankedScores.of(positive, scores, among))
              .orElseThrow();
      inside += found.low() <= area && area <= found.high() ? 1 : 0;
    }
    assertTrue(inside >= 0.92 * rounds, inside + " of " + rounds);
  }

  @Test
  void meansAndDifferencesAreNoSurerThanTheirParts() {
    // Newcombe, Statistics in Medicine 17, 1998: 56 of 70 less 48 of 80 by method 10.
    Interval difference =
        ScoreIntervals.difference(
            ScoreIntervals.wilson(56 / 70.0, 70), ScoreIntervals.wilson(48 / 80.0, 80));
    assertInterval(0.0524, 0.3339, difference, 5e-5);
    boolean[] first = new boolean[40];
    boolean[] second = new boolean[40];
    Arrays.fill(first, 0, 20, true);
    Arrays.fill(second, 20, 40, true);
    boolean[] all = new boolean[40];
    Arrays.fill(all, true);
    Interval mean =
        Bootstrap.ofSamples(40, 1)
            .interval(
                Statistic.mean(List.of(new Proportion(first, all), new Proportion(second, all))))
            .orElseThrow();
    // All resamples agree: no surer than the part of fewest images.
    assertInterval(0.8389, 1, mean, 1e-4);
  }

  /** The Jaccard index of 18 of 22 images is the F1 score of 36 / 40. */
  @Test
  void anF1ScoreHasTheIntervalOfItsShare() {
    boolean[] truths = new boolean[100];
    boolean[] answers = new boolean[100];
    Arrays.fill(truths, 0, 20, true);
    Arrays.fill(answers, 2, 22, true);
    Interval found =
        Bootstrap.ofSamples(100, 1).interval(new F1Score(truths, answers)).orElseThrow();
    assertEquals(0.9, found.value(), 1e-12);
    Interval index = ScoreIntervals.wilson(18 / 22.0, 22);
    assertInterval(
        2 * index.low() / (1 + index.low()), 2 * index.high() / (1 + index.high()), found, 1e-12);
  }

  /**
   * The true sensitivity and specificity of a threshold that was chosen on few images, of scores
   * that are normal: without the choice the intervals had them too seldom.
   */
  @Test
  void aChosenThresholdsFiguresAreCovered() {
    int inside = 0;
    int insideOther = 0;
    double optimism = 0;
    int rounds = 200;
    Random random = new Random(11);
    for (int round = 0; round < rounds; round++) {
      int n = 120;
      int[] truth = new int[n];
      List<double[]> answers = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        truth[i] = i < 30 ? 1 : 0;
        double p = 1 / (1 + Math.exp(-random.nextGaussian() - (truth[i] == 1 ? 1.5 : -1)));
        answers.add(new double[] {1 - p, p});
      }
      OperatingThreshold found =
          OperatingPoints.fit(
              "B", 1, answers, truth, Aim.SENSITIVITY, 0.9, Bootstrap.ofSamples(n, round));
      double logit = Math.log(found.threshold() / (1 - found.threshold()));
      double sensitivity = 1 - normal(logit - 1.5);
      inside += has(found.sensitivity(), sensitivity) ? 1 : 0;
      insideOther += has(found.specificity(), normal(logit + 1)) ? 1 : 0;
      optimism += found.sensitivity().value() - sensitivity;
    }
    assertTrue(optimism > 0.01 * rounds, "chosen figures flatter: " + optimism / rounds);
    assertTrue(inside >= 0.92 * rounds, inside + " of " + rounds);
    assertTrue(insideOther >= 0.92 * rounds, insideOther + " of " + rounds);
  }

  private static boolean has(Estimate estimate, double value) {
    return estimate.low() <= value && value <= estimate.high();
  }

  /** The standard normal distribution (Abramowitz and Stegun, 26.2.17). */
  private static double normal(double x) {
    double t = 1 / (1 + 0.2316419 * Math.abs(x));
    double tail =
        Math.exp(-x * x / 2)
            / Math.sqrt(2 * Math.PI)
            * t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return x > 0 ? 1 - tail : tail;
  }

  @Test
  void nineteenOfTwentyIsNoLongerNearCertain() {
    int[] truth = new int[100];
    Arrays.fill(truth, 0, 20, 1);
    List<double[]> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      double p = i == 0 ? 0.1 : i < 20 ? 0.9 - i * 0.001 : 0.2 + i * 0.001;
      answers.add(new double[] {1 - p, p});
    }
    OperatingThreshold found =
        OperatingPoints.fit(
            "B", 1, answers, truth, Aim.SENSITIVITY, 0.95, Bootstrap.ofSamples(100, 1));
    assertEquals(0.95, found.sensitivity().value(), 1e-12);
    assertTrue(found.sensitivity().low() < 0.78, found.sensitivity().toString());
    assertTrue(found.sensitivity().high() < 1, found.sensitivity().toString());
  }
}
