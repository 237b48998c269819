package io.cxr.train;

import java.io.IOException;
import org.nd4j.linalg.api.ndarray.INDArray;

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
    int width = features.of(0, 0).length;
    double[] sums = new double[width];
    double[] squares = new double[width];
    for (int index = 0; index < images; index++) {
      for (int view = 0; view <= views; view++) {
        float[] values = features.of(index, view);
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

  /** Rows of features, one after another. */
  void apply(float[] rows) {
    for (int i = 0; i < rows.length; i++) {
      int feature = i % means.length;
      rows[i] = (rows[i] - means[feature]) / deviations[feature];
    }
  }

  /**
   * Turns the weights of a head on standardised features into those of the same head on features as
   * they are.
   *
   * @param weights {@code [feature, unit]}, changed
   * @param bias {@code [1, unit]}, changed
   */
  void foldInto(INDArray weights, INDArray bias) {
    float[][] w = weights.toFloatMatrix();
    for (int unit = 0; unit < w[0].length; unit++) {
      double shift = 0;
      for (int feature = 0; feature < w.length; feature++) {
        double folded = w[feature][unit] / deviations[feature];
        shift += folded * means[feature];
        weights.putScalar(feature, unit, folded);
      }
      bias.putScalar(unit, bias.getDouble(unit) - shift);
    }
  }
}
