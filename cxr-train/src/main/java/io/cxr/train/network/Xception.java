package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.SeparableConvolution;
import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;

/** Xception (Chollet, CVPR 2017) without top, as Keras Applications has it. */
public final class Xception implements Network {
  private static final int[] STEM_CHANNELS = {32, 64};
  private static final int MIDDLE_CHANNELS = 728;
  private static final int MIDDLE_FIRST = 5;
  private static final int MIDDLE_LAST = 12;

  /** Blocks that end with a sum, each named by its number alone: blocks 2 to 13. */
  private static final int SUMS = 12;

  private static final String OUTPUT = "block14_sepconv2_act";

  @Override
  public String name() {
    return "xception";
  }

  @Override
  public String title() {
    return "Xception (Chollet, CVPR 2017)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    for (int i = 1; i <= STEM_CHANNELS.length; i++) {
      String name = "block1_conv" + i;
      int stride = i == 1 ? 2 : 1;
      graph.then(name, new Convolution(STEM_CHANNELS[i - 1], 3, stride, Padding.VALID, false));
      graph.then(name + "_bn", new BatchNormalization(BatchNormalization.KERAS_EPSILON));
      graph.then(name + "_act", new Activation(Nonlinearity.RELU));
    }
    addHalving(graph, 2, 128, 128);
    addHalving(graph, 3, 256, 256);
    addHalving(graph, 4, MIDDLE_CHANNELS, MIDDLE_CHANNELS);
    for (int block = MIDDLE_FIRST; block <= MIDDLE_LAST; block++) {
      String below = graph.last();
      for (int i = 1; i <= 3; i++) {
        activate(graph, block, i);
        convolve(graph, block, i, MIDDLE_CHANNELS);
      }
      graph.numbered("add", new Add(), graph.last(), below);
    }
    addHalving(graph, 13, MIDDLE_CHANNELS, 1024);
    convolve(graph, 14, 1, 1536);
    activate(graph, 14, 1);
    convolve(graph, 14, 2, 2048);
    activate(graph, 14, 2);
    return graph.build();
  }

  /** A block that halves rows and columns, with a convolution beside it. */
  private static void addHalving(NetworkGraph.Builder graph, int block, int first, int second) {
    String below = graph.last();
    String side =
        graph.numbered("conv2d", new Convolution(second, 1, 2, Padding.SAME, false), below);
    side =
        graph.numbered(
            "batch_normalization", new BatchNormalization(BatchNormalization.KERAS_EPSILON), side);
    // The map under block 2 has its activation already.
    if (block > 2) {
      graph.add(activationName(block, 1), new Activation(Nonlinearity.RELU), below);
      below = graph.last();
    }
    graph.add(convolutionName(block, 1), separable(first), below);
    normalize(graph, block, 1);
    activate(graph, block, 2);
    convolve(graph, block, 2, second);
    graph.then("block" + block + "_pool", new MaximumPooling(Window.of(3, 2, Padding.SAME)));
    graph.numbered("add", new Add(), graph.last(), side);
  }

  private static void convolve(NetworkGraph.Builder graph, int block, int number, int filters) {
    graph.then(convolutionName(block, number), separable(filters));
    normalize(graph, block, number);
  }

  private static SeparableConvolution separable(int filters) {
    return new SeparableConvolution(filters, Window.of(3, 1, Padding.SAME));
  }

  private static void normalize(NetworkGraph.Builder graph, int block, int number) {
    graph.then(
        convolutionName(block, number) + "_bn",
        new BatchNormalization(BatchNormalization.KERAS_EPSILON));
  }

  private static void activate(NetworkGraph.Builder graph, int block, int number) {
    graph.then(activationName(block, number), new Activation(Nonlinearity.RELU));
  }

  private static String convolutionName(int block, int number) {
    return "block" + block + "_sepconv" + number;
  }

  private static String activationName(int block, int number) {
    return convolutionName(block, number) + "_act";
  }

  @Override
  public List<String> cuts() {
    List<String> cuts = new ArrayList<>(List.of("block1_conv2_act", "add"));
    for (int sum = 1; sum < SUMS; sum++) {
      cuts.add("add_" + sum);
    }
    cuts.add(OUTPUT);
    return cuts;
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        299, 299, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE);
  }

  @Override
  public int smallestInput() {
    return 71;
  }

  @Override
  public String weights() {
    return "xception_weights_tf_dim_ordering_tf_kernels_notop.h5 (MIT, François Chollet)";
  }
}
