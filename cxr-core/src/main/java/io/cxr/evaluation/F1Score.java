package io.cxr.evaluation;

import java.util.List;

/**
 * The F1 score of one label: twice the right answers with it, by the images that have it and those
 * that are given it.
 */
final class F1Score implements Statistic {
  private final boolean[] truths;
  private final boolean[] answers;

  /**
   * Asks for a score.
   *
   * @param truths the images that have the label; not copied
   * @param answers the images that are given it; not copied
   */
  F1Score(boolean[] truths, boolean[] answers) {
    this.truths = truths;
    this.answers = answers;
  }

  @Override
  public double of(int[] times) {
    long both = 0;
    long either = 0;
    for (int i = 0; i < times.length; i++) {
      both += truths[i] && answers[i] ? times[i] : 0;
      either += (truths[i] ? times[i] : 0) + (answers[i] ? times[i] : 0);
    }
    return either == 0 ? Double.NaN : 2.0 * both / either;
  }

  /**
   * From that of the Jaccard index J, which is a share: of the images that have the label or are
   * given it, those of which both is true. The score is 2 J / (1 + J).
   */
  Interval interval(double value, List<int[]> groups) {
    boolean[] either = new boolean[truths.length];
    boolean[] both = new boolean[truths.length];
    int counted = 0;
    int met = 0;
    for (int i = 0; i < truths.length; i++) {
      either[i] = truths[i] || answers[i];
      both[i] = truths[i] && answers[i];
      counted += either[i] ? 1 : 0;
      met += both[i] ? 1 : 0;
    }
    Interval index =
        ScoreIntervals.wilson(
            (double) met / counted, ScoreIntervals.effectiveSamples(groups, either, both));
    return new Interval(
        value, Math.min(value, score(index.low())), Math.max(value, score(index.high())));
  }

  private static double score(double index) {
    return 2 * index / (1 + index);
  }

  @Override
  public List<boolean[]> observations() {
    return List.of(truths);
  }
}
