package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.AveragePooling;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Concatenate;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.Window.Padding;
import java.util.List;

/**
 * DenseNet-121 (Huang et al., CVPR 2017) without top, as Keras Applications has it. Batch norm and
 * activation come before each convolution.
 */
public final class DenseNet121 implements Network {
  private static final double EPSILON = 1.001e-5;
  private static final int STEM_CHANNELS = 64;

  /** Channels that each layer of a dense block adds. */
  private static final int GROWTH = 32;

  /** Layers of the dense blocks conv2 to conv5. */
  private static final int[] BLOCKS = {6, 12, 24, 16};

  @Override
  public String name() {
    return "densenet121";
  }

  @Override
  public String title() {
    return "DenseNet-121 (Huang et al., CVPR 2017)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    graph.numbered("zero_padding2d", new ZeroPadding(3), NetworkGraph.INPUT);
    graph.then("conv1/conv", new Convolution(STEM_CHANNELS, 7, 2, Padding.VALID, false));
    graph.then("conv1/bn", new BatchNormalization(EPSILON));
    String stem = graph.then("conv1/relu", new Activation(Nonlinearity.RELU));
    graph.numbered("zero_padding2d", new ZeroPadding(1), stem);
    graph.then("pool1", new MaximumPooling(Window.of(3, 2, Padding.VALID)));
    for (int stage = 0; stage < BLOCKS.length; stage++) {
      if (stage > 0) {
        addTransition(graph, "pool" + (stage + 1));
      }
      for (int i = 1; i <= BLOCKS[stage]; i++) {
        addLayer(graph, "conv" + (stage + 2) + "_block" + i);
      }
    }
    graph.then("bn", new BatchNormalization(EPSILON));
    graph.then("relu", new Activation(Nonlinearity.RELU));
    return graph.build();
  }

  private static void addLayer(NetworkGraph.Builder graph, String name) {
    String input = graph.last();
    graph.then(name + "_0_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_0_relu", new Activation(Nonlinearity.RELU));
    graph.then(name + "_1_conv", new Convolution(4 * GROWTH, 1, 1, Padding.VALID, false));
    graph.then(name + "_1_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_1_relu", new Activation(Nonlinearity.RELU));
    String grown = graph.then(name + "_2_conv", new Convolution(GROWTH, 3, 1, Padding.SAME, false));
    graph.add(name + "_concat", new Concatenate(), input, grown);
  }

  /** Halves channels, rows and columns. */
  private static void addTransition(NetworkGraph.Builder graph, String name) {
    int channels = graph.shape(graph.last()).channels() / 2;
    graph.then(name + "_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_relu", new Activation(Nonlinearity.RELU));
    graph.then(name + "_conv", new Convolution(channels, 1, 1, Padding.VALID, false));
    graph.then(name + "_pool", new AveragePooling(Window.of(2, 2, Padding.VALID)));
  }

  @Override
  public List<String> cuts() {
    return List.of(
        "pool1", "pool2_pool", "pool3_pool", "pool4_pool", "conv5_block16_concat", "relu");
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        224, 224, Resampling.BILINEAR, 3, Normalization.Kind.TORCH_MEAN_DEVIATION);
  }

  @Override
  public String weights() {
    return "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5 (BSD 3-clause, Zhuang Liu)";
  }
}
