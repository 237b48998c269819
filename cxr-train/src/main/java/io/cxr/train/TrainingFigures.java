package io.cxr.train;

import io.cxr.model.OutputActivation;
import java.util.Arrays;

/**
 * Running means of loss and accuracy over an epoch's training steps, as Keras prints them: of
 * findings over all that are known, of measurements the squared error alone. They come from the
 * forward passes that training does anyway, so they cost nothing and are taken with dropout and
 * before each step's update.
 */
final class TrainingFigures {
  private static final double LEAST_PROBABILITY = 1e-7;
  private final OutputActivation output;
  private final Truths truths;
  private final ValueScale scale;
  private double lossSum;
  private int right;
  private int seen;

  TrainingFigures(TrainingPlan plan) {
    this.output = plan.output();
    this.truths = plan.data().truths();
    this.scale = plan.valueScale();
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
    return seen == 0 || output == OutputActivation.IDENTITY ? Double.NaN : (double) right / seen;
  }

  /** Takes in the answer for one sample of the epoch; one without a label counts for nothing. */
  void add(float[] activated, int label) {
    if (label == Targets.NO_LABEL) {
      return;
    }
    add(probabilities(output, activated), label);
  }

  /** Takes in an answer, one value a label. */
  void add(double[] answer, int label) {
    switch (output.task()) {
      case EXCLUSIVE_LABELS -> {
        lossSum += loss(answer, label);
        right += top(answer) == label ? 1 : 0;
        seen++;
      }
      case FINDINGS -> addFindings(answer, truths.row(label));
      case MEASUREMENTS -> addValues(answer, truths.row(label));
    }
  }

  /** Each known finding counts; right is whoever is on the right side of one half. */
  private void addFindings(double[] answer, float[] row) {
    for (int finding = 0; finding < row.length; finding++) {
      if (!Float.isNaN(row[finding])) {
        boolean present = row[finding] > 0;
        double p = present ? answer[finding] : 1 - answer[finding];
        lossSum += Double.isNaN(p) ? Double.NaN : -Math.log(Math.max(LEAST_PROBABILITY, p));
        right += p > 0.5 ? 1 : 0;
        seen++;
      }
    }
  }

  /** The squared error of each known value, in units of deviations. */
  private void addValues(double[] answer, float[] row) {
    for (int i = 0; i < row.length; i++) {
      if (!Float.isNaN(row[i])) {
        double error = answer[i] - scale.scaled(i, row[i]);
        lossSum += error * error;
        seen++;
      }
    }
  }

  /**
   * Probabilities or values that are NaN where the network's output is, so that divergence shows.
   */
  static double[] probabilities(OutputActivation output, float[] values) {
    if (output == OutputActivation.IDENTITY) {
      double[] measured = new double[values.length];
      for (int i = 0; i < measured.length; i++) {
        measured[i] = values[i];
      }
      return measured;
    }
    for (float value : values) {
      if (Float.isNaN(value)) {
        double[] nothing =
            new double[output == OutputActivation.SIGMOID_OF_SECOND_LABEL ? 2 : values.length];
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
