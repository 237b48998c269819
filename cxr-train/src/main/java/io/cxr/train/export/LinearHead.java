package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The way of another's graph from its last map to its logits, found backwards: dense layers ({@code
 * Gemm}, or {@code MatMul} and {@code Add}, or a 1x1 convolution of a pooled map) with ReLU between
 * them, one flattening, and a mean over the map or none. On that way Grad-CAM needs no automatic
 * differentiation ({@link ClassActivationMap} says why), and with one dense layer it is the class
 * activation map (Zhou et al., CVPR 2016). Immutable.
 */
final class LinearHead {
  private static final Set<String> PASSING =
      Set.of("Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Dropout", "Cast");

  private final List<Dense> layers;
  private final String map;
  private final boolean pooled;
  private final boolean channelsLast;

  /** A dense layer; weights {@code [in, out]}. */
  private static final class Dense {
    final float[] weights;
    final int in;
    final int out;

    /** The value after the ReLU below it, which is its input; empty for the lowest. */
    String activated = "";

    Dense(float[] weights, int in, int out) {
      this.weights = weights;
      this.in = in;
      this.out = out;
    }
  }

  private LinearHead(List<Dense> layers, String map, boolean pooled, boolean channelsLast) {
    this.layers = layers;
    this.map = map;
    this.pooled = pooled;
    this.channelsLast = channelsLast;
  }

  /** The value of the last map, {@code [N, C, h, w]}. */
  String map() {
    return map;
  }

  /** How many logits the top layer gives; 0 without a dense layer. */
  int units() {
    return layers.isEmpty() ? 0 : layers.get(0).out;
  }

  // The search ------------------------------------------------------------------------------------

  /** Walks back from the logits; empty if the way is another. */
  static Optional<LinearHead> of(ForeignGraph graph, String logits) {
    return new Walk(graph).from(logits);
  }

  private static final class Walk {
    private final ForeignGraph graph;
    private boolean channelsLast;

    Walk(ForeignGraph graph) {
      this.graph = graph;
    }

    Optional<LinearHead> from(String logits) {
      List<Dense> layers = new ArrayList<>();
      String at = below(logits);
      for (Optional<Dense> dense = dense(at); dense.isPresent(); dense = dense(at)) {
        layers.add(dense.get());
        at = below(input(at));
        Optional<NodeProto> relu = maker(at, "Relu");
        // A ReLU of a vector belongs to the head, one of a map to the map.
        if (relu.isPresent() && dense(below(relu.get().getInput(0))).isPresent()) {
          dense.get().activated = at;
          at = below(relu.get().getInput(0));
        }
      }
      Optional<NodeProto> pool = graph.maker(at).filter(this::isMean);
      if (pool.isPresent()) {
        at = through(pool.get().getInput(0), Set.of("Identity", "Dropout", "Cast", "Transpose"));
      } else if (layers.isEmpty()) {
        return Optional.empty();
      }
      while (maker(at, "MaxPool").isPresent() || isAverage(at)) {
        // Pools pass gradients on as a whole; the map above them is coarser.
        at = through(graph.maker(at).orElseThrow().getInput(0), Set.of("Identity", "Cast"));
      }
      return Optional.of(new LinearHead(layers, at, pool.isPresent(), channelsLast));
    }

    private Optional<NodeProto> maker(String value, String type) {
      return graph.maker(value).filter(node -> node.getOpType().equals(type));
    }

    /** An average over windows that lie inside, with all weights alike. */
    private boolean isAverage(String value) {
      return maker(value, "AveragePool")
          .filter(
              node ->
                  ModelGraph.attribute(node, "count_include_pad")
                          .map(AttributeProto::getI)
                          .orElse(0L)
                      == 0)
          .isPresent();
    }

    private String below(String value) {
      return through(value, PASSING);
    }

    private String through(String value, Set<String> passing) {
      String at = value;
      while (true) {
        Optional<NodeProto> node = graph.maker(at);
        if (node.isEmpty()) {
          return at;
        }
        String type = node.get().getOpType();
        if (type.equals("Transpose") && isToLast(node.get())) {
          channelsLast = true;
        } else if (!passing.contains(type) || type.equals("Transpose")) {
          return at;
        }
        at = node.get().getInput(0);
      }
    }

    private static boolean isToLast(NodeProto transpose) {
      return ModelGraph.attribute(transpose, "perm")
          .filter(perm -> perm.getIntsList().equals(List.of(0L, 2L, 3L, 1L)))
          .isPresent();
    }

