package io.cxr.evaluation;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The area under the precision-recall curve as average precision: the mean of the precisions at all
 * thresholds, weighted by the rise of the recall, without interpolation, which would flatter (Davis
 * and Goadrich, ICML 2006); samples of equal scores are one threshold. It is scikit-learn's {@code
 * average_precision_score}. Without skill it is the prevalence. Samples are sorted once, so that
 * each area takes one pass.
 */
final class AveragePrecision implements Statistic {
  /** Samples by falling score, and for each whether the next one has another score. */
  private final int[] order;

  private final boolean[] last;
  private final boolean[] positive;
  private final List<boolean[]> observations;

  /**
   * Sorts samples.
   *
   * @param positive whether each sample has the finding; not copied
   * @param scores the score of each sample, higher where the finding is likelier
   * @param among which samples are ranked; the others never count
   */
  AveragePrecision(boolean[] positive, double[] scores, boolean[] among) {
    this.positive = positive;
    this.order =
        IntStream.range(0, scores.length)
            .filter(i -> among[i])
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    this.last = new boolean[order.length];
    boolean[] with = new boolean[scores.length];
    boolean[] without = new boolean[scores.length];
    for (int i = 0; i < order.length; i++) {
      last[i] = i == order.length - 1 || scores[order[i]] != scores[order[i + 1]];
      (positive[order[i]] ? with : without)[order[i]] = true;
    }
    this.observations = List.of(with, without);
  }

  /**
   * The area.
   *
   * @param times how often each sample counts
   * @return above 0, at most 1; NaN if there is no positive sample, or no negative one
   */
  @Override
  public double of(int[] times) {
    long found = 0;
    long taken = 0;
    long tied = 0;
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      int count = times[order[i]];
      taken += count;
      tied += positive[order[i]] ? count : 0;
      if (last[i] && tied > 0) {
        found += tied;
        sum += (double) tied * found / taken;
        tied = 0;
      }
    }
    return found == 0 || found == taken ? Double.NaN : sum / found;
  }

  @Override
  public List<boolean[]> observations() {
    return observations;
  }
}
