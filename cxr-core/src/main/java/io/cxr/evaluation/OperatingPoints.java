package io.cxr.evaluation;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.Arrays;
import java.util.List;

/** Finds operating thresholds on validation images. */
public final class OperatingPoints {
  private OperatingPoints() {}

  /**
   * The threshold that reaches a wish and gives away least of the other figure: the highest that
   * reaches a sensitivity, the lowest that reaches a specificity. An image counts as one with the
   * label if its probability is at or above the threshold.
   *
   * @param label the label's name
   * @param index the label's index
   * @param probabilities calibrated probabilities of the validation images, one a label
   * @param truth the index of each image's label
   * @param aim what is wished for
   * @param wished the least value of it, above 0 and at most 1
   * @param bootstrap resamples the images, for the intervals of both figures at this threshold
   * @return the threshold with what it reaches
   * @throws IllegalArgumentException if no image has the label, or all have
   */
  public static OperatingThreshold fit(
      String label,
      int index,
      List<double[]> probabilities,
      int[] truth,
      Aim aim,
      double wished,
      Bootstrap bootstrap) {
    if (!(wished > 0 && wished <= 1)) {
      throw new IllegalArgumentException(
          "Operating threshold: expected a wish above 0 and at most 1, found " + wished);
    }
    boolean wantsPositives = aim == Aim.SENSITIVITY;
    double[] scores = new double[truth.length];
    int count = 0;
    for (int i = 0; i < truth.length; i++) {
      if ((truth[i] == index) == wantsPositives) {
        scores[count++] = probabilities.get(i)[index];
      }
    }
    if (count == 0 || count == truth.length) {
      throw new IllegalArgumentException(
          "Operating threshold: expected images with and without the label " + label);
    }
    double[] sorted = Arrays.copyOf(scores, count);
    Arrays.sort(sorted);
    int needed = (int) Math.ceil(wished * count - 1e-9);
    // Sensitivity: the needed-th greatest counts still. Specificity: the needed-th least does not.
    double threshold =
        wantsPositives ? sorted[count - needed] : Math.min(1, Math.nextUp(sorted[needed - 1]));
    return new OperatingThreshold(
        label,
        aim,
        wished,
        threshold,
        estimate(bootstrap, reached(index, probabilities, truth, threshold).sensitivity()),
        estimate(bootstrap, reached(index, probabilities, truth, threshold).specificity()));
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
