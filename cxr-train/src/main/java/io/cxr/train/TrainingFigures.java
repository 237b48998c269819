package io.cxr.train;

import io.cxr.model.OutputActivation;
import java.util.Arrays;

/**
 * Running means of loss and accuracy over an epoch's training steps, as Keras prints them. They
 * come from the forward passes that training does anyway, so they cost nothing and are taken with
 * dropout and before each step's update.
 */
final class TrainingFigures {
  private static final double LEAST_PROBABILITY = 1e-7;
  private final OutputActivation output;
  private double lossSum;
  private int right;
  private int seen;

  TrainingFigures(OutputActivation output) {
    this.output = output;
  }

  /** Forgets the last epoch. */
  void startEpoch() {
    lossSum = 0;
    right = 0;
    seen = 0;
  }

  double loss() {
    return seen == 0 ? Double.NaN : lossSum / seen;
  }

  double accuracy() {
    return seen == 0 ? Double.NaN : (double) right / seen;
  }

  /** Takes in the answer for one sample of the epoch; one without a label counts for nothing. */
  void add(float[] activated, int label) {
    if (label == Targets.NO_LABEL) {
      return;
    }
    double[] probabilities = probabilities(output, activated);
    lossSum += loss(probabilities, label);
    right += top(probabilities) == label ? 1 : 0;
    seen++;
  }

  /** Probabilities that are NaN where the network's output is, so that divergence shows. */
  static double[] probabilities(OutputActivation output, float[] values) {
    for (float value : values) {
      if (Float.isNaN(value)) {
        double[] nothing = new double[Math.max(2, values.length)];
        Arrays.fill(nothing, Double.NaN);
        return nothing;
      }
    }
    return output.probabilities(values);
  }

  /** {@code -ln p}, with p clipped as Keras clips it. */
  static double loss(double[] probabilities, int truth) {
    double p = probabilities[truth];
    return Double.isNaN(p) ? Double.NaN : -Math.log(Math.max(LEAST_PROBABILITY, p));
  }

  static int top(double[] probabilities) {
    int top = 0;
    for (int i = 1; i < probabilities.length; i++) {
      if (probabilities[i] > probabilities[top]) {
        top = i;
      }
    }
    return top;
  }
}
