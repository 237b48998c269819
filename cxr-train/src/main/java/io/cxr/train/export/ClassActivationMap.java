package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Convolution;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.GlobalPooling;
import io.cxr.train.export.Operation.Pool;
import io.cxr.train.export.Operation.Pooling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017) as part of an ONNX graph, without automatic
 * differentiation.
 *
 * <p>Grad-CAM weighs each channel of the last convolutional map by the spatial mean of the score's
 * gradient. The head between that map and the logits is a chain of pools, one flattening or global
 * pool, and dense layers:
 *
 * <ul>
 *   <li>A pool passes each output's gradient on with total weight one: a maximum to one place, an
 *       average to the places it averaged. So the spatial <em>sum</em> of the gradient before the
 *       pool is the sum after it, even where windows overlap or rows are left out.
 *   <li>Only that sum is needed, so the lowest dense layer's weights are summed over the positions
 *       of each channel here, and divided by the size of the map.
 *   <li>Each further dense layer multiplies by its weights and by the derivative of its activation.
 * </ul>
 *
 * <p>With one dense layer the weights of the channels are constants, and the map is a 1x1
 * convolution.
 */
final class ClassActivationMap {
  /** The node that weighs the last convolutional map. */
  static final String WEIGHTED = "heatmap/weighted";

  /** A dense layer of the head, and the activation between it and the one above, if any. */
  private record Step(Dense dense, Optional<Activation> activation) {}

  /** From the logits down. */
  private final List<Step> steps;

  private final Operation map;

  /** Channel by unit of the lowest dense layer: derivative of the unit by the channel's mean. */
  private final Tensor channelWeights;

  private ClassActivationMap(List<Step> steps, Operation map, Tensor channelWeights) {
    this.steps = steps;
    this.map = map;
    this.channelWeights = channelWeights;
  }

  /** Finds the last convolutional map; empty if the head above it is of another form. */
  static Optional<ClassActivationMap> of(Operation logits) {
    List<Step> steps = new ArrayList<>();
    Operation at = logits;
    Optional<Activation> activation = Optional.empty();
    while (at instanceof Dense dense) {
      steps.add(new Step(dense, activation));
      at = dense.input();
      activation = Optional.empty();
      if (at instanceof Activation below
          && below.input() instanceof Dense
          && isDifferentiable(below)) {
        activation = Optional.of(below);
        at = below.input();
      }
    }
    if (!(at instanceof Flatten || at instanceof GlobalPooling)) {
      return Optional.empty();
    }
    if (at instanceof Flatten flatten && flatten.input() instanceof GlobalPooling) {
      at = flatten.input();
    }
    Shape features = at instanceof Flatten ? at.inputs().get(0).shape() : at.shape();
    int positions = at instanceof Flatten ? features.positions() : 1;
    at = at.inputs().get(0);
    while (at instanceof Pooling pooling) {
      if (pooling.pool() == Pool.AVERAGE
          && pooling.countsPadding()
          && pooling.window().hasPadding()) {
        return Optional.empty(); // Windows at the border pass on less than the others.
      }
      at = pooling.input();
    }
    if (Simplification.inOrder(at).stream().noneMatch(Convolution.class::isInstance)) {
      return Optional.empty();
    }
    if (!steps.isEmpty()) {
      Tensor lowest = steps.get(steps.size() - 1).dense().weights();
      Tensor weights = summed(lowest, positions, at.shape().positions());
      return Optional.of(new ClassActivationMap(steps, at, weights));
    } else if (positions == 1) {
      Tensor weights = identity(features.channels(), at.shape().positions());
      return Optional.of(new ClassActivationMap(steps, at, weights));
    }
    return Optional.empty();
  }

  /** The last convolutional map. */
  Operation map() {
    return map;
  }

  private static boolean isDifferentiable(Activation activation) {
    return switch (activation.function()) {
      case RELU, SIGMOID, TANH -> true;
      case LEAKY_RELU, SOFTMAX -> false;
    };
  }

  private static Tensor summed(Tensor weights, int positions, int mapPositions) {
    int units = weights.dimension(1);
    int channels = weights.dimension(0) / positions;
    double[] sums = new double[units];
    float[] result = new float[channels * units];
    for (int channel = 0; channel < channels; channel++) {
      Arrays.fill(sums, 0);
      for (int position = 0; position < positions; position++) {
        int row = (channel * positions + position) * units;
        for (int unit = 0; unit < units; unit++) {
          sums[unit] += weights.value(row + unit);
        }
      }
      for (int unit = 0; unit < units; unit++) {
        result[channel * units + unit] = (float) (sums[unit] / mapPositions);
      }
    }
    return Tensor.of(result, channels, units);
  }

  /** Without a dense layer, each channel is a logit. */
  private static Tensor identity(int channels, int mapPositions) {
    float[] values = new float[channels * channels];
    for (int channel = 0; channel < channels; channel++) {
      values[channel * channels + channel] = 1f / mapPositions;
    }
    return Tensor.of(values, channels, channels);
  }

