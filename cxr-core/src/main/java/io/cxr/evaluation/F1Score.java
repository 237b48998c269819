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

  @Override
  public List<boolean[]> observations() {
    return List.of(truths);
  }
}
