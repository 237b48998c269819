package io.cxr.train.loss;

import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * A loss that is a mean over samples, each scaled by a mask {@code [batch, 1]} where there is one.
 * A subclass gives loss and gradient of each sample before that.
 */
abstract class SampleLoss implements ILossFunction {
  private static final long serialVersionUID = 1L;

  /** The loss of each sample, {@code [batch, 1]}; a new array. */
  abstract INDArray losses(INDArray labels, INDArray preOutput, IActivation activation);

  /** Its gradient by the values before the activation, {@code [batch, unit]}; a new array. */
  abstract INDArray gradients(INDArray labels, INDArray preOutput, IActivation activation);

  @Override
  public final double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    double sum = computeScoreArray(labels, preOutput, activation, mask).sumNumber().doubleValue();
    return average ? sum / labels.size(0) : sum;
  }

  @Override
  public final INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return masked(losses(labels, preOutput, activation), mask);
  }

  @Override
  public final INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return masked(gradients(labels, preOutput, activation), mask);
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
