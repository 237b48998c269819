package io.cxr.train.loss;

import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * A loss that is a mean over samples, each scaled by a mask {@code [batch, 1]} where there is one.
 * A subclass says which {@link LogitLoss} a sample has.
 */
abstract class SampleLoss implements ILossFunction {
  private static final long serialVersionUID = 1L;

  /** What each sample's loss is, or a refusal of the activation. */
  abstract LogitLoss loss(IActivation activation, int units);

  /** How much a sample of the batch counts. */
  double weight(int sample) {
    return 1;
  }

  /** The loss of each sample, {@code [batch, 1]}, and its gradient, {@code [batch, unit]}. */
  private record Computed(INDArray losses, INDArray gradients) {}

  private Computed compute(INDArray labels, INDArray preOutput, IActivation activation) {
    double[][] logits = preOutput.toDoubleMatrix();
    double[][] targets = labels.toDoubleMatrix();
    int units = (int) preOutput.size(1);
    LogitLoss loss = loss(activation, units);
    double[] losses = new double[logits.length];
    double[] gradients = new double[logits.length * units];
    double[] gradient = new double[units];
    for (int i = 0; i < logits.length; i++) {
      double weight = weight(i);
      losses[i] = weight * loss.of(logits[i], targets[i], gradient);
      for (int unit = 0; unit < units; unit++) {
        gradients[i * units + unit] = weight * gradient[unit];
      }
    }
    return new Computed(
        Nd4j.createFromArray(losses).reshape(losses.length, 1).castTo(labels.dataType()),
        Nd4j.createFromArray(gradients)
            .reshape('c', losses.length, units)
            .castTo(labels.dataType()));
  }

  @Override
  public final double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    double sum = computeScoreArray(labels, preOutput, activation, mask).sumNumber().doubleValue();
    return average ? sum / labels.size(0) : sum;
  }

  @Override
  public final INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return masked(compute(labels, preOutput, activation).losses(), mask);
  }

  @Override
  public final INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return masked(compute(labels, preOutput, activation).gradients(), mask);
  }

  @Override
  public final Pair<Double, INDArray> computeGradientAndScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    return new Pair<>(
        computeScore(labels, preOutput, activation, mask, average),
        computeGradient(labels, preOutput, activation, mask));
  }

  private static INDArray masked(INDArray values, @Nullable INDArray mask) {
    if (mask != null) {
      LossUtil.applyMask(values, mask);
    }
    return values;
  }

  @Override
  public final String toString() {
    return name();
  }
}
