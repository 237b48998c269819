package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.DepthwiseConvolution;
import io.cxr.train.network.LayerDescription.Dropout;
import io.cxr.train.network.LayerDescription.GlobalAveragePooling;
import io.cxr.train.network.LayerDescription.Multiply;
import io.cxr.train.network.LayerDescription.Normalization;
import io.cxr.train.network.LayerDescription.Rescaling;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * EfficientNet-B0 (Tan and Le, ICML 2019) without top, as Keras Applications has it for the weights
 * that were learnt on ImageNet. It takes gray levels from 0 to 255 and normalises them itself.
 */
public final class EfficientNetB0 implements Network {
  private static final int STEM_CHANNELS = 32;
  private static final int OUTPUT_CHANNELS = 1280;

  /** What squeeze and excitation keeps of a block's input channels. */
  private static final int SQUEEZE = 4;

  /** Keras' rate for the last block; those before have their share of it. */
  private static final double DROP_RATE = 0.2;

  /** The deviations of ImageNet, which Keras divides by the root of once more. */
  private static final double[] DEVIATIONS = {0.229, 0.224, 0.225};

  private static final String OUTPUT = "top_activation";

  /** Blocks of one kind; the stride is that of the first. */
  private record Stage(int blocks, int kernel, int stride, int expansion, int channels) {}

  private static final List<Stage> STAGES =
      List.of(
          new Stage(1, 3, 1, 1, 16),
          new Stage(2, 3, 2, 6, 24),
          new Stage(2, 5, 2, 6, 40),
          new Stage(3, 3, 2, 6, 80),
          new Stage(3, 5, 1, 6, 112),
          new Stage(4, 5, 2, 6, 192),
          new Stage(1, 3, 1, 6, 320));

  private static final int BLOCKS = STAGES.stream().mapToInt(Stage::blocks).sum();

  @Override
  public String name() {
    return "efficientnet-b0";
  }

  @Override
  public String title() {
    return "EfficientNet-B0 (Tan and Le, ICML 2019)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    graph.numbered(
        "rescaling", new Rescaling(List.of(1 / 255.0), List.of(0.0)), NetworkGraph.INPUT);
    graph.numbered("normalization", new Normalization(), graph.last());
    List<Double> roots = DoubleStream.of(DEVIATIONS).map(d -> 1 / Math.sqrt(d)).boxed().toList();
    graph.numbered("rescaling", new Rescaling(roots, List.of(0.0)), graph.last());
    graph.then("stem_conv_pad", ZeroPadding.halving(3, input));
    graph.then("stem_conv", new Convolution(STEM_CHANNELS, 3, 2, Padding.VALID, false));
    normalizeAndActivate(graph, "stem_");
    int number = 0;
    for (int stage = 0; stage < STAGES.size(); stage++) {
      for (int i = 0; i < STAGES.get(stage).blocks(); i++) {
        addBlock(graph, stage, i, DROP_RATE * number / BLOCKS);
        number++;
      }
    }
    graph.then("top_conv", new Convolution(OUTPUT_CHANNELS, 1, 1, Padding.SAME, false));
    normalizeAndActivate(graph, "top_");
    return graph.build();
  }

  private static void addBlock(
      NetworkGraph.Builder graph, int number, int repeat, double dropRate) {
    Stage stage = STAGES.get(number);
    String name = prefix(number, repeat);
    String input = graph.last();
    int channels = graph.shape(input).channels();
    int expanded = channels * stage.expansion();
    if (stage.expansion() > 1) {
      graph.then(name + "expand_conv", new Convolution(expanded, 1, 1, Padding.SAME, false));
      normalizeAndActivate(graph, name + "expand_");
    }
    Window window = Window.of(stage.kernel(), 1, Padding.SAME);
    if (repeat == 0 && stage.stride() == 2) {
      graph.then(name + "dwconv_pad", ZeroPadding.halving(stage.kernel(), graph.shape(input)));
      window = Window.of(stage.kernel(), 2, Padding.VALID);
    }
    graph.then(name + "dwconv", new DepthwiseConvolution(window, false));
    String map = normalizeAndActivate(graph, name);
    graph.then(name + "se_squeeze", new GlobalAveragePooling(true));
    graph.then(name + "se_reduce", excitation(channels / SQUEEZE, Nonlinearity.SWISH));
    String gate = graph.then(name + "se_expand", excitation(expanded, Nonlinearity.SIGMOID));
    graph.add(name + "se_excite", new Multiply(), map, gate);
    graph.then(name + "project_conv", new Convolution(stage.channels(), 1, 1, Padding.SAME, false));
    graph.then(name + "project_bn", new BatchNormalization(BatchNormalization.KERAS_EPSILON));
    if (repeat > 0) {
      String dropped = graph.then(name + "drop", new Dropout(dropRate, true));
      graph.add(name + "add", new Add(), dropped, input);
    }
  }

  private static Convolution excitation(int filters, Nonlinearity activation) {
    return new Convolution(filters, Window.of(1, 1, Padding.SAME), 1, true, activation);
  }

  private static String normalizeAndActivate(NetworkGraph.Builder graph, String prefix) {
    graph.then(prefix + "bn", new BatchNormalization(BatchNormalization.KERAS_EPSILON));
    return graph.then(prefix + "activation", new Activation(Nonlinearity.SWISH));
  }

  private static String prefix(int stage, int repeat) {
    return "block" + (stage + 1) + (char) ('a' + repeat) + "_";
  }

  @Override
  public List<String> cuts() {
    List<String> cuts = new ArrayList<>();
    for (int stage = 0; stage < STAGES.size(); stage++) {
      for (int i = 0; i < STAGES.get(stage).blocks(); i++) {
        cuts.add(prefix(stage, i) + (i > 0 ? "add" : "project_bn"));
      }
    }
    cuts.add(OUTPUT);
    return cuts;
  }

  @Override
  public PreprocessingSpec preprocessing() {
    ChannelNormalization none =
        new ChannelNormalization(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    return PreprocessingSpec.of(224, 224, Resampling.BILINEAR, none);
  }

  @Override
  public String weights() {
    return "efficientnetb0_notop.h5 (Apache-2.0, Google)";
  }
}
