package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OperatingPointsTest {
  /** Answers on a coarse scale, so that many are alike. */
  private static List<double[]> answers(int count, long seed, int[] truth) {
    Random random = new Random(seed);
    List<double[]> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      truth[i] = i < 2 ? i : random.nextInt(2);
      double p = Math.round((random.nextDouble() + truth[i]) / 2 * 20) / 20.0;
      answers.add(new double[] {1 - p, p});
    }
    return answers;
  }

  private static double share(
      List<double[]> answers, int[] truth, double threshold, boolean ofPositives) {
    int all = 0;
    int right = 0;
    for (int i = 0; i < truth.length; i++) {
      if ((truth[i] == 1) == ofPositives) {
        all++;
        right += (answers.get(i)[1] >= threshold) == ofPositives ? 1 : 0;
      }
    }
    return (double) right / all;
  }

  @Provide
  Arbitrary<Aim> fitted() {
    return Arbitraries.of(Aim.FITTED);
  }

  @Property(tries = 60)
  void reachesTheWishAndGivesAwayNoMore(
      @ForAll @IntRange(min = 2, max = 60) int count,
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.05, max = 1) double target,
      @ForAll("fitted") Aim aim) {
    int[] truth = new int[count];
    List<double[]> answers = answers(count, seed, truth);
    OperatingThreshold found =
        OperatingPoints.fit("B", 1, answers, truth, aim, target, Bootstrap.ofSamples(count, 1));
    boolean sensitivity = aim == Aim.SENSITIVITY;
    double reached = share(answers, truth, found.threshold(), sensitivity);
    assertEquals(reached, (sensitivity ? found.sensitivity() : found.specificity()).value(), 1e-12);
    boolean atTheEnd = found.threshold() == 1 && !sensitivity;
    assertTrue(reached >= target - 1e-9 || atTheEnd, reached + " of " + target);
    // No other threshold that reaches the wish is better at the other figure.
    double other = share(answers, truth, found.threshold(), !sensitivity);
    for (int step = 0; step <= 40; step++) {
      double threshold = step / 40.0;
      if (share(answers, truth, threshold, sensitivity) >= target - 1e-9) {
        assertTrue(share(answers, truth, threshold, !sensitivity) <= other + 1e-12);
      }
    }
  }

  @Test
  void refusesALabelThatNoneOrAllHave() {
    List<double[]> answers = List.of(new double[] {0.5, 0.5}, new double[] {0.5, 0.5});
    Bootstrap bootstrap = Bootstrap.ofSamples(2, 1);
    for (int[] truth : List.of(new int[] {1, 1}, new int[] {0, 0})) {
      for (Aim aim : Aim.FITTED) {
        assertThrows(
            IllegalArgumentException.class,
            () -> OperatingPoints.fit("B", 1, answers, truth, aim, 0.9, bootstrap));
      }
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            OperatingPoints.fit("B", 1, answers, new int[] {0, 1}, Aim.SENSITIVITY, 0, bootstrap));
  }
}
