package io.cxr.train.loss;

import java.util.Objects;
import org.nd4j.linalg.activations.IActivation;

/**
 * Any loss, with a weight for each sample of a batch. Deeplearning4j's own way to weight samples, a
 * mask of the labels, multiplies the values before the activation as well, so that the network is
 * trained on other logits than it gives later. Not thread-safe.
 */
public final class WeightedLoss extends SampleLoss {
  private static final long serialVersionUID = 1L;

  private final LogitLoss loss;
  private float[] weights = {};

  /**
   * Weights a loss.
   *
   * @param loss the loss of a sample, which fits the layer's activation
   */
  public WeightedLoss(LogitLoss loss) {
    this.loss = Objects.requireNonNull(loss, "loss");
  }

  /**
   * Tells the weights of the next batch.
   *
   * @param next one a sample
   */
  public void expect(float[] next) {
    weights = next.clone();
  }

  @Override
  LogitLoss loss(IActivation activation, int units) {
    return loss;
  }

  @Override
  double weight(int sample) {
    return weights[sample];
  }

  @Override
  public String name() {
    return "WeightedLoss(" + loss + ")";
  }
}