    /** What the dense layer that makes a value takes. */
    private String input(String value) {
      NodeProto node = graph.maker(value).orElseThrow();
      if (node.getOpType().equals("Add")) {
        return input(below(node.getInput(isConstant(node.getInput(0)) ? 1 : 0)));
      }
      return node.getInput(0);
    }

    private boolean isConstant(String value) {
      return constant(value).isPresent();
    }

    private Optional<TensorProto> constant(String value) {
      Optional<NodeProto> identity = maker(value, "Identity");
      return identity.isPresent() ? constant(identity.get().getInput(0)) : graph.constant(value);
    }

    private Optional<Dense> dense(String value) {
      Optional<NodeProto> maker = graph.maker(value);
      if (maker.isEmpty()) {
        return Optional.empty();
      }
      NodeProto node = maker.get();
      return switch (node.getOpType()) {
        case "Add" -> {
          boolean first = isConstant(node.getInput(0));
          yield first || isConstant(node.getInput(1))
              ? dense(below(node.getInput(first ? 1 : 0)))
              : Optional.empty();
        }
        case "MatMul" -> matrix(node, false, 1);
        case "Gemm" ->
            integer(node, "transA") == 0
                ? matrix(node, integer(node, "transB") != 0, alpha(node))
                : Optional.empty();
        case "Conv" -> isPooled(node.getInput(0)) ? matrix(node, true, 1) : Optional.empty();
        default -> Optional.empty();
      };
    }

    private boolean isPooled(String value) {
      return graph
          .maker(through(value, Set.of("Identity", "Dropout")))
          .filter(this::isMean)
          .isPresent();
    }

    private static long integer(NodeProto node, String name) {
      return ModelGraph.attribute(node, name).map(AttributeProto::getI).orElse(0L);
    }

    private static float alpha(NodeProto gemm) {
      return ModelGraph.attribute(gemm, "alpha").map(AttributeProto::getF).orElse(1f);
    }

