package io.cxr.evaluation;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.Arrays;
import java.util.List;

/** Finds operating points on validation images. */
public final class OperatingPoints {
  /** Probabilities closer than twice this may change their order on another processor. */
  public static final double TOLERANCE = 1e-4;

  private OperatingPoints() {}

  /**
   * The threshold that reaches a target at the least cost of the other metric: the highest that
   * reaches a sensitivity, the lowest that reaches a specificity. An image counts as positive if
   * its probability is at or above the threshold.
   *
   * <p>A threshold lies midway between two neighbouring probabilities that are at least {@code 2 *}
   * {@value #TOLERANCE} apart, or between the extreme one and 0 or 1. So no validation image
   * changes sides on another processor whose rounding changes probabilities by less than {@value
   * #TOLERANCE}.
   *
   * @param label the label's name
   * @param index the label's index
   * @param probabilities calibrated probabilities of the validation images, one per label
   * @param truth the index of each image's label
   * @param aim the metric that the target is for
   * @param target its least value, above 0 and at most 1
   * @param bootstrap resamples the images, for the confidence intervals at this threshold
   * @return the operating point with its metrics
   * @throws IllegalArgumentException if no image has the label, or all have
   */
  public static OperatingThreshold fit(
      String label,
      int index,
      List<double[]> probabilities,
      int[] truth,
      Aim aim,
      double target,
      Bootstrap bootstrap) {
    if (!(target > 0 && target <= 1)) {
      throw new IllegalArgumentException(
          "Operating threshold: expected a target above 0 and at most 1, found " + target);
    }
    long positives = Arrays.stream(truth).filter(one -> one == index).count();
    if (positives == 0 || positives == truth.length) {
      throw new IllegalArgumentException(
          "Operating threshold: expected images with and without the label " + label);
    }
    double[] candidates = candidates(probabilities, index);
    boolean sensitivity = aim == Aim.SENSITIVITY;
    int low = 0;
    int high = candidates.length - 1;
    while (low < high) {
      // Sensitivity falls and specificity rises with the threshold.
      int middle = sensitivity ? (low + high + 1) / 2 : (low + high) / 2;
      boolean reached =
          share(index, probabilities, truth, candidates[middle], sensitivity) >= target - 1e-9;
      if (sensitivity) {
        low = reached ? middle : low;
        high = reached ? high : middle - 1;
      } else {
        high = reached ? middle : high;
        low = reached ? low : middle + 1;
      }
    }
    double threshold = candidates[low];
    return new OperatingThreshold(
        label,
        aim,
        target,
        threshold,
        estimate(bootstrap, reached(index, probabilities, truth, threshold).sensitivity()),
        estimate(bootstrap, reached(index, probabilities, truth, threshold).specificity()));
  }

  /** From one below all answers to one above all, ascending. */
  private static double[] candidates(List<double[]> probabilities, int index) {
    double[] answers = probabilities.stream().mapToDouble(each -> each[index]).sorted().toArray();
    double[] candidates = new double[answers.length + 1];
    int count = 0;
    candidates[count++] = answers[0] / 2;
    for (int i = 1; i < answers.length; i++) {
      if (answers[i] - answers[i - 1] >= 2 * TOLERANCE) {
        candidates[count++] = (answers[i - 1] + answers[i]) / 2;
      }
    }
    candidates[count++] = (answers[answers.length - 1] + 1) / 2;
    return Arrays.copyOf(candidates, count);
  }

  private static double share(
      int label, List<double[]> probabilities, int[] truth, double threshold, boolean ofPositives) {
    int all = 0;
    int right = 0;
    for (int i = 0; i < truth.length; i++) {
      if ((truth[i] == label) == ofPositives) {
        all++;
        right += (probabilities.get(i)[label] >= threshold) == ofPositives ? 1 : 0;
      }
    }
    return (double) right / all;
  }

  private static Estimate estimate(Bootstrap bootstrap, Statistic figure) {
    Interval interval = bootstrap.intervals(List.of(figure)).get(0).orElseThrow();
    return new Estimate(interval.value(), interval.low(), interval.high());
  }

  private static ThresholdStatistics reached(
      int label, List<double[]> probabilities, int[] truth, double threshold) {
    boolean[] with = new boolean[truth.length];
    boolean[] answered = new boolean[truth.length];
    double[] scores = new double[truth.length];
    for (int i = 0; i < truth.length; i++) {
      with[i] = truth[i] == label;
      answered[i] = true;
      scores[i] = probabilities.get(i)[label];
    }
    return ThresholdStatistics.of(with, answered, scores, threshold);
  }
}
