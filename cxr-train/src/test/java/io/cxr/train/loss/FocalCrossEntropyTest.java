package io.cxr.train.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class FocalCrossEntropyTest {
  private static INDArray row(double... values) {
    return Nd4j.createFromArray(new double[][] {values});
  }

  @Test
  void gammaZeroIsCrossEntropy() {
    INDArray logits = row(0.3, -1.2, 2.0);
    INDArray target = row(0.05, 0.9, 0.05);
    IActivation softmax = new ActivationSoftmax();
    FocalCrossEntropy focal = new FocalCrossEntropy(0);
    assertEquals(
        new LossMCXENT().computeScore(target, logits.dup(), softmax, null, true),
        focal.computeScore(target, logits.dup(), softmax, null, true),
        1e-6);
    INDArray expected = new LossMCXENT().computeGradient(target, logits.dup(), softmax, null);
    INDArray found = focal.computeGradient(target, logits.dup(), softmax, null);
    assertEquals(0, expected.sub(found).norm1Number().doubleValue(), 1e-6);

    IActivation sigmoid = new ActivationSigmoid();
    assertEquals(
        new LossBinaryXENT().computeScore(row(1), row(-0.7), sigmoid, null, true),
        focal.computeScore(row(1), row(-0.7), sigmoid, null, true),
        1e-6);
  }

  @Test
  void easyImagesCountLess() {
    // (1 - 0.9)^2 of the cross-entropy, as in the paper.
    double logit = Math.log(0.9 / 0.1);
    assertEquals(
        -0.01 * Math.log(0.9),
        new FocalCrossEntropy(2)
            .computeScore(row(1), row(logit), new ActivationSigmoid(), null, true),
        1e-8);
  }

  @Property(tries = 60)
  void theGradientIsTheSlope(
      @ForAll @DoubleRange(min = -4, max = 4) double a,
      @ForAll @DoubleRange(min = -4, max = 4) double b,
      @ForAll @DoubleRange(min = 0, max = 5) double gamma,
      @ForAll @DoubleRange(min = 0, max = 0.3) double smoothing,
      @ForAll @IntRange(min = 1, max = 2) int units) {
    FocalCrossEntropy focal = new FocalCrossEntropy(gamma);
    IActivation activation = units == 1 ? new ActivationSigmoid() : new ActivationSoftmax();
    INDArray target = units == 1 ? row(1 - smoothing / 2) : row(smoothing / 2, 1 - smoothing / 2);
    INDArray logits = units == 1 ? row(a) : row(a, b);
    INDArray gradient = focal.computeGradient(target, logits.dup(), activation, null);
    double step = 1e-3;
    for (int i = 0; i < units; i++) {
      INDArray more = logits.dup().putScalar(0, i, logits.getDouble(0, i) + step);
      INDArray less = logits.dup().putScalar(0, i, logits.getDouble(0, i) - step);
      double slope =
          (focal.computeScore(target, more, activation, null, true)
                  - focal.computeScore(target, less, activation, null, true))
              / (2 * step);
      assertEquals(slope, gradient.getDouble(0, i), 1e-3);
    }
  }

  @Test
  void aSigmoidALabelIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new FocalCrossEntropy(2)
                .computeScore(row(0, 1), row(1, 1), new ActivationSigmoid(), null, true));
    assertEquals(DataType.DOUBLE, row(1).dataType());
  }
}
