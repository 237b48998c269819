package io.cxr.train.export;

import java.util.function.IntUnaryOperator;

/**
 * Batch normalisation at inference: a factor and a shift a channel, which the weights and the bias
 * of the layer before can take in (Jacob et al., CVPR 2018, section 3.2).
 */
final class ChannelScaling {
  private final double[] factors;
  private final double[] shifts;

  private ChannelScaling(double[] factors, double[] shifts) {
    this.factors = factors;
    this.shifts = shifts;
  }

  /** With the statistics of training, one value a channel each. */
  static ChannelScaling of(
      float[] gamma, float[] beta, float[] mean, float[] variance, double epsilon) {
    double[] factors = new double[gamma.length];
    double[] shifts = new double[gamma.length];
    for (int channel = 0; channel < factors.length; channel++) {
      factors[channel] = gamma[channel] / Math.sqrt(variance[channel] + epsilon);
      shifts[channel] = beta[channel] - mean[channel] * factors[channel];
    }
    return new ChannelScaling(factors, shifts);
  }

  int channels() {
    return factors.length;
  }

  /**
   * Weights that give the scaled channels.
   *
   * @param channel the channel that each weight, by its index, is of
   */
  float[] weights(float[] weights, IntUnaryOperator channel) {
    float[] scaled = new float[weights.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (weights[i] * factors[channel.applyAsInt(i)]);
    }
    return scaled;
  }

  /** One value a channel. */
  float[] bias(float[] bias) {
    float[] scaled = new float[bias.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (bias[i] * factors[i] + shifts[i]);
    }
    return scaled;
  }
}
