package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.evaluation.RocCurve;
import java.util.Random;
import java.util.stream.IntStream;
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
    int[] each = IntStream.range(0, n).toArray();
    assertEquals(
        RocCurve.of(positive, scores).orElseThrow().area(),
        new PairedRanking(scores, positive, new int[n], each).area(PatientBootstrap.once(n)),
        1e-12);
  }

  @Property(tries = 100)
  void countingAPatientTwiceIsHavingItsImagesTwice(@ForAll long seed) {
    Random random = new Random(seed);
    int n = 20;
    double[] scores = random.doubles(2L * n).toArray();
    boolean[] positive = new boolean[2 * n];
    int[] patient = new int[2 * n];
    int[] times = new int[n];
    for (int i = 0; i < n; i++) {
      positive[i] = i % 2 == 0;
      patient[i] = i;
      times[i] = 2;
      scores[n + i] = scores[i];
      positive[n + i] = positive[i];
      patient[n + i] = i;
    }
    times[3] = 1;
    int[] fold = new int[2 * n];
    fold[n + 3] = -1;
    double twice =
        new PairedRanking(scores, positive, fold, patient).area(PatientBootstrap.once(n));
    for (int i = n; i < 2 * n; i++) {
      fold[i] = -1;
    }
    assertEquals(twice, new PairedRanking(scores, positive, fold, patient).area(times), 1e-12);
  }

  @Test
  void scoresOfDifferentFoldsAreNotCompared() {
    // The second fold's scores lie above the first's, and within each the positive one is higher.
    PairedRanking ranking =
        new PairedRanking(
            new double[] {0.1, 0.2, 10.1, 10.2},
            new boolean[] {false, true, false, true},
            new int[] {0, 0, 1, 1},
            new int[] {0, 1, 2, 3});
    assertEquals(1, ranking.area(PatientBootstrap.once(4)));
  }

  @Test
  void imagesOfFewPatientsGiveAWiderInterval() {
    Random random = new Random(1);
    int n = 200;
    double[] scores = new double[n];
    boolean[] positive = new boolean[n];
    int[] alone = new int[n];
    int[] ofTen = new int[n];
    double[] shift = random.doubles(20).toArray();
    for (int i = 0; i < n; i++) {
      positive[i] = i % 2 == 0;
      alone[i] = i;
      ofTen[i] = i % 20;
      scores[i] = shift[ofTen[i]] + 0.05 * random.nextDouble();
    }
    PairedRanking images = new PairedRanking(scores, positive, new int[n], alone);
    PairedRanking patients = new PairedRanking(scores, positive, new int[n], ofTen);
    PatientBootstrap.Interval narrow = PatientBootstrap.interval(n, 0, images::area);
    PatientBootstrap.Interval wide = PatientBootstrap.interval(20, 0, patients::area);
    double area = images.area(PatientBootstrap.once(n));
    assertTrue(narrow.low() < area && area < narrow.high());
    assertTrue(wide.high() - wide.low() > 2 * (narrow.high() - narrow.low()));
  }
}
