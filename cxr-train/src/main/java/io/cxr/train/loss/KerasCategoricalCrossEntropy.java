package io.cxr.train.loss;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;

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
  LogitLoss loss(IActivation activation, int units) {
    if (!(activation instanceof ActivationSigmoid)) {
      throw new IllegalArgumentException(
          "Activation: expected a sigmoid, found "
              + activation
              + ". Under a softmax use Deeplearning4j's own LossMCXENT.");
    }
    return new LogitLoss.NormalizedSigmoidCrossEntropy();
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
}
