package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Network;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every network on small images: outputs and heatmaps of the exported file equal Deeplearning4j's
 * forward and backward pass. The report's own are checked at full size by {@link
 * ArchitectureParityTest}.
 */
class NetworkParityTest {
  private static final int SIZE = 96;

  @ParameterizedTest
  @MethodSource("io.cxr.train.export.NetworkChoice#light")
  void light(Network network) throws Exception {
    check(network);
  }

  @ParameterizedTest
  @MethodSource("io.cxr.train.export.NetworkChoice#others")
  @Tag("slow")
  void others(Network network) throws Exception {
    check(network);
  }

  private static void check(Network network) throws Exception {
    PreprocessingSpec small =
        PreprocessingSpec.of(
            SIZE, SIZE, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE);
    PretrainedArchitecture architecture =
        PretrainedArchitecture.of(network).withPreprocessing(small);
    List<String> nodes = BaseParity.check(architecture, 3);
    assertFalse(nodes.isEmpty());
  }
}
