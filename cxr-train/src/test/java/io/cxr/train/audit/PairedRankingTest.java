package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.RocCurve;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The area within folds, weighted by patients, and its interval. */
class PairedRankingTest {

  @Property(tries = 200)
  void oneFoldIsTheOrdinaryArea(@ForAll long seed) {
    Random random = new Random(seed);
    int n = 4 + random.nextInt(40);
    double[] scores = random.ints(n, 0, 12).asDoubleStream().toArray();
    boolean[] positive = new boolean[n];
    for (int i = 2; i < n; i++) {
      positive[i] = random.nextBoolean();
    }
    positive[0] = true;
    assertEquals(
        RocCurve.of(positive, scores).orElseThrow().area(),
        new PairedRanking(scores, positive, new int[n]).area(n),
        1e-12);
  }

  @Property(tries = 100)
  void countingAnImageTwiceIsHavingItTwice(@ForAll long seed) {
    Random random = new Random(seed);
    int n = 20;
    double[] scores = random.doubles(2L * n).toArray();
    boolean[] positive = new boolean[2 * n];
    int[] times = new int[2 * n];
    for (int i = 0; i < n; i++) {
      positive[i] = i % 2 == 0;
      times[i] = 2;
      scores[n + i] = scores[i];
      positive[n + i] = positive[i];
    }
    times[3] = 1;
    int[] fold = new int[2 * n];
    fold[n + 3] = -1;
    double twice = new PairedRanking(scores, positive, fold).area(2 * n);
    for (int i = n; i < 2 * n; i++) {
      fold[i] = -1;
    }
    assertEquals(twice, new PairedRanking(scores, positive, fold).of(times), 1e-12);
  }

  @Test
  void scoresOfDifferentFoldsAreNotCompared() {
    // The second fold's scores lie above the first's, and within each the positive one is higher.
    PairedRanking ranking =
        new PairedRanking(
            new double[] {0.1, 0.2, 10.1, 10.2},
            new boolean[] {false, true, false, true},
            new int[] {0, 0, 1, 1});
    assertEquals(1, ranking.area(4));
    // Two of each kind are ranked, one in each fold.
    assertArrayEquals(new boolean[] {false, true, false, true}, ranking.observations().get(0));
    assertArrayEquals(new boolean[] {true, false, true, false}, ranking.observations().get(1));
  }

  @Test
  void imagesOfFewPatientsGiveAWiderInterval() {
    Random random = new Random(1);
    int n = 200;
    double[] scores = new double[n];
    boolean[] positive = new boolean[n];
    List<String> ofTen = new ArrayList<>();
    double[] shift = random.doubles(20).toArray();
    for (int i = 0; i < n; i++) {
      positive[i] = i % 2 == 0;
      ofTen.add("patient " + i % 20);
      scores[i] = shift[i % 20] + 0.05 * random.nextDouble();
    }
    List<PairedRanking> ranking = List.of(new PairedRanking(scores, positive, new int[n]));
    Interval narrow = Bootstrap.ofSamples(n, 0).intervals(ranking).get(0).orElseThrow();
    Interval wide = Bootstrap.ofGroups(ofTen, 0).intervals(ranking).get(0).orElseThrow();
    assertTrue(narrow.low() < narrow.value() && narrow.value() < narrow.high());
    assertTrue(wide.high() - wide.low() > 2 * (narrow.high() - narrow.low()));
  }
}
