package io.cxr.evaluation;

import java.util.List;

/**
 * Half the squared distances of the probabilities from the truth, summed over the labels, as a mean
 * over images (Brier, Monthly Weather Review 78, 1950, halved): 0 is best, 1 is worst; for two
 * labels the mean of {@code (p - y)^2}. It is scikit-learn's {@code
 * brier_score_loss(scale_by_half=True)}.
 */
final class BrierScore implements Statistic {
  private final boolean[] answered;
  private final double[] losses;

  private BrierScore(boolean[] answered, double[] losses) {
    this.answered = answered;
    this.losses = losses;
  }

  /**
   * The score of answers of which each image's distance is known.
   *
   * @param answered which images count; not copied
   * @param losses the distance of each image, such as {@code (p - y)^2}; not copied
   */
  static BrierScore ofLosses(boolean[] answered, double[] losses) {
    return new BrierScore(answered, losses);
  }

  BrierScore(boolean[] answered, double[][] probabilities, int[] truth) {
    this(answered, new double[truth.length]);
    for (int i = 0; i < truth.length; i++) {
      for (int label = 0; answered[i] && label < probabilities[i].length; label++) {
        double distance = probabilities[i][label] - (label == truth[i] ? 1 : 0);
        losses[i] += distance * distance / 2;
      }
    }
  }

  @Override
  public double of(int[] times) {
    double sum = 0;
    long all = 0;
    for (int i = 0; i < times.length; i++) {
      if (answered[i]) {
        sum += times[i] * losses[i];
        all += times[i];
      }
    }
    return all == 0 ? Double.NaN : sum / all;
  }

  @Override
  public List<boolean[]> observations() {
    return List.of(answered);
  }
}
