package io.cxr.train;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Network;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import java.nio.file.Path;

/**
 * A recipe whose trainings take less than a second: a head on an early map of a MobileNet of random
 * weights, at 32 x 32. For tests of what is done with trainings, not of learning itself.
 */
final class QuickRecipe {
  private QuickRecipe() {}

  /** Weights and features are kept in the folder. */
  static TrainingRecipe.Builder in(Path folder) {
    PretrainedArchitecture network =
        PretrainedArchitecture.of(Network.named("mobilenet").orElseThrow())
            .withLastLayer("conv_pw_2_relu")
            .withPooling(Pooling.FLATTEN)
            .withPreprocessing(
                PreprocessingSpec.of(
                    32, 32, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE));
    Path weights = folder.resolve("mobilenet.h5");
    RandomKerasWeights.write(network.layers(), weights, 1, 0.5);
    return TrainingRecipe.builder(network)
        .weights(weights)
        .featureCache(folder.resolve("features"))
        .learningRate(1e-4);
  }
}
