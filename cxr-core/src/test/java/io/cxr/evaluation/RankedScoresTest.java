package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RankedScoresTest {

  /** Counting a sample several times is having it several times, and leaving out is not having. */
  @Property(tries = 200)
  void theAreaIsThatOfTheCurve(@ForAll long seed) {
    Random random = new Random(seed);
    int n = 2 + random.nextInt(40);
    boolean[] positive = new boolean[n];
    boolean[] among = new boolean[n];
    double[] scores = new double[n];
    int[] times = new int[n];
    List<Integer> copies = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      positive[i] = random.nextBoolean();
      among[i] = random.nextInt(4) > 0;
      scores[i] = random.nextInt(6) == 0 ? -0.0 : random.nextInt(6);
      times[i] = random.nextInt(3);
      for (int j = 0; among[i] && j < times[i]; j++) {
        copies.add(i);
      }
    }
    boolean[] positiveCopies = new boolean[copies.size()];
    double[] scoresOfCopies = new double[copies.size()];
    for (int i = 0; i < copies.size(); i++) {
      positiveCopies[i] = positive[copies.get(i)];
      scoresOfCopies[i] = scores[copies.get(i)];
    }
    assertEquals(
        RocCurve.of(positiveCopies, scoresOfCopies).map(RocCurve::area).orElse(Double.NaN),
        RankedScores.of(positive, scores, among).of(times));
  }

  @Test
  void refusesWhatCannotBeRanked() {
    boolean[] two = {true, false};
    double[] broken = {0.5, Double.NaN};
    assertThrows(
        IllegalArgumentException.class,
        () -> RankedScores.of(two, broken, new boolean[] {true, true}));
    assertThrows(IllegalArgumentException.class, () -> RankedScores.of(two, new double[1], two));
    int[] once = new int[2];
    Arrays.fill(once, 1);
    // Who is not ranked need not have a score.
    assertTrue(Double.isNaN(RankedScores.of(two, broken, new boolean[] {true, false}).of(once)));
  }
}
