package io.cxr.train;

import io.cxr.train.linear.LinearModel;
import io.cxr.train.linear.PrincipalAxes;

/**
 * The means of a map's channels in its quarters, {@code [channel, quarter]}, projected on the
 * principal axes of the channels: the same axes in each quarter, and one scale for all. A head on
 * the projections is one on the means. Immutable.
 */
final class QuarterAxes {
  private static final int QUARTERS = 4;
  private static final double LEAST_DEVIATION = 1e-3;

  private final float[] means;
  private final float[] inverseDeviations;

  /** {@code [component, channel]} */
  private final double[][] axes;

  private QuarterAxes(float[] means, float[] inverseDeviations, double[][] axes) {
    this.means = means;
    this.inverseDeviations = inverseDeviations;
    this.axes = axes;
  }

  /**
   * Finds the axes of samples.
   *
   * @param samples the means in the quarters, at least one
   * @param most how many axes at most
   */
  static QuarterAxes of(float[][] samples, int most) {
    int channels = samples[0].length / QUARTERS;
    float[] means = new float[channels];
    float[] inverse = new float[channels];
    for (int channel = 0; channel < channels; channel++) {
      double sum = 0;
      double squares = 0;
      for (float[] sample : samples) {
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
          double value = sample[channel * QUARTERS + quarter];
          sum += value;
          squares += value * value;
        }
      }
      double mean = sum / (QUARTERS * samples.length);
      double variance = squares / (QUARTERS * samples.length) - mean * mean;
      means[channel] = (float) mean;
      inverse[channel] = (float) (1 / (Math.sqrt(Math.max(0, variance)) + LEAST_DEVIATION));
    }
    float[][] rows = new float[samples.length][channels];
    for (int i = 0; i < rows.length; i++) {
      for (int channel = 0; channel < channels; channel++) {
        // One quarter a sample, in turn: they are many.
        float value = samples[i][channel * QUARTERS + i % QUARTERS];
        rows[i][channel] = (value - means[channel]) * inverse[channel];
      }
    }
    double[][] axes = PrincipalAxes.of(rows, Math.min(most, channels));
    double greatest = 0;
    for (float[] row : rows) {
      double along = 0;
      for (int channel = 0; channel < channels; channel++) {
        along += axes[0][channel] * row[channel];
      }
      greatest += along * along / rows.length;
    }
    double scale = 1 / Math.sqrt(Math.max(greatest, 1e-30));
    for (double[] axis : axes) {
      for (int channel = 0; channel < channels; channel++) {
        axis[channel] *= scale;
      }
    }
    return new QuarterAxes(means, inverse, axes);
  }

  /** How many values a projected sample has. */
  int width() {
    return QUARTERS * axes.length;
  }

  /** Projects a sample, {@code [component, quarter]}. */
  void project(float[] sample, float[] into, int offset) {
    for (int component = 0; component < axes.length; component++) {
      double[] sums = new double[QUARTERS];
      for (int channel = 0; channel < means.length; channel++) {
        double weight = axes[component][channel] * inverseDeviations[channel];
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
          sums[quarter] += weight * (sample[channel * QUARTERS + quarter] - means[channel]);
        }
      }
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        into[offset + component * QUARTERS + quarter] = (float) sums[quarter];
      }
    }
  }

  /**
   * The same head on the means themselves.
   *
   * @param head on projections
   */
  LinearModel unfolded(LinearModel head) {
    LinearModel unfolded = new LinearModel(QUARTERS * means.length, head.units());
    double[] weights = new double[unfolded.features()];
    for (int unit = 0; unit < head.units(); unit++) {
      double shift = 0;
      for (int i = 0; i < weights.length; i++) {
        int channel = i / QUARTERS;
        double sum = 0;
        for (int component = 0; component < axes.length; component++) {
          sum += head.weight(component * QUARTERS + i % QUARTERS, unit) * axes[component][channel];
        }
        weights[i] = sum * inverseDeviations[channel];
        shift += weights[i] * means[channel];
      }
      unfolded.set(unit, weights, head.bias(unit) - shift);
    }
    return unfolded;
  }
}
