package io.cxr.train.network;

import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;

/**
 * The residual networks (He et al., CVPR 2016) without top, as Keras Applications has them (version
 * 1: biases in the convolutions, stride in the first 1x1 convolution of a block), and those with
 * aggregated transformations (ResNeXt; Xie et al., CVPR 2017: no biases, a 3x3 convolution in
 * groups, which has the stride). They may end after any residual block: their lower part knows
 * edges and textures, which radiographs share with photographs, and is a fraction of the whole in
 * size and time.
 */
abstract class ResNet implements Network {
  private static final double EPSILON = 1.001e-5;
  private static final int STEM_CHANNELS = 64;
  private static final int OUTPUT_CHANNELS = 256;
  private static final String STEM_END = "pool1_pool";

  private final int width;
  private final int groups;
  private final boolean bias;

  /** Blocks of the stages conv2 to conv5. */
  private final int[] blocks;

  /**
   * A network.
   *
   * @param width channels of the 3x3 convolutions of the first stage
   * @param groups their groups, 1 for a network without aggregated transformations
   * @param blocks blocks of each stage
   */
  ResNet(int width, int groups, int... blocks) {
    this.width = width;
    this.groups = groups;
    this.bias = groups == 1;
    this.blocks = blocks.clone();
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    graph.then("conv1_pad", new ZeroPadding(3));
    graph.then("conv1_conv", new Convolution(STEM_CHANNELS, 7, 2, Padding.VALID, bias));
    graph.then("conv1_bn", new BatchNormalization(EPSILON));
    graph.then("conv1_relu", new Activation(Nonlinearity.RELU));
    graph.then("pool1_pad", new ZeroPadding(1));
    graph.then(STEM_END, new MaximumPooling(Window.of(3, 2, Padding.VALID)));
    for (int stage = 0; stage < blocks.length; stage++) {
      for (int i = 1; i <= blocks[stage]; i++) {
        addBlock(graph, blockName(stage, i), stage, stage > 0 && i == 1 ? 2 : 1);
      }
    }
    return graph.build();
  }

  private static String blockName(int stage, int block) {
    return "conv" + (stage + 2) + "_block" + block;
  }

  private void addBlock(NetworkGraph.Builder graph, String name, int stage, int stride) {
    String input = graph.last();
    int filters = width << stage;
    int out = OUTPUT_CHANNELS << stage;
    String shortcut = input;
    if (graph.shape(input).channels() != out) {
      graph.add(name + "_0_conv", new Convolution(out, 1, stride, Padding.VALID, bias), input);
      shortcut = graph.then(name + "_0_bn", new BatchNormalization(EPSILON));
    }
    int first = groups == 1 ? stride : 1;
    graph.add(name + "_1_conv", new Convolution(filters, 1, first, Padding.VALID, bias), input);
    graph.then(name + "_1_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_1_relu", new Activation(Nonlinearity.RELU));
    if (groups == 1) {
      graph.then(name + "_2_conv", new Convolution(filters, 3, 1, Padding.SAME, bias));
    } else {
      graph.then(name + "_2_pad", new ZeroPadding(1));
      Window window = Window.of(3, stride, Padding.VALID);
      graph.then(
          name + "_2_conv", new Convolution(filters, window, groups, bias, Nonlinearity.LINEAR));
    }
    graph.then(name + "_2_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_2_relu", new Activation(Nonlinearity.RELU));
    graph.then(name + "_3_conv", new Convolution(out, 1, 1, Padding.VALID, bias));
    String last = graph.then(name + "_3_bn", new BatchNormalization(EPSILON));
    graph.add(name + "_add", new Add(), shortcut, last);
    graph.then(name + "_out", new Activation(Nonlinearity.RELU));
  }

  @Override
  public List<String> cuts() {
    List<String> cuts = new ArrayList<>(List.of(STEM_END));
    for (int stage = 0; stage < blocks.length; stage++) {
      for (int i = 1; i <= blocks[stage]; i++) {
        cuts.add(blockName(stage, i) + "_out");
      }
    }
    return cuts;
  }
}