  /** Adds the output: one map a label, as large as the last convolutional map. */
  void write(OnnxGraph graph, NetworkWriter network, int labels) {
    String maps =
        steps.size() < 2
            ? constantWeights(graph, network, labels)
            : dependentWeights(graph, network, labels);
    graph.node("Relu", OnnxExporter.HEATMAP, List.of(maps));
    graph.output(OnnxExporter.HEATMAP, labels, map.shape().rows(), map.shape().columns());
  }

  private String constantWeights(OnnxGraph graph, NetworkWriter network, int labels) {
    int channels = channelWeights.dimension(0);
    int units = channelWeights.dimension(1);
    float[] kernels = new float[labels * channels];
    for (int label = 0; label < labels; label++) {
      for (int channel = 0; channel < channels; channel++) {
        // With one unit, the score of the second label is the logit, of the first its negative.
        kernels[label * channels + channel] =
            units == labels
                ? channelWeights.value(channel * units + label)
                : channelWeights.value(channel) * (label == 0 ? -1 : 1);
      }
    }
    String weights = graph.constant("heatmap/W", kernels, labels, channels, 1, 1);
    return graph.node("Conv", WEIGHTED, List.of(network.name(map), weights));
  }

  private String dependentWeights(OnnxGraph graph, NetworkWriter network, int labels) {
    Tensor top = steps.get(0).dense().weights();
    int units = top.dimension(1);
    int below = top.dimension(0);
    float[] transposed = new float[top.length()];
    for (int i = 0; i < below; i++) {
      for (int unit = 0; unit < units; unit++) {
        transposed[unit * below + i] = top.value(i * units + unit);
      }
    }
    // The derivative of each score by the units below: [1, scores, units], then [N, ...].
    String gradient = graph.constant("heatmap/top", transposed, 1, units, below);
    String one = graph.integers("heatmap/one", 1);
    for (int i = 1; i < steps.size(); i++) {
      Step step = steps.get(i);
      Dense dense = step.dense();
      String prefix = "heatmap/" + i;
      if (step.activation().isPresent()) {
        String slope = slope(graph, network, step.activation().get(), prefix);
        slope = graph.node("Unsqueeze", prefix + "/slope", List.of(slope, one));
        gradient = graph.node("Mul", prefix + "/through", List.of(gradient, slope));
      }
      boolean lowest = i == steps.size() - 1;
      String weights =
          lowest ? graph.constant("heatmap/W", channelWeights) : network.weights(dense);
      int from = dense.weights().dimension(1);
      int to = lowest ? channelWeights.dimension(0) : dense.weights().dimension(0);
      // A Gemm reads the dense layer's own weights backwards; a MatMul would need them transposed.
      String rows =
          graph.node(
              "Reshape",
              prefix + "/rows",
              List.of(gradient, graph.integers(prefix + "/rows/shape", -1, from)));
      String product =
          graph.node("Gemm", prefix + "/product", List.of(rows, weights), attribute("transB", 1L));
      gradient =
          graph.node(
              "Reshape",
              prefix + "/gradient",
              List.of(product, graph.integers(prefix + "/gradient/shape", -1, units, to)));
    }
    Shape shape = map.shape();
    String flat =
        graph.node(
            "Reshape",
            "heatmap/map",
            List.of(
                network.name(map),
                graph.integers("heatmap/map/shape", 0, shape.channels(), shape.positions())));
    String weighted = graph.node("MatMul", WEIGHTED, List.of(gradient, flat));
    if (units < labels) {
      String opposite = graph.node("Neg", "heatmap/opposite", List.of(weighted));
      weighted =
          graph.node("Concat", "heatmap/both", List.of(opposite, weighted), attribute("axis", 1L));
    }
    return graph.node(
        "Reshape",
        "heatmap/maps",
        List.of(
            weighted,
            graph.integers("heatmap/maps/shape", 0, labels, shape.rows(), shape.columns())));
  }

  /** The derivative of an activation, from its result. Deeplearning4j's ReLU has slope 0 at 0. */
  private static String slope(
      OnnxGraph graph, NetworkWriter network, Activation activation, String prefix) {
    String result = network.name(activation);
    return switch (activation.function()) {
      case SIGMOID -> {
        String one = graph.constant(prefix + "/unit", new float[] {1});
        String rest = graph.node("Sub", prefix + "/rest", List.of(one, result));
        yield graph.node("Mul", prefix + "/derivative", List.of(result, rest));
      }
      case TANH -> {
        String one = graph.constant(prefix + "/unit", new float[] {1});
        String square = graph.node("Mul", prefix + "/square", List.of(result, result));
        yield graph.node("Sub", prefix + "/derivative", List.of(one, square));
      }
      case RELU -> {
        String zero = graph.constant(prefix + "/zero", new float[] {0});
        String positive = graph.node("Greater", prefix + "/positive", List.of(result, zero));
        AttributeProto toFloat = attribute("to", (long) TensorProto.DataType.FLOAT.getNumber());
        yield graph.node("Cast", prefix + "/derivative", List.of(positive), toFloat);
      }
      case LEAKY_RELU, SOFTMAX ->
          throw new IllegalStateException(
              "Heatmap: expected ReLU, sigmoid or tanh, found " + activation.function());
    };
  }
}
