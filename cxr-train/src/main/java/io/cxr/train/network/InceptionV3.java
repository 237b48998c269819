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
import io.cxr.train.network.Window.Padding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * InceptionV3 (Szegedy et al., CVPR 2016) without top, as Keras Applications has it: batch norm
 * without gamma, layers named by their number in the order in which they were made.
 */
public final class InceptionV3 implements Network {
  private static final int MIXED_BLOCKS = 11;

  @Override
  public String name() {
    return "inceptionv3";
  }

  @Override
  public String title() {
    return "InceptionV3 (Szegedy et al., CVPR 2016)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    String x = convolve(graph, NetworkGraph.INPUT, 32, Window.of(3, 2, Padding.VALID));
    x = convolve(graph, x, 32, Window.of(3, 1, Padding.VALID));
    x = convolve(graph, x, 64, Window.of(3, 1, Padding.SAME));
    x = halve(graph, x);
    x = convolve(graph, x, 80, Window.of(1, 1, Padding.VALID));
    x = convolve(graph, x, 192, Window.of(3, 1, Padding.VALID));
    x = halve(graph, x);
    x = addSquare(graph, 0, x, 32);
    x = addSquare(graph, 1, x, 64);
    x = addSquare(graph, 2, x, 64);
    x = addFirstHalving(graph, x);
    x = addFactorized(graph, 4, x, 128);
    x = addFactorized(graph, 5, x, 160);
    x = addFactorized(graph, 6, x, 160);
    x = addFactorized(graph, 7, x, 192);
    x = addSecondHalving(graph, x);
    x = addExpanded(graph, 9, x);
    addExpanded(graph, 10, x);
    return graph.build();
  }

  /** 1x1, 5x5, two 3x3, and a pool. */
  private static String addSquare(NetworkGraph.Builder graph, int number, String x, int pooled) {
    String one = chain(graph, x, filters(64, 1, 1));
    String five = chain(graph, x, filters(48, 1, 1), filters(64, 5, 5));
    String three = chain(graph, x, filters(64, 1, 1), filters(96, 3, 3), filters(96, 3, 3));
    return mix(graph, number, one, five, three, pool(graph, x, pooled));
  }

  private static String addFirstHalving(NetworkGraph.Builder graph, String x) {
    Window halving = Window.of(3, 2, Padding.VALID);
    String three = convolve(graph, x, 384, halving);
    String twice = chain(graph, x, filters(64, 1, 1), filters(96, 3, 3));
    twice = convolve(graph, twice, 96, halving);
    return mix(graph, 3, three, twice, halve(graph, x));
  }

  /** 1x1, then 7x7 as rows and columns once and twice, and a pool. */
  private static String addFactorized(NetworkGraph.Builder graph, int number, String x, int width) {
    String one = chain(graph, x, filters(192, 1, 1));
    String once = chain(graph, x, filters(width, 1, 1), filters(width, 1, 7), filters(192, 7, 1));
    String twice =
        chain(
            graph,
            x,
            filters(width, 1, 1),
            filters(width, 7, 1),
            filters(width, 1, 7),
            filters(width, 7, 1),
            filters(192, 1, 7));
    return mix(graph, number, one, once, twice, pool(graph, x, 192));
  }

  private static String addSecondHalving(NetworkGraph.Builder graph, String x) {
    Window halving = Window.of(3, 2, Padding.VALID);
    String three = convolve(graph, chain(graph, x, filters(192, 1, 1)), 320, halving);
    String seven = chain(graph, x, filters(192, 1, 1), filters(192, 1, 7), filters(192, 7, 1));
    seven = convolve(graph, seven, 192, halving);
    return mix(graph, 8, three, seven, halve(graph, x));
  }

  /** 1x1, 3x3 whose rows and columns stand side by side, the same after another 3x3, and a pool. */
  private static String addExpanded(NetworkGraph.Builder graph, int number, String x) {
    String one = chain(graph, x, filters(320, 1, 1));
    String once = chain(graph, x, filters(384, 1, 1));
    String rows = chain(graph, once, filters(384, 1, 3));
    String columns = chain(graph, once, filters(384, 3, 1));
    once = graph.add("mixed9_" + (number - 9), new Concatenate(), rows, columns);
    String twice = chain(graph, x, filters(448, 1, 1), filters(384, 3, 3));
    rows = chain(graph, twice, filters(384, 1, 3));
    columns = chain(graph, twice, filters(384, 3, 1));
    twice = graph.numbered("concatenate", new Concatenate(), rows, columns);
    return mix(graph, number, one, once, twice, pool(graph, x, 192));
  }

  private static String mix(NetworkGraph.Builder graph, int number, String... branches) {
    return graph.add("mixed" + number, new Concatenate(), branches);
  }

  private static String halve(NetworkGraph.Builder graph, String x) {
    return graph.numbered("max_pooling2d", new MaximumPooling(Window.of(3, 2, Padding.VALID)), x);
  }

  private static String pool(NetworkGraph.Builder graph, String x, int filters) {
    AveragePooling pooling = new AveragePooling(Window.of(3, 1, Padding.SAME));
    return chain(graph, graph.numbered("average_pooling2d", pooling, x), filters(filters, 1, 1));
  }

  /** One convolution of a chain. */
  private record Filters(int count, Window window) {}

  private static Filters filters(int count, int rows, int columns) {
    return new Filters(count, new Window(rows, columns, 1, Padding.SAME));
  }

  private static String chain(NetworkGraph.Builder graph, String x, Filters... steps) {
    String last = x;
    for (Filters step : steps) {
      last = convolve(graph, last, step.count(), step.window());
    }
    return last;
  }

  private static String convolve(NetworkGraph.Builder graph, String x, int filters, Window window) {
    String last =
        graph.numbered(
            "conv2d", new Convolution(filters, window, 1, false, Nonlinearity.LINEAR), x);
    last =
        graph.numbered(
            "batch_normalization",
            new BatchNormalization(BatchNormalization.KERAS_EPSILON, false),
            last);
    return graph.numbered("activation", new Activation(Nonlinearity.RELU), last);
  }

  @Override
  public List<String> cuts() {
    return IntStream.range(0, MIXED_BLOCKS).mapToObj(i -> "mixed" + i).toList();
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        299, 299, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE);
  }

  @Override
  public int smallestInput() {
    return 75;
  }

  @Override
  public String weights() {
    return "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5 (Apache-2.0, Google)";
  }
}
