package io.cxr.train.loss;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Categorical cross-entropy on a sigmoid a label, as Keras computes it: the outputs are first
 * divided by their sum, {@code p_i = s_i / sum(s)}, then the loss is {@code -sum(t_i ln p_i)}.
 *
 * <p>Deeplearning4j's own does not divide, so it never pushes the wrong labels' outputs down.
 *
 * <p>Targets are one-hot, {@code [batch, label]}. A mask {@code [batch, 1]} scales each sample.
 */
public final class KerasCategoricalCrossEntropy extends SampleLoss {
  private static final long serialVersionUID = 1L;

  /** Creates the loss. It has no settings. */
  public KerasCategoricalCrossEntropy() {}

  @Override
  INDArray losses(INDArray labels, INDArray preOutput, IActivation activation) {
    checkSigmoid(activation);
    INDArray logits = preOutput.castTo(labels.dataType());
    // ln s = min(z, 0) - ln(1 + exp(-|z|)), whose exponential does not overflow.
    INDArray logSigmoid =
        Transforms.min(logits, 0, true)
            .subi(
                Transforms.log(Transforms.exp(Transforms.abs(logits, true).negi(), false).addi(1)));
    INDArray logSum = Transforms.log(Transforms.sigmoid(logits, true).sum(true, 1).addi(1e-30));
    return logSigmoid.muli(labels).sum(true, 1).rsubi(logSum);
  }

  @Override
  INDArray gradients(INDArray labels, INDArray preOutput, IActivation activation) {
    checkSigmoid(activation);
    INDArray sigmoid = Transforms.sigmoid(preOutput.castTo(labels.dataType()), true);
    INDArray complement = sigmoid.rsub(1);
    INDArray normalized = sigmoid.divColumnVector(sigmoid.sum(true, 1).addi(1e-30));
    // dL/dz_i = (1 - s_i) (s_i / sum(s) - t_i)
    return normalized.subi(labels).muli(complement);
  }

  @Override
  public String name() {
    return "KerasCategoricalCrossEntropy()";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KerasCategoricalCrossEntropy;
  }

  @Override
  public int hashCode() {
    return KerasCategoricalCrossEntropy.class.hashCode();
  }

  private static void checkSigmoid(IActivation activation) {
    if (!(activation instanceof ActivationSigmoid)) {
      throw new IllegalArgumentException(
          "Activation: expected a sigmoid, found "
              + activation
              + ". Under a softmax use Deeplearning4j's own LossMCXENT.");
    }
  }
}
