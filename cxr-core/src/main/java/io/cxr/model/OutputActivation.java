package io.cxr.model;

/** The activation of a network's last layer, and how its outputs become label probabilities. */
public enum OutputActivation {
  /** One unit per label, softmax: the outputs are the probabilities. */
  SOFTMAX,
  /**
   * One unit per label, each with its own sigmoid, trained with Keras' categorical cross-entropy,
   * which divides the outputs by their sum: so do we.
   */
  SIGMOID_PER_LABEL,
  /** One sigmoid unit for two labels: the probability of the second label. */
  SIGMOID_OF_SECOND_LABEL;

  /**
   * How many units the last layer has.
   *
   * @param labels how many labels the model has
   * @return the number of units
   */
  public int units(int labels) {
    return this == SIGMOID_OF_SECOND_LABEL ? 1 : labels;
  }

  /**
   * Turns the network's output for one sample into a probability for every label.
   *
   * @param output {@link #units} values after the activation
   * @return one value per label, from 0 to 1, with sum 1
   * @throws IllegalArgumentException if a value is not finite or not from 0 to 1
   */
  public double[] probabilities(float[] output) {
    for (float value : output) {
      if (!(value >= 0 && value <= 1.0001f)) {
        throw new IllegalArgumentException(
            "Network output: expected values from 0 to 1, found " + value);
      }
    }
    if (this == SIGMOID_OF_SECOND_LABEL) {
      if (output.length != 1) {
        throw new IllegalArgumentException("Expected one output, found " + output.length);
      }
      double second = Math.min(1, output[0]);
      return new double[] {1 - second, second};
    }
    double sum = 0;
    for (float value : output) {
      sum += value;
    }
    double[] probabilities = new double[output.length];
    for (int i = 0; i < output.length; i++) {
      // All sigmoids at 0 say nothing of any label.
      probabilities[i] = sum > 0 ? output[i] / sum : 1.0 / output.length;
    }
    return probabilities;
  }
}
