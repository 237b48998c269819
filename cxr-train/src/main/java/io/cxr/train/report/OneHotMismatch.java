package io.cxr.train.report;

/**
 * What Keras prints when a network with one sigmoid is validated on one-hot labels of two classes,
 * as the 2022 report's small CNN was, beside what is true of the same answers.
 *
 * <p>Keras compares the answer {@code p} with both entries of {@code [1, 0]} or {@code [0, 1]}.
 * Whatever {@code p} is, one of the two matches the rounded answer, so {@code binary_accuracy} is
 * 0.5; and {@code binary_crossentropy} is the mean of {@code -ln p} and {@code -ln(1 - p)}, which
 * does not depend on the truth and is never below {@code ln 2}.
 *
 * @param accuracy what Keras prints: always exactly 0.5
 * @param loss what Keras prints, at least {@code ln 2}
 * @param honestAccuracy the share of images whose answer is right
 * @param honestLoss the mean of {@code -ln p(true label)}
 */
public record OneHotMismatch(
    double accuracy, double loss, double honestAccuracy, double honestLoss) {
  /** Keras clips probabilities so. */
  private static final double EPSILON = 1e-7;

  /**
   * Computes both from a network's answers.
   *
   * @param probabilities the sigmoid's value for each image: the probability of the second label
   * @param second whether each image has the second label
   * @return the figures
   * @throws IllegalArgumentException if there is no image, the lengths differ or a value is no
   *     probability
   */
  public static OneHotMismatch of(double[] probabilities, boolean[] second) {
    if (probabilities.length == 0 || probabilities.length != second.length) {
      throw new IllegalArgumentException(
          "Answers: expected one a label and at least one, found "
              + probabilities.length
              + " and "
              + second.length
              + " labels");
    }
    long matches = 0;
    long right = 0;
    double loss = 0;
    double honestLoss = 0;
    for (int i = 0; i < probabilities.length; i++) {
      double p = probabilities[i];
      if (!(p >= 0 && p <= 1)) {
        throw new IllegalArgumentException("Probability: expected 0 to 1, found " + p);
      }
      double[] oneHot = second[i] ? new double[] {0, 1} : new double[] {1, 0};
      double answer = p > 0.5 ? 1 : 0;
      for (double label : oneHot) {
        matches += answer == label ? 1 : 0;
        loss += crossEntropy(label, p) / oneHot.length;
      }
      right += answer == (second[i] ? 1 : 0) ? 1 : 0;
      honestLoss += crossEntropy(second[i] ? 1 : 0, p);
    }
    int images = probabilities.length;
    return new OneHotMismatch(
        matches / (2.0 * images), loss / images, (double) right / images, honestLoss / images);
  }

  private static double crossEntropy(double label, double p) {
    double clipped = Math.min(1 - EPSILON, Math.max(EPSILON, p));
    return -(label * Math.log(clipped) + (1 - label) * Math.log(1 - clipped));
  }
}
