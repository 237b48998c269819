package io.cxr.train.linear;

import io.cxr.train.loss.LogitLoss;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Adam (Kingma and Ba, ICLR 2015) on a linear model, batch by batch, with the order of operations
 * of Deeplearning4j: mean gradient, its clipping, the L2 penalty's share, Adam with its epsilon
 * beside the root of the uncorrected moment, then decoupled weight decay (Loshchilov and Hutter,
 * ICLR 2019). One thread computes, so that results do not depend on how many there are. Not
 * thread-safe.
 */
public final class AdamSteps {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;

  private final LinearModel model;
  private final LogitLoss loss;
  private final Settings settings;
  private final float[] gradient;
  private final float[] means;
  private final float[] squares;
  private int steps;

  /**
   * What each step does but for its learning rate.
   *
   * @param epsilon keeps Adam's division from zero, above 0
   * @param l2 half of it times the sum of squared weights (not biases) is added to the loss
   * @param weightDecay after each step weights are multiplied by 1 less the rate times it
   * @param clip the greatest L2 norm of the gradient, where there is one
   */
  public record Settings(double epsilon, double l2, double weightDecay, OptionalDouble clip) {
    /** Checks that the values are there. */
    public Settings {
      Objects.requireNonNull(clip, "clip");
    }
  }

  /**
   * Prepares for the first step.
   *
   * @param model changed by each step
   * @param loss the loss of a sample
   * @param settings what each step does
   */
  public AdamSteps(LinearModel model, LogitLoss loss, Settings settings) {
    this.model = model;
    this.loss = loss;
    this.settings = settings;
    this.gradient = new float[model.values().length];
    this.means = new float[gradient.length];
    this.squares = new float[gradient.length];
  }

  /**
   * Takes one step.
   *
   * @param rows features, sample by sample
   * @param count how many samples, at least 1
   * @param targets {@code [sample, unit]}
   * @param weights how much each sample counts
   * @param rate the learning rate
   * @return the logits before the step, {@code [sample, unit]}
   */
  public double[] step(float[] rows, int count, float[] targets, float[] weights, double rate) {
    return penalizedStep(rows, count, targets, weights, rate, null);
  }

  /**
   * Takes one step on the loss and a penalty on some directions.
   *
   * @param rows features, sample by sample
   * @param count how many samples, at least 1
   * @param targets {@code [sample, unit]}
   * @param weights how much each sample counts
   * @param rate the learning rate
   * @param penalty the penalty, damped as {@link DirectionPenalty} says
   * @return the logits before the step, {@code [sample, unit]}
   */
  public double[] step(
      float[] rows,
      int count,
      float[] targets,
      float[] weights,
      double rate,
      DirectionPenalty penalty) {
    return penalizedStep(rows, count, targets, weights, rate, penalty);
  }

  private double[] penalizedStep(
      float[] rows,
      int count,
      float[] targets,
      float[] weights,
      double rate,
      @Nullable DirectionPenalty penalty) {
    int units = model.units();
    double[] logits = new double[count * units];
    model.logits(rows, count, logits);
    double[] slopes = slopes(logits, count, targets, weights);
    Products.backward(rows, count, slopes, model.features(), units, gradient);
    settings.clip().ifPresent(this::clip);
    int inMatrix = model.features() * units;
    if (settings.l2() > 0) {
      float share = (float) settings.l2();
      float[] values = model.values();
      for (int i = 0; i < inMatrix; i++) {
        gradient[i] += share * values[i];
      }
    }
    if (penalty != null) {
      penalty.addDamped(model.values(), units, rate, gradient);
    }
    steps++;
    double correction = Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps));
    update(model.values(), (float) (rate * correction), (float) settings.epsilon());
    if (settings.weightDecay() > 0) {
      float kept = (float) (1 - rate * settings.weightDecay());
      float[] values = model.values();
      for (int i = 0; i < inMatrix; i++) {
        values[i] *= kept;
      }
    }
    return logits;
  }

  /** The derivative of the mean loss by each logit. */
  private double[] slopes(double[] logits, int count, float[] targets, float[] weights) {
    int units = model.units();
    double[] slopes = new double[logits.length];
    double[] z = new double[units];
    double[] t = new double[units];
    double[] slope = new double[units];
    for (int i = 0; i < count; i++) {
      for (int unit = 0; unit < units; unit++) {
        z[unit] = logits[i * units + unit];
        t[unit] = targets[i * units + unit];
      }
      loss.of(z, t, slope);
      for (int unit = 0; unit < units; unit++) {
        slopes[i * units + unit] = slope[unit] * weights[i] / count;
      }
    }
    return slopes;
  }

  private void clip(double greatest) {
    double squared = 0;
    for (float each : gradient) {
      squared += (double) each * each;
    }
    double norm = Math.sqrt(squared);
    if (norm > greatest) {
      float scale = (float) (greatest / norm);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= scale;
      }
    }
  }

  private void update(float[] values, float rate, float epsilon) {
    for (int i = 0; i < values.length; i++) {
      float slope = gradient[i];
      float mean = BETA1 * means[i] + (1 - BETA1) * slope;
      float square = BETA2 * squares[i] + (1 - BETA2) * slope * slope;
      means[i] = mean;
      squares[i] = square;
      values[i] -= rate * mean / ((float) Math.sqrt(square) + epsilon);
    }
  }

  /**
   * How many steps were taken.
   *
   * @return at least 0
   */
  public int steps() {
    return steps;
  }

  /**
   * Adam's moments, to be kept and given back by {@link #restore}.
   *
   * @return the first moments, then the second; a copy
   */
  public float[] state() {
    float[] state = new float[2 * means.length];
    System.arraycopy(means, 0, state, 0, means.length);
    System.arraycopy(squares, 0, state, means.length, means.length);
    return state;
  }

  /**
   * Goes on as after so many steps.
   *
   * @param state what {@link #state} gave
   * @param steps what {@link #steps} gave
   */
  public void restore(float[] state, int steps) {
    if (state.length != 2 * means.length) {
      throw new IllegalArgumentException(
          "Adam's state: expected " + 2 * means.length + " values, found " + state.length);
    }
    System.arraycopy(state, 0, means, 0, means.length);
    System.arraycopy(state, means.length, squares, 0, means.length);
    this.steps = steps;
  }
}
