package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.Network;
import io.cxr.train.weights.NetworkWeights;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Whole samples are dropped, as by Keras with one value of noise a sample. */
class SampleDropoutTest {
  private static final int SAMPLES = 2000;

  /** Keras' share for the last block of stage 6, the fifteenth of sixteen. */
  private static final double RATE = 0.2 * 14 / 16;

  @Test
  void dropsOrScalesEachSampleAsAWholeAndItsGradientAlike() {
    Nd4j.getRandom().setSeed(1);
    SampleDropout dropout = new SampleDropout(0.8);
    INDArray input = Nd4j.rand(SAMPLES, 3, 2, 2).addi(1);
    INDArray output = Nd4j.createUninitialized(input.shape());
    dropout.applyDropout(input.dup(), output, 0, 0, LayerWorkspaceMgr.noWorkspaces());
    INDArray gradient = Nd4j.createUninitialized(input.shape());
    dropout.backprop(Nd4j.ones(input.shape()), gradient, 0, 0);
    INDArray factors = output.div(input);
    int kept = 0;
    for (int i = 0; i < SAMPLES; i++) {
      double factor = factors.getDouble(i, 0, 0, 0);
      boolean keeps = factor > 0;
      kept += keeps ? 1 : 0;
      double expected = keeps ? 1 / 0.8 : 0;
      assertEquals(expected, factors.slice(i).maxNumber().doubleValue(), 1e-6);
      assertEquals(expected, factors.slice(i).minNumber().doubleValue(), 1e-6);
      assertEquals(expected, gradient.slice(i).maxNumber().doubleValue(), 1e-6);
      assertEquals(expected, gradient.slice(i).minNumber().doubleValue(), 1e-6);
    }
    // Within four deviations of a binomial distribution.
    assertEquals(0.8, (double) kept / SAMPLES, 4 * Math.sqrt(0.8 * 0.2 / SAMPLES));
  }

  @Test
  void refusesAShareThatIsNone() {
    assertThrows(IllegalArgumentException.class, () -> new SampleDropout(0));
    assertThrows(IllegalArgumentException.class, () -> new SampleDropout(1.1));
  }

  /** The block's last layers: what is dropped is the branch, and what goes past it is kept. */
  @Test
  void unfrozenBlocksOfEfficientNetDropTheirBranch() {
    PretrainedArchitecture network =
        PretrainedArchitecture.of(Network.named("efficientnet-b0").orElseThrow())
            .withPreprocessing(
                PreprocessingSpec.of(64, 64, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE))
            .withLastLayer("block6d_add")
            .withUnfrozen(1);
    NetworkWeights weights = NetworkWeights.random(network.layers(), 1, 1);
    ComputationGraph learner = network.learner(2, 1, new NoOp(), weights);
    FeatureShape shape = network.frozenMap();
    INDArray map = Nd4j.rand(64, shape.channels(), shape.rows(), shape.columns());
    Nd4j.getRandom().setSeed(3);
    INDArray past = learner.feedForward(map.dup(), true).get("block6d_add").sub(map);
    INDArray whole = learner.feedForward(map.dup(), false).get("block6d_add").sub(map);
    int dropped = 0;
    for (int i = 0; i < 64; i++) {
      double share =
          past.slice(i).norm2Number().doubleValue() / whole.slice(i).norm2Number().doubleValue();
      boolean isDropped = share < 1e-3;
      dropped += isDropped ? 1 : 0;
      assertEquals(isDropped ? 0 : 1 / (1 - RATE), share, 1e-3);
    }
    assertEquals(RATE, dropped / 64.0, 4 * Math.sqrt(RATE * (1 - RATE) / 64));
    assertTrue(dropped > 0);
    String configuration = learner.getConfiguration().toJson();
    assertTrue(configuration.contains("SampleDropout"));
    assertEquals(configuration, ComputationGraphConfiguration.fromJson(configuration).toJson());
  }
}
