package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The receiver operating characteristic of a score: how sensitive it is at every rate of false
 * alarms (Fawcett, Pattern Recognition Letters 27, 2006).
 *
 * <p>Equal scores make one point, so the area is the probability that a radiograph with the finding
 * scores above one without it, a tie counting one half: scikit-learn's {@code roc_auc_score}.
 *
 * @param points from no alarm at all, at threshold infinity, to alarm always; one for every
 *     distinct score, thresholds falling
 * @param area the area under the curve (AUROC), from 0 to 1; 0.5 is chance
 */
public record RocCurve(List<Point> points, double area) {

  /**
   * One operating point: a score of at least the threshold is an alarm.
   *
   * @param threshold a score, or infinity
   * @param falsePositiveRate the share of radiographs without the finding that raise an alarm: 1 -
   *     specificity
   * @param truePositiveRate the share of radiographs with the finding that raise one: sensitivity
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
   * Draws the curve of a score. It takes time in {@code n log n}.
   *
   * @param positive whether each radiograph has the finding
   * @param scores the score of each radiograph, higher where the finding is likelier
   * @return the curve, or empty if all radiographs have the finding or none has: then no curve is
   *     defined
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
