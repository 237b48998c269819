package io.cxr.train.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.weights.NetworkWeights;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

class KerasCategoricalCrossEntropyTest {
  private static final IActivation SIGMOID = new ActivationSigmoid();
  private final KerasCategoricalCrossEntropy loss = new KerasCategoricalCrossEntropy();

  /** Loss of one sample by Keras' definition, in double precision. */
  private static double byDefinition(double[] logits, int truth) {
    double sum = 0;
    for (double logit : logits) {
      sum += 1 / (1 + Math.exp(-logit));
    }
    return -Math.log(1 / (1 + Math.exp(-logits[truth])) / sum);
  }

  @Test
  void scoreAndGradientAreThoseOfTheDefinition() {
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 200; round++) {
      int labels = 2 + random.nextInt(4);
      double[] logits = random.doubles(labels, -6, 6).toArray();
      int truth = random.nextInt(labels);
      INDArray target = Nd4j.zeros(DataType.DOUBLE, 1, labels);
      target.putScalar(0, truth, 1);
      INDArray preOutput = Nd4j.createFromArray(new double[][] {logits});
      assertEquals(
          byDefinition(logits, truth),
          loss.computeScore(target, preOutput.dup(), SIGMOID, null, true),
          1e-9);
      INDArray gradient = loss.computeGradient(target, preOutput.dup(), SIGMOID, null);
      for (int i = 0; i < labels; i++) {
        double step = 1e-6;
        double[] above = logits.clone();
        above[i] += step;
        double[] below = logits.clone();
        below[i] -= step;
        double numeric = (byDefinition(above, truth) - byDefinition(below, truth)) / (2 * step);
        assertEquals(numeric, gradient.getDouble(0, i), 1e-6);
      }
    }
  }

  @Test
  void aMaskScalesASample() {
    INDArray target = Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}});
    INDArray logits = Nd4j.createFromArray(new double[][] {{0.3, -1}, {2, 0.5}});
    INDArray mask = Nd4j.createFromArray(new double[][] {{1}, {3}});
    INDArray plain = loss.computeScoreArray(target, logits.dup(), SIGMOID, null);
    INDArray masked = loss.computeScoreArray(target, logits.dup(), SIGMOID, mask);
    assertEquals(plain.getDouble(0), masked.getDouble(0), 1e-12);
    assertEquals(3 * plain.getDouble(1), masked.getDouble(1), 1e-12);
    INDArray gradient = loss.computeGradient(target, logits.dup(), SIGMOID, null);
    INDArray scaled = loss.computeGradient(target, logits.dup(), SIGMOID, mask);
    assertEquals(3 * gradient.getDouble(1, 0), scaled.getDouble(1, 0), 1e-12);
  }

  @Test
  void staysFiniteFarOut() {
    INDArray target = Nd4j.createFromArray(new float[][] {{1, 0}});
    INDArray logits = Nd4j.createFromArray(new float[][] {{-90, -80}});
    double score = loss.computeScore(target, logits.dup(), SIGMOID, null, true);
    assertEquals(true, Double.isFinite(score), "score " + score);
    INDArray gradient = loss.computeGradient(target, logits.dup(), SIGMOID, null);
    assertEquals(true, Double.isFinite(gradient.sumNumber().doubleValue()));
  }

  @Test
  void refusesASoftmax() {
    INDArray one = Nd4j.createFromArray(new float[][] {{1, 0}});
    assertThrows(
        IllegalArgumentException.class,
        () -> loss.computeScore(one, one, new ActivationSoftmax(), null, true));
  }

  @Test
  void aConfigurationWithItReadsBack() {
    PretrainedArchitecture architecture = PretrainedArchitecture.resNet50();
    NetworkWeights weights = NetworkWeights.random(architecture.layers(), 1, 64);
    ComputationGraphConfiguration network =
        architecture.learner(2, 1, new NoOp(), weights).getConfiguration();
    assertEquals(network, ComputationGraphConfiguration.fromJson(network.toJson()));
  }
}
