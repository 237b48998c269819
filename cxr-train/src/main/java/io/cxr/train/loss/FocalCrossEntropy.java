package io.cxr.train.loss;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/**
 * Focal loss (Lin et al., ICCV 2017): {@code -sum_k t_k (1 - p_k)^gamma ln p_k}. Under a softmax k
 * runs over the labels; under one sigmoid over the second and the first label, whose probability is
 * the complement. Targets may be smoothed.
 */
public final class FocalCrossEntropy extends SampleLoss {
  private static final long serialVersionUID = 1L;

  private final double gamma;

  /**
   * Creates the loss.
   *
   * @param gamma how much less a sample counts that the network is sure of; at least 0, where 0 is
   *     plain cross-entropy
   */
  public FocalCrossEntropy(double gamma) {
    this.gamma = gamma;
  }

  @Override
  LogitLoss loss(IActivation activation, int units) {
    if (!(units == 1
        ? activation instanceof ActivationSigmoid
        : activation instanceof ActivationSoftmax)) {
      throw new IllegalArgumentException(
          "Focal loss: expected a softmax or one sigmoid, found "
              + units
              + " units with "
              + activation);
    }
    return new LogitLoss.Focal(gamma);
  }

  @Override
  public String name() {
    return "FocalCrossEntropy(gamma=" + gamma + ")";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FocalCrossEntropy focal && focal.gamma == gamma;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(gamma);
  }
}
