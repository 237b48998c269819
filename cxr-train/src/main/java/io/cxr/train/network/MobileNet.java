package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.DepthwiseConvolution;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.Window.Padding;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** MobileNet 1.0 (Howard et al., 2017) without top, as Keras Applications has it. */
public final class MobileNet implements Network {
  private static final int STEM_CHANNELS = 32;

  /** Channels after each depthwise and pointwise pair. */
  private static final int[] CHANNELS = {
    64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024
  };

  /** The pairs, from 1, that halve rows and columns. */
  private static final Set<Integer> HALVING = Set.of(2, 4, 6, 12);

  @Override
  public String name() {
    return "mobilenet";
  }

  @Override
  public String title() {
    return "MobileNet 1.0 (Howard et al., 2017)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    graph.then("conv1", new Convolution(STEM_CHANNELS, 3, 2, Padding.SAME, false));
    normalizeAndActivate(graph, "conv1");
    for (int i = 1; i <= CHANNELS.length; i++) {
      Window window = Window.of(3, 1, Padding.SAME);
      if (HALVING.contains(i)) {
        graph.then("conv_pad_" + i, new ZeroPadding(0, 1, 0, 1));
        window = Window.of(3, 2, Padding.VALID);
      }
      graph.then("conv_dw_" + i, new DepthwiseConvolution(window, false));
      normalizeAndActivate(graph, "conv_dw_" + i);
      graph.then("conv_pw_" + i, new Convolution(CHANNELS[i - 1], 1, 1, Padding.SAME, false));
      normalizeAndActivate(graph, "conv_pw_" + i);
    }
    return graph.build();
  }

  private static void normalizeAndActivate(NetworkGraph.Builder graph, String name) {
    graph.then(name + "_bn", new BatchNormalization(BatchNormalization.KERAS_EPSILON));
    graph.then(name + "_relu", new Activation(Nonlinearity.RELU6));
  }

  @Override
  public List<String> cuts() {
    return IntStream.rangeClosed(1, CHANNELS.length)
        .mapToObj(i -> "conv_pw_" + i + "_relu")
        .toList();
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        224, 224, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE);
  }

  @Override
  public String weights() {
    return "mobilenet_1_0_224_tf_no_top.h5 (Apache-2.0, Google)";
  }
}
