package io.cxr.train.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class MaskLossTest {
  private static final IActivation SIGMOID = new ActivationSigmoid();

  private static INDArray column(float... values) {
    return Nd4j.createFromArray(values).reshape('c', values.length, 1);
  }

  private static double loss(MaskLoss loss, float[] targets, float[] logits) {
    return loss.computeScore(column(targets), column(logits), SIGMOID, null, false);
  }

  @Test
  void isCrossEntropyAndDiceByHand() {
    // One mask of two places at even odds: cross-entropy ln 2; Dice (2 * 0.5 + 1) / (1 + 1 + 1).
    assertEquals(
        Math.log(2) + 1 - 2 / 3.0,
        loss(new MaskLoss(2), new float[] {1, 0}, new float[] {0, 0}),
        1e-6);
    assertEquals(
        0, loss(new MaskLoss(2), new float[] {1, 0}, new float[] {30, -30}), 1e-6, "perfect");
    assertEquals(0, loss(new MaskLoss(2), new float[] {0, 0}, new float[] {-30, -30}), 1e-6);
  }

  @Test
  void theGradientIsThatOfTheLoss() {
    Random random = new Random(1);
    int places = 6;
    float[] targets = new float[2 * places];
    float[] logits = new float[2 * places];
    for (int i = 0; i < logits.length; i++) {
      targets[i] = random.nextFloat();
      logits[i] = (float) random.nextGaussian();
    }
    MaskLoss loss = new MaskLoss(places);
    INDArray gradient = loss.computeGradient(column(targets), column(logits), SIGMOID, null);
    float step = 1e-2f;
    for (int i = 0; i < logits.length; i++) {
      float[] more = logits.clone();
      float[] less = logits.clone();
      more[i] += step;
      less[i] -= step;
      double slope = (loss(loss, targets, more) - loss(loss, targets, less)) / (2.0 * step);
      assertEquals(slope, gradient.getDouble(i, 0), 2e-4, "place " + i);
    }
    double sum = loss(loss, targets, logits);
    assertEquals(
        sum / 2, loss.computeScore(column(targets), column(logits), SIGMOID, null, true), 1e-9);
    assertEquals(
        sum,
        loss.computeScoreArray(column(targets), column(logits), SIGMOID, null)
            .sumNumber()
            .doubleValue(),
        1e-5);
    assertTrue(
        loss.computeGradientAndScore(column(targets), column(logits), SIGMOID, null, false)
                .getFirst()
            == sum);
  }

  @Test
  void refusesMasksOfNothing() {
    assertThrows(IllegalArgumentException.class, () -> new MaskLoss(0));
  }
}
