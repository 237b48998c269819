package io.cxr.train;

import io.cxr.train.linear.LinearModel;
import java.io.IOException;

/**
 * Brings each feature to mean 0 and deviation 1 over the training images. A linear head on such
 * features is a linear head on the features as they are, into which it is folded for export.
 */
final class Standardization {
  /** Added to deviations: a feature that is nearly the same in all images stays small. */
  private static final double LEAST_DEVIATION = 1e-3;

  private final float[] means;
  private final float[] deviations;

  private Standardization(float[] means, float[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  /** Over all images and their views, each of which counts the same. */
  static Standardization of(FeatureSamples.Features features, int images, int views)
      throws IOException {
    int width = features.width();
    float[] values = new float[width];
    double[] sums = new double[width];
    double[] squares = new double[width];
    for (int index = 0; index < images; index++) {
      for (int view = 0; view <= views; view++) {
        features.copy(index, view, values, 0);
        for (int i = 0; i < width; i++) {
          sums[i] += values[i];
          squares[i] += (double) values[i] * values[i];
        }
      }
    }
    double count = (double) images * (views + 1);
    float[] means = new float[width];
    float[] deviations = new float[width];
    for (int i = 0; i < width; i++) {
      double mean = sums[i] / count;
      means[i] = (float) mean;
      double variance = Math.max(0, squares[i] / count - mean * mean);
      deviations[i] = (float) (Math.sqrt(variance) + LEAST_DEVIATION);
    }
    return new Standardization(means, deviations);
  }

  /** The features of the average image. */
  float[] means() {
    return means.clone();
  }

  /** Scales one row of features, from an offset on. */
  void apply(float[] rows, int offset) {
    for (int i = 0; i < means.length; i++) {
      rows[offset + i] = (rows[offset + i] - means[i]) / deviations[i];
    }
  }

  /**
   * The same head on features as they are.
   *
   * @param head on standardised features
   */
  LinearModel folded(LinearModel head) {
    LinearModel folded = new LinearModel(head.features(), head.units());
    double[] weights = new double[head.features()];
    for (int unit = 0; unit < head.units(); unit++) {
      double shift = 0;
      for (int feature = 0; feature < weights.length; feature++) {
        weights[feature] = head.weight(feature, unit) / (double) deviations[feature];
        shift += weights[feature] * means[feature];
      }
      folded.set(unit, weights, head.bias(unit) - shift);
    }
    return folded;
  }
}
