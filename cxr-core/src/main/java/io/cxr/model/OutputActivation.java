package io.cxr.model;

/**
 * The activation of a network's last layer, and how its outputs become probabilities or measured
 * values. Each belongs to one kind of {@link Task}.
 */
public enum OutputActivation {
  /** One unit per label, softmax: the outputs are the probabilities. */
  SOFTMAX,
  /**
   * One unit per label, each with its own sigmoid, trained with Keras' categorical cross-entropy,
   * which divides the outputs by their sum: so do we.
   */
  SIGMOID_PER_LABEL,
  /** One sigmoid unit for two labels: the probability of the second label. */
  SIGMOID_OF_SECOND_LABEL,
  /** One unit per finding, each with its own sigmoid: the probability of that finding. */
  SIGMOID,
  /** One unit per measurement, without an activation: the measured value. */
  IDENTITY;

  /**
   * The task that a network with this activation has.
   *
   * @return one kind
   */
  public Task.Kind task() {
    return switch (this) {
      case SOFTMAX, SIGMOID_PER_LABEL, SIGMOID_OF_SECOND_LABEL -> Task.Kind.EXCLUSIVE_LABELS;
      case SIGMOID -> Task.Kind.FINDINGS;
      case IDENTITY -> Task.Kind.MEASUREMENTS;
    };
  }

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
   * @return one value per label, from 0 to 1; with sum 1, unless they are findings
   * @throws IllegalArgumentException if a value is not finite or not from 0 to 1
   * @throws UnsupportedOperationException for {@link #IDENTITY}, whose outputs are no probabilities
   */
  public double[] probabilities(float[] output) {
    if (this == IDENTITY) {
      throw new UnsupportedOperationException(
          "Network output: expected probabilities, found measured values");
    }
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
    double[] probabilities = new double[output.length];
    if (this == SIGMOID) {
      for (int i = 0; i < output.length; i++) {
        probabilities[i] = Math.min(1, output[i]);
      }
      return probabilities;
    }
    double sum = 0;
    for (float value : output) {
      sum += value;
    }
    for (int i = 0; i < output.length; i++) {
      // All sigmoids at 0 say nothing of any label.
      probabilities[i] = sum > 0 ? output[i] / sum : 1.0 / output.length;
    }
    return probabilities;
  }
}
