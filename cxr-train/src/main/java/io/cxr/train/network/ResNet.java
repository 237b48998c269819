package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.NetworkGraph.Builder;
import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;

/**
 * The residual networks (He et al., CVPR 2016) without top, as Keras Applications has them (version
 * 1: biases in the convolutions, stride in the first 1x1 convolution of a block). They may end
 * after any residual block: their lower part knows edges and textures, which radiographs share with
 * photographs, and is a fraction of the whole in size and time.
 */
abstract class ResNet implements Network {
  private static final double EPSILON = 1.001e-5;
  private static final int EXPANSION = 4;
  private static final int STEM_CHANNELS = 64;
  private static final String STEM_END = "pool1_pool";

  /** Blocks of the stages conv2 to conv5. */
  private final int[] blocks;

  ResNet(int... blocks) {
    this.blocks = blocks.clone();
  }

  @Override
  public NetworkGraph graph(Shape input) {
    Builder graph = NetworkGraph.builder(input);
    graph.then("conv1_pad", new ZeroPadding(3));
    graph.then("conv1_conv", new Convolution(STEM_CHANNELS, 7, 2, Padding.VALID, true));
    graph.then("conv1_bn", new BatchNormalization(EPSILON));
    graph.then("conv1_relu", new Activation(Nonlinearity.RELU));
    graph.then("pool1_pad", new ZeroPadding(1));
    graph.then(STEM_END, new MaximumPooling(Window.of(3, 2, Padding.VALID)));
    for (int stage = 0; stage < blocks.length; stage++) {
      for (int i = 1; i <= blocks[stage]; i++) {
        addBlock(graph, "conv" + (stage + 2) + "_block" + i, 64 << stage, stage > 0 && i == 1);
      }
    }
    return graph.build();
  }

  private static void addBlock(Builder graph, String name, int filters, boolean halves) {
    String input = graph.last();
    int out = EXPANSION * filters;
    int stride = halves ? 2 : 1;
    String shortcut = input;
    if (graph.shape(input).channels() != out) {
      graph.add(name + "_0_conv", new Convolution(out, 1, stride, Padding.VALID, true), input);
      shortcut = graph.then(name + "_0_bn", new BatchNormalization(EPSILON));
    }
    graph.add(name + "_1_conv", new Convolution(filters, 1, stride, Padding.VALID, true), input);
    graph.then(name + "_1_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_1_relu", new Activation(Nonlinearity.RELU));
    graph.then(name + "_2_conv", new Convolution(filters, 3, 1, Padding.SAME, true));
    graph.then(name + "_2_bn", new BatchNormalization(EPSILON));
    graph.then(name + "_2_relu", new Activation(Nonlinearity.RELU));
    graph.then(name + "_3_conv", new Convolution(out, 1, 1, Padding.VALID, true));
    String last = graph.then(name + "_3_bn", new BatchNormalization(EPSILON));
    graph.add(name + "_add", new Add(), shortcut, last);
    graph.then(name + "_out", new Activation(Nonlinearity.RELU));
  }

  @Override
  public List<String> cuts() {
    List<String> cuts = new ArrayList<>(List.of(STEM_END));
    for (int stage = 0; stage < blocks.length; stage++) {
      for (int i = 1; i <= blocks[stage]; i++) {
        cuts.add("conv" + (stage + 2) + "_block" + i + "_out");
      }
    }
    return cuts;
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.CAFFE_BGR_MEAN);
  }
}