    private Optional<Dense> matrix(NodeProto node, boolean transposed, float factor) {
      Optional<TensorProto> tensor = constant(node.getInput(1));
      Optional<float[]> floats = tensor.flatMap(ModelGraph::floats);
      if (floats.isEmpty()) {
        return Optional.empty();
      }
      long[] sizes = ModelGraph.dimensions(tensor.get());
      boolean flat = sizes.length >= 2;
      for (int i = 2; i < sizes.length; i++) {
        flat &= sizes[i] == 1;
      }
      if (!flat) {
        return Optional.empty();
      }
      int rows = Math.toIntExact(sizes[0]);
      int columns = Math.toIntExact(sizes[1]);
      float[] values = floats.get();
      float[] weights = new float[values.length];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          int to = transposed ? column * rows + row : row * columns + column;
          weights[to] = factor * values[row * columns + column];
        }
      }
      return Optional.of(
          transposed ? new Dense(weights, columns, rows) : new Dense(weights, rows, columns));
    }

    /** Whether a node takes the mean over rows and columns. */
    private boolean isMean(NodeProto node) {
      if (node.getOpType().equals("GlobalAveragePool")) {
        return true;
      }
      if (!node.getOpType().equals("ReduceMean")) {
        return false;
      }
      long[] axes =
          ModelGraph.attribute(node, "axes")
              .map(each -> each.getIntsList().stream().mapToLong(Long::longValue).toArray())
              .or(
                  () ->
                      node.getInputCount() > 1
                          ? graph.integers(node.getInput(1))
                          : Optional.empty())
              .orElse(new long[0]);
      long[] sorted =
          Arrays.stream(axes).map(axis -> axis < 0 ? axis + 4 : axis).sorted().toArray();
      boolean last =
          graph
              .maker(node.getInput(0))
              .filter(each -> each.getOpType().equals("Transpose") && isToLast(each))
              .isPresent();
      return Arrays.equals(sorted, last ? new long[] {1, 2} : new long[] {2, 3});
    }
  }

  // The heatmap -----------------------------------------------------------------------------------

  /** The size of a map. */
  record MapSize(int channels, int rows, int columns) {
    int positions() {
      return rows * columns;
    }
  }

  /** Whether the weights are those of a map of this size; a flattened one may have been pooled. */
  boolean fits(MapSize size) {
    if (layers.isEmpty()) {
      return pooled;
    }
    int taken = layers.get(layers.size() - 1).in;
    return pooled ? taken == size.channels() : taken % size.channels() == 0;
  }

  /**
   * The derivative of what the lowest layer gives by each channel's mean over the map, {@code
   * [channel, unit]}: the sum over the places of a channel, divided by those of the map.
   */
  private float[] channelWeights(MapSize size) {
    int channels = size.channels();
    if (layers.isEmpty()) {
      float[] unit = new float[channels * channels];
      for (int i = 0; i < channels; i++) {
        unit[i * channels + i] = 1f / size.positions();
      }
      return unit;
    }
    Dense lowest = layers.get(layers.size() - 1);
    int places = lowest.in / channels;
    float[] weights = new float[channels * lowest.out];
    double[] sums = new double[lowest.out];
    for (int channel = 0; channel < channels; channel++) {
      Arrays.fill(sums, 0);
      for (int place = 0; place < places; place++) {
        int row = channelsLast && !pooled ? place * channels + channel : channel * places + place;
        for (int unit = 0; unit < lowest.out; unit++) {
          sums[unit] += lowest.weights[row * lowest.out + unit];
        }
      }
      for (int unit = 0; unit < lowest.out; unit++) {
        weights[channel * lowest.out + unit] = (float) (sums[unit] / size.positions());
      }
    }
    return weights;
  }

  /**
   * Adds the output {@code heatmap}, Grad-CAM of each label after its ReLU.
   *
   * @param source the value of the map, as 32-bit floats
   * @param labels how many; with one unit for two, the first has the negative of the second
   */
  void write(ForeignGraph graph, String source, MapSize size, int labels) {
    String maps =
        layers.size() < 2
            ? constant(graph, source, size, labels)
            : dependent(graph, source, size, labels);
    graph.add("Relu", OnnxExporter.HEATMAP, List.of(maps));
  }

  private String constant(ForeignGraph graph, String source, MapSize size, int labels) {
    float[] weights = channelWeights(size);
    int channels = size.channels();
    int units = weights.length / channels;
    float[] kernels = new float[labels * channels];
    for (int label = 0; label < labels; label++) {
      for (int channel = 0; channel < channels; channel++) {
        kernels[label * channels + channel] =
            units == labels
                ? weights[channel * units + label]
                : weights[channel] * (label == 0 ? -1 : 1);
      }
    }
    return graph.add(
        "Conv",
        "heatmap/weighted",
        List.of(source, graph.floats("heatmap/W", kernels, labels, channels, 1, 1)));
  }

  /** With several dense layers, whose derivatives depend on the image: {@code [N, units, ...]}. */
  private String dependent(ForeignGraph graph, String source, MapSize size, int labels) {
    Dense top = layers.get(0);
    int units = top.out;
    String gradient =
        graph.floats("heatmap/top", transposed(top.weights, top.in, units), 1, units, top.in);
    String zero = graph.floats("heatmap/zero", new float[] {0});
    for (int i = 1; i < layers.size(); i++) {
      Dense layer = layers.get(i);
      String prefix = "heatmap/" + i;
      String activated = layers.get(i - 1).activated;
      if (!activated.isEmpty()) {
        String positive = graph.add("Greater", prefix + "/positive", List.of(activated, zero));
        String slope =
            graph.add(
                "Cast",
                prefix + "/slope",
                List.of(positive),
                attribute("to", (long) TensorProto.DataType.FLOAT.getNumber()));
        String rows =
            graph.add(
                "Reshape",
                prefix + "/rows",
                List.of(slope, graph.integers(prefix + "/rows/shape", -1, 1, layer.out)));
        gradient = graph.add("Mul", prefix + "/through", List.of(gradient, rows));
      }
      boolean lowest = i == layers.size() - 1;
      int in = lowest ? size.channels() : layer.in;
      float[] weights = lowest ? channelWeights(size) : layer.weights;
      String matrix =
          graph.floats(prefix + "/W", transposed(weights, in, layer.out), layer.out, in);
      gradient = graph.add("MatMul", prefix + "/gradient", List.of(gradient, matrix));
    }
    String flat =
        graph.add(
            "Reshape",
            "heatmap/map",
            List.of(
                source, graph.integers("heatmap/map/shape", 0, size.channels(), size.positions())));
    String weighted = graph.add("MatMul", "heatmap/weighted", List.of(gradient, flat));
    if (units < labels) {
      String opposite = graph.add("Neg", "heatmap/opposite", List.of(weighted));
      weighted =
          graph.add("Concat", "heatmap/both", List.of(opposite, weighted), attribute("axis", 1L));
    }
    return graph.add(
        "Reshape",
        "heatmap/maps",
        List.of(
            weighted,
            graph.integers("heatmap/maps/shape", -1, labels, size.rows(), size.columns())));
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] result = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = matrix[row * columns + column];
      }
    }
    return result;
  }
}
