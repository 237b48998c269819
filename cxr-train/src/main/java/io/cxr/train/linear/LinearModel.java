package io.cxr.train.linear;

import java.util.Arrays;

/**
 * A linear map from features to logits, {@code z = W x + b}, with single-precision weights.
 * Mutable; not thread-safe while it is changed.
 */
public final class LinearModel {
  private final int features;
  private final int units;

  /** {@code [unit, feature]}, then a bias a unit. */
  private final float[] values;

  /**
   * A model of zeros.
   *
   * @param features how many values a sample has, at least 1
   * @param units how many logits there are, at least 1
   */
  public LinearModel(int features, int units) {
    if (features < 1 || units < 1) {
      throw new IllegalArgumentException(
          "Linear model: expected at least one feature and one unit, found "
              + features
              + " and "
              + units);
    }
    this.features = features;
    this.units = units;
    this.values = new float[Math.multiplyExact(features + 1, units)];
  }

  /**
   * How many values a sample has.
   *
   * @return at least 1
   */
  public int features() {
    return features;
  }

  /**
   * How many logits a sample gets.
   *
   * @return at least 1
   */
  public int units() {
    return units;
  }

  /**
   * One weight.
   *
   * @param feature from 0
   * @param unit from 0
   * @return the weight
   */
  public float weight(int feature, int unit) {
    return values[unit * features + feature];
  }

  /**
   * One bias.
   *
   * @param unit from 0
   * @return the bias
   */
  public float bias(int unit) {
    return values[units * features + unit];
  }

  /**
   * Sets a unit.
   *
   * @param unit from 0
   * @param weights a weight a feature
   * @param bias its bias
   */
  public void set(int unit, double[] weights, double bias) {
    if (weights.length != features) {
      throw new IllegalArgumentException(
          "Weights of a unit: expected " + features + ", found " + weights.length);
    }
    for (int feature = 0; feature < features; feature++) {
      values[unit * features + feature] = (float) weights[feature];
    }
    values[units * features + unit] = (float) bias;
  }

  /**
   * The weights as a Dense layer has them.
   *
   * @return {@code [feature, unit]}, row by row; a copy
   */
  public float[] matrix() {
    float[] matrix = new float[features * units];
    for (int unit = 0; unit < units; unit++) {
      for (int feature = 0; feature < features; feature++) {
        matrix[feature * units + unit] = values[unit * features + feature];
      }
    }
    return matrix;
  }

  /**
   * The biases.
   *
   * @return one a unit; a copy
   */
  public float[] biases() {
    return Arrays.copyOfRange(values, units * features, values.length);
  }

  /**
   * All values, to be kept and given back by {@link #assign}.
   *
   * @return {@code [unit, feature]}, then a bias a unit; a copy
   */
  public float[] toArray() {
    return values.clone();
  }

  /**
   * Takes all values over.
   *
   * @param all what {@link #toArray} gave
   */
  public void assign(float[] all) {
    if (all.length != values.length) {
      throw new IllegalArgumentException(
          "Linear model: expected " + values.length + " values, found " + all.length);
    }
    System.arraycopy(all, 0, values, 0, all.length);
  }

  /** The values themselves. */
  float[] values() {
    return values;
  }

  /**
   * The logits of samples.
   *
   * @param rows features, sample by sample
   * @param count how many samples
   * @param logits receives {@code [sample, unit]}
   */
  public void logits(float[] rows, int count, double[] logits) {
    Products.forward(rows, count, values, features, units, logits);
  }
}
