package io.cxr.train.loss;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Focal loss (Lin et al., ICCV 2017): {@code -sum_k t_k (1 - p_k)^gamma ln p_k}. Under a softmax k
 * runs over the labels; under one sigmoid over the second and the first label, whose probability is
 * the complement. Targets may be smoothed.
 */
public final class FocalCrossEntropy extends SampleLoss {
  private static final long serialVersionUID = 1L;

  /** Keras clips probabilities here, too. */
  private static final double LEAST = 1e-7;

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
  INDArray losses(INDArray labels, INDArray preOutput, IActivation activation) {
    double[][] targets = targets(labels);
    double[][] p = probabilities(preOutput, activation);
    float[] loss = new float[p.length];
    for (int i = 0; i < p.length; i++) {
      double sum = 0;
      for (int k = 0; k < p[i].length; k++) {
        sum -= targets[i][k] * Math.pow(1 - p[i][k], gamma) * Math.log(p[i][k]);
      }
      loss[i] = (float) sum;
    }
    return Nd4j.createFromArray(loss).reshape(loss.length, 1).castTo(labels.dataType());
  }

  @Override
  INDArray gradients(INDArray labels, INDArray preOutput, IActivation activation) {
    double[][] targets = targets(labels);
    double[][] p = probabilities(preOutput, activation);
    int units = (int) preOutput.size(1);
    float[] gradient = new float[p.length * units];
    for (int i = 0; i < p.length; i++) {
      // dL/dz_j = t_j a_j - p_j sum_k t_k a_k with a_k = p_k dL_k/dp_k
      double[] a = new double[p[i].length];
      double sum = 0;
      for (int k = 0; k < a.length; k++) {
        double q = 1 - p[i][k];
        // gamma * (1 - p)^(gamma - 1) has a pole at p = 1 that p ln p does away with.
        double slope = gamma == 0 ? 0 : gamma * Math.pow(Math.max(q, LEAST), gamma - 1);
        a[k] = targets[i][k] * (slope * p[i][k] * Math.log(p[i][k]) - Math.pow(q, gamma));
        sum += a[k];
      }
      for (int j = 0; j < units; j++) {
        // One sigmoid is a softmax over two labels whose first logit is fixed at 0.
        int k = units == 1 ? 1 : j;
        gradient[i * units + j] = (float) (a[k] - p[i][k] * sum);
      }
    }
    return Nd4j.createFromArray(gradient).reshape('c', p.length, units).castTo(labels.dataType());
  }

  private static double[][] targets(INDArray labels) {
    double[][] targets = labels.toDoubleMatrix();
    if (labels.size(1) > 1) {
      return targets;
    }
    double[][] both = new double[targets.length][];
    for (int i = 0; i < both.length; i++) {
      both[i] = new double[] {1 - targets[i][0], targets[i][0]};
    }
    return both;
  }

  private static double[][] probabilities(INDArray preOutput, IActivation activation) {
    double[][] logits = preOutput.toDoubleMatrix();
    boolean single = logits[0].length == 1;
    if (!(single
        ? activation instanceof ActivationSigmoid
        : activation instanceof ActivationSoftmax)) {
      throw new IllegalArgumentException(
          "Focal loss: expected a softmax or one sigmoid, found "
              + logits[0].length
              + " units with "
              + activation);
    }
    double[][] probabilities = new double[logits.length][];
    for (int i = 0; i < logits.length; i++) {
      double[] z = single ? new double[] {0, logits[i][0]} : logits[i];
      double greatest = Double.NEGATIVE_INFINITY;
      for (double value : z) {
        greatest = Math.max(greatest, value);
      }
      double sum = 0;
      double[] p = new double[z.length];
      for (int k = 0; k < z.length; k++) {
        p[k] = Math.exp(z[k] - greatest);
        sum += p[k];
      }
      for (int k = 0; k < z.length; k++) {
        // Not by Math.max, which would turn a NaN of a diverged network into a number.
        double value = p[k] / sum;
        p[k] = value < LEAST ? LEAST : value > 1 - LEAST ? 1 - LEAST : value;
      }
      probabilities[i] = p;
    }
    return probabilities;
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
