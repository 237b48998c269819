package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The receiver operating characteristic of a score: the true positive rate as a function of the
 * false positive rate (Fawcett, Pattern Recognition Letters 27, 2006).
 *
 * <p>Equal scores share one point, so the area is the probability that a positive sample scores
 * higher than a negative one, a tie counting one half, as scikit-learn's {@code roc_auc_score}.
 *
 * @param points one point per distinct score in the order of falling thresholds, from (0, 0) at
 *     threshold infinity to (1, 1)
 * @param area the area under the curve (AUROC), from 0 to 1; 0.5 is chance
 */
public record RocCurve(List<Point> points, double area) {

  /**
   * One operating point: a score at or above the threshold counts as positive.
   *
   * @param threshold a score, or infinity
   * @param falsePositiveRate 1 - specificity
   * @param truePositiveRate the sensitivity
   */
  public record Point(double threshold, double falsePositiveRate, double truePositiveRate) {}

  /** Checks the values. */
  public RocCurve {
    points = List.copyOf(points);
    if (!(area >= 0 && area <= 1)) {
      throw new IllegalArgumentException("Area: expected 0 to 1, found " + area);
    }
  }

  /**
   * Computes the curve of a score, in {@code O(n log n)}.
   *
   * @param positive whether each sample belongs to the positive class
   * @param scores the score of each sample, higher where the positive class is more likely
   * @return the curve, or empty if all samples are of one class, for which none is defined
   * @throws IllegalArgumentException if the lengths differ or a score is not a number
   */
  public static Optional<RocCurve> of(boolean[] positive, double[] scores) {
    if (positive.length != scores.length) {
      throw new IllegalArgumentException(
          "ROC curve: expected as many scores as truths, found "
              + scores.length
              + " and "
              + positive.length);
    }
    long positives = 0;
    for (int i = 0; i < scores.length; i++) {
      positives += positive[i] ? 1 : 0;
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException("ROC curve: expected numbers, found NaN at index " + i);
      }
    }
    long negatives = scores.length - positives;
    if (positives == 0 || negatives == 0) {
      return Optional.empty();
    }
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    List<Point> points = new ArrayList<>();
    points.add(new Point(Double.POSITIVE_INFINITY, 0, 0));
    long truePositives = 0;
    long falsePositives = 0;
    long twiceArea = 0;
    int next = 0;
    while (next < order.length) {
      double threshold = scores[order[next]];
      long truePositivesBefore = truePositives;
      long falsePositivesBefore = falsePositives;
      // == and not compare(): 0.0 and -0.0 are one score.
      for (; next < order.length && scores[order[next]] == threshold; next++) {
        if (positive[order[next]]) {
          truePositives++;
        } else {
          falsePositives++;
        }
      }
      twiceArea += (falsePositives - falsePositivesBefore) * (truePositivesBefore + truePositives);
      points.add(
          new Point(
              threshold, (double) falsePositives / negatives, (double) truePositives / positives));
    }
    // Whole numbers until here, so the area does not depend on the order of the radiographs.
    return Optional.of(new RocCurve(points, twiceArea / (2.0 * positives * negatives)));
  }

  @Override
  public String toString() {
    return "RocCurve[" + points.size() + " points, area " + area + "]";
  }
}
