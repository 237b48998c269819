package io.cxr.evaluation;

/**
 * What a threshold reaches: an image counts as one with a label if its probability is at or above
 * the threshold. An image without an answer counts in the figures of all images, and is wrong.
 *
 * @param sensitivity of the answered images
 * @param specificity of the answered images
 * @param sensitivityOfAll of all images
 * @param specificityOfAll of all images
 */
record ThresholdStatistics(
    Statistic sensitivity,
    Statistic specificity,
    Statistic sensitivityOfAll,
    Statistic specificityOfAll) {

  /**
   * The figures of a threshold.
   *
   * @param with which images have the label
   * @param answered which images have an answer
   * @param scores the label's probability; read only where there is an answer
   * @param threshold the least probability that counts
   */
  static ThresholdStatistics of(
      boolean[] with, boolean[] answered, double[] scores, double threshold) {
    boolean[] without = new boolean[with.length];
    for (int i = 0; i < without.length; i++) {
      without[i] = !with[i];
    }
    return of(with, without, answered, scores, threshold);
  }

  /**
   * The figures of a threshold.
   *
   * @param with which images have the label
   * @param without which images do not; one that is neither counts nowhere
   * @param answered which images have an answer
   * @param scores the label's probability; read only where there is an answer
   * @param threshold the least probability that counts
   */
  static ThresholdStatistics of(
      boolean[] with, boolean[] without, boolean[] answered, double[] scores, double threshold) {
    int n = with.length;
    boolean[] answeredWith = new boolean[n];
    boolean[] answeredWithout = new boolean[n];
    boolean[] above = new boolean[n];
    boolean[] below = new boolean[n];
    for (int i = 0; i < n; i++) {
      answeredWith[i] = with[i] && answered[i];
      answeredWithout[i] = without[i] && answered[i];
      above[i] = answered[i] && scores[i] >= threshold;
      below[i] = answered[i] && scores[i] < threshold;
    }
    return new ThresholdStatistics(
        new Proportion(answeredWith, above),
        new Proportion(answeredWithout, below),
        new Proportion(with, above),
        new Proportion(without, below));
  }
}
