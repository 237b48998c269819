package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.DepthwiseConvolution;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;

/** MobileNetV2 1.0 (Sandler et al., CVPR 2018) without top, as Keras Applications has it. */
public final class MobileNetV2 implements Network {
  private static final int STEM_CHANNELS = 32;
  private static final int OUTPUT_CHANNELS = 1280;
  private static final int EXPANSION = 6;

  /** Channels after each inverted residual block. */
  private static final int[] CHANNELS = {
    16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320
  };

  /** The step of each block. */
  private static final int[] STRIDES = {1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1};

  @Override
  public String name() {
    return "mobilenetv2";
  }

  @Override
  public String title() {
    return "MobileNetV2 1.0 (Sandler et al., CVPR 2018)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    graph.then("Conv1", new Convolution(STEM_CHANNELS, 3, 2, Padding.SAME, false));
    normalize(graph, "bn_Conv1");
    graph.then("Conv1_relu", new Activation(Nonlinearity.RELU6));
    for (int block = 0; block < CHANNELS.length; block++) {
      addBlock(graph, block);
    }
    graph.then("Conv_1", new Convolution(OUTPUT_CHANNELS, 1, 1, Padding.VALID, false));
    normalize(graph, "Conv_1_bn");
    graph.then("out_relu", new Activation(Nonlinearity.RELU6));
    return graph.build();
  }

  private static void addBlock(NetworkGraph.Builder graph, int block) {
    String input = graph.last();
    String name = prefix(block);
    if (block > 0) {
      int expanded = EXPANSION * graph.shape(input).channels();
      graph.then(name + "expand", new Convolution(expanded, 1, 1, Padding.SAME, false));
      normalize(graph, name + "expand_BN");
      graph.then(name + "expand_relu", new Activation(Nonlinearity.RELU6));
    }
    int stride = STRIDES[block];
    if (stride > 1) {
      graph.then(name + "pad", ZeroPadding.halving(3, graph.shape(input)));
    }
    Padding padding = stride > 1 ? Padding.VALID : Padding.SAME;
    graph.then(name + "depthwise", new DepthwiseConvolution(Window.of(3, stride, padding), false));
    normalize(graph, name + "depthwise_BN");
    graph.then(name + "depthwise_relu", new Activation(Nonlinearity.RELU6));
    graph.then(name + "project", new Convolution(CHANNELS[block], 1, 1, Padding.SAME, false));
    String projected = normalize(graph, name + "project_BN");
    if (adds(block)) {
      graph.add(name + "add", new Add(), input, projected);
    }
  }

  private static String normalize(NetworkGraph.Builder graph, String name) {
    return graph.then(name, new BatchNormalization(BatchNormalization.KERAS_EPSILON));
  }

  private static String prefix(int block) {
    return block == 0 ? "expanded_conv_" : "block_" + block + "_";
  }

  private static boolean adds(int block) {
    return block > 0 && STRIDES[block] == 1 && CHANNELS[block] == CHANNELS[block - 1];
  }

  @Override
  public List<String> cuts() {
    List<String> cuts = new ArrayList<>();
    for (int block = 0; block < CHANNELS.length; block++) {
      cuts.add(prefix(block) + (adds(block) ? "add" : "project_BN"));
    }
    cuts.add("out_relu");
    return cuts;
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        224, 224, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE);
  }

  @Override
  public String weights() {
    return "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5 (Apache-2.0, Google)";
  }
}
