package io.cxr.train.loss;

import java.util.Arrays;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * The loss of a mask under a sigmoid: mean binary cross-entropy of its places, plus one less the
 * soft Dice coefficient of each mask (Milletari, Navab and Ahmadi, 3DV 2016), which counts small
 * organs as much as large ones. For an output layer on maps of one channel, which gives the places
 * of all masks one after the other. Immutable and thread-safe.
 */
public final class MaskLoss implements ILossFunction {
  private static final long serialVersionUID = 1L;

  /** Keeps the coefficient of two empty masks at 1. */
  private static final double SMOOTHING = 1;

  private final int places;

  /**
   * A loss of masks of one size.
   *
   * @param places rows times columns of a mask, at least 1
   */
  public MaskLoss(int places) {
    if (places < 1) {
      throw new IllegalArgumentException("Mask loss: expected at least one place, found " + places);
    }
    this.places = places;
  }

  /** The sum of the losses of all masks; writes the gradient by the logits. */
  private double of(float[] logits, float[] targets, float[] gradients) {
    double sum = 0;
    double[] p = new double[places];
    for (int start = 0; start < logits.length; start += places) {
      double crossEntropy = 0;
      double overlap = 0;
      double size = 0;
      for (int i = 0; i < places; i++) {
        double z = logits[start + i];
        double t = targets[start + i];
        p[i] = 1 / (1 + Math.exp(-z));
        crossEntropy += Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)));
        overlap += p[i] * t;
        size += p[i] + t;
      }
      double above = 2 * overlap + SMOOTHING;
      double below = size + SMOOTHING;
      sum += crossEntropy / places + 1 - above / below;
      for (int i = 0; i < places; i++) {
        double t = targets[start + i];
        double dice = (2 * t * below - above) / (below * below);
        gradients[start + i] = (float) ((p[i] - t) / places - dice * p[i] * (1 - p[i]));
      }
    }
    return sum;
  }

  private double compute(INDArray labels, INDArray preOutput, float[] gradients) {
    return of(preOutput.ravel().toFloatVector(), labels.ravel().toFloatVector(), gradients);
  }

  @Override
  public double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    double sum = compute(labels, preOutput, new float[(int) preOutput.length()]);
    return average ? sum * places / preOutput.length() : sum;
  }

  /**
   * {@inheritDoc} One value a place: that of its mask, shared evenly, since Dice's coefficient is
   * of a whole mask.
   */
  @Override
  public INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    float[] logits = preOutput.ravel().toFloatVector();
    float[] targets = labels.ravel().toFloatVector();
    float[] scores = new float[logits.length];
    for (int start = 0; start < logits.length; start += places) {
      float[] z = Arrays.copyOfRange(logits, start, start + places);
      float[] t = Arrays.copyOfRange(targets, start, start + places);
      Arrays.fill(scores, start, start + places, (float) (of(z, t, new float[places]) / places));
    }
    return Nd4j.createFromArray(scores).reshape('c', scores.length, 1);
  }

  @Override
  public INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    float[] gradients = new float[(int) preOutput.length()];
    compute(labels, preOutput, gradients);
    return Nd4j.createFromArray(gradients)
        .reshape('c', preOutput.shape())
        .castTo(preOutput.dataType());
  }

  @Override
  public Pair<Double, INDArray> computeGradientAndScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    return new Pair<>(
        computeScore(labels, preOutput, activation, mask, average),
        computeGradient(labels, preOutput, activation, mask));
  }

  @Override
  public String name() {
    return "MaskLoss";
  }

  @Override
  public String toString() {
    return name();
  }
}
