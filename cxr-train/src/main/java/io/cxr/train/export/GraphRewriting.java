package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Changes of a graph that leave what it computes as it is, up to rounding. */
final class GraphRewriting {
  private static final double DEFAULT_EPSILON = 1e-5;

  private GraphRewriting() {}

  /** Turns 16-bit weights with a cast into 32-bit ones. Exact. */
  static void widenWeights(ModelGraph graph) {
    List<NodeProto> kept = new ArrayList<>();
    for (NodeProto node : graph.nodes()) {
      Optional<TensorProto> half =
          node.getOpType().equals("Cast") ? graph.constant(node.getInput(0)) : Optional.empty();
      boolean widens =
          half.isPresent()
              && half.get().getDataType() == TensorProto.DataType.FLOAT16.getNumber()
              && ModelGraph.attribute(node, "to")
                  .filter(to -> to.getI() == TensorProto.DataType.FLOAT.getNumber())
                  .isPresent();
      if (widens) {
        TensorProto tensor = half.orElseThrow();
        graph.putFloats(
            node.getOutput(0),
            ModelGraph.floats(tensor).orElseThrow(),
            ModelGraph.dimensions(tensor));
        graph.removeConstant(tensor.getName());
      } else {
        kept.add(node);
      }
    }
    graph.nodes().clear();
    graph.nodes().addAll(kept);
  }

  /** Stores large float weights as 16-bit floats with a cast. Rounds to 11 significant bits. */
  static void halveWeights(ModelGraph graph) {
    List<NodeProto> casts = new ArrayList<>();
    for (TensorProto tensor : graph.constants()) {
      if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber()) {
        continue;
      }
      float[] values = ModelGraph.floats(tensor).orElseThrow();
      if (!HalfFloat.suits(values)) {
        continue;
      }
      ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(values.length, Short.BYTES));
      for (float value : values) {
        bytes.putShort(HalfFloat.of(value));
      }
      String name = tensor.getName() + "/half";
      graph.putConstant(
          name, TensorProto.DataType.FLOAT16, bytes.flip(), ModelGraph.dimensions(tensor));
      graph.removeConstant(tensor.getName());
      casts.add(
          ModelGraph.node(
              "Cast",
              tensor.getName(),
              List.of(name),
              attribute("to", (long) TensorProto.DataType.FLOAT.getNumber())));
    }
    graph.nodes().addAll(0, casts);
  }

  /**
   * Folds a batch normalisation into the convolution before it, where nothing else takes that
   * convolution's result.
   */
  static void foldBatchNormalization(ModelGraph graph) {
    Map<String, NodeProto> makers = graph.makers();
    Map<String, List<NodeProto>> takers = graph.takers();
    List<NodeProto> nodes = new ArrayList<>(graph.nodes());
    for (NodeProto normalization : graph.nodes()) {
      if (!normalization.getOpType().equals("BatchNormalization")) {
        continue;
      }
      NodeProto convolution = makers.get(normalization.getInput(0));
      if (convolution == null
          || !convolution.getOpType().equals("Conv")
          || graph.outputs().contains(convolution.getOutput(0))
          || takers.getOrDefault(convolution.getOutput(0), List.of()).size() != 1) {
        continue;
      }
      Optional<NodeProto> folded = folded(graph, convolution, normalization);
      if (folded.isPresent()) {
        nodes.set(nodes.indexOf(convolution), folded.get());
        nodes.remove(normalization);
      }
    }
    graph.nodes().clear();
    graph.nodes().addAll(nodes);
  }

  private static Optional<NodeProto> folded(
      ModelGraph graph, NodeProto convolution, NodeProto normalization) {
    Optional<float[]> weights = values(graph, convolution, 1);
    Optional<ChannelScaling> constant = scaling(graph, normalization);
    boolean biased = convolution.getInputCount() > 2 && !convolution.getInput(2).isEmpty();
    Optional<float[]> bias = biased ? values(graph, convolution, 2) : Optional.empty();
    if (weights.isEmpty() || constant.isEmpty() || (biased && bias.isEmpty())) {
      return Optional.empty();
    }
    ChannelScaling scaling = constant.get();
    int channels = scaling.channels();
    int each = weights.get().length / channels;
    String name = normalization.getOutput(0);
    TensorProto tensor = graph.constant(convolution.getInput(1)).orElseThrow();
    graph.putFloats(
        name + "/folded/W",
        scaling.weights(weights.get(), i -> i / each),
        ModelGraph.dimensions(tensor));
    graph.putFloats(
        name + "/folded/B", scaling.bias(bias.orElseGet(() -> new float[channels])), channels);
    return Optional.of(
        convolution.toBuilder()
            .clearInput()
            .addInput(convolution.getInput(0))
            .addInput(name + "/folded/W")
            .addInput(name + "/folded/B")
            .clearOutput()
            .addOutput(name)
            .build());
  }

  /**
   * Turns batch normalisation of a map, where it could not be folded, into a convolution with one
   * weight a channel, which has an integer kernel.
   */
  static void convolveBatchNormalization(ModelGraph graph) {
    Set<String> maps = new HashSet<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      NodeProto node = graph.nodes().get(i);
      if (node.getOpType().equals("Conv") || maps.contains(node.getOutput(0))) {
        maps.addAll(node.getInputList());
      }
    }
    Map<String, NodeProto> makers = graph.makers();
    graph
        .nodes()
        .replaceAll(
            node ->
                node.getOpType().equals("BatchNormalization")
                        && maps.contains(node.getOutput(0))
                        && makers.containsKey(node.getInput(0))
                    ? convolved(graph, node).orElse(node)
                    : node);
  }

  private static Optional<NodeProto> convolved(ModelGraph graph, NodeProto normalization) {
    return scaling(graph, normalization)
        .map(
            scaling -> {
              int channels = scaling.channels();
              float[] ones = new float[channels];
              Arrays.fill(ones, 1);
              String name = normalization.getOutput(0);
              graph.putFloats(name + "/folded/W", scaling.weights(ones, i -> i), channels, 1, 1, 1);
              graph.putFloats(name + "/folded/B", scaling.bias(new float[channels]), channels);
              return ModelGraph.node(
                  "Conv",
                  name,
                  List.of(normalization.getInput(0), name + "/folded/W", name + "/folded/B"),
                  attribute("kernel_shape", 1, 1),
                  attribute("group", (long) channels));
            });
  }

  /** What a batch normalisation with constant statistics does. */
  private static Optional<ChannelScaling> scaling(ModelGraph graph, NodeProto normalization) {
    Optional<float[]> gamma = values(graph, normalization, 1);
    Optional<float[]> beta = values(graph, normalization, 2);
    Optional<float[]> mean = values(graph, normalization, 3);
    Optional<float[]> variance = values(graph, normalization, 4);
    if (gamma.isEmpty() || beta.isEmpty() || mean.isEmpty() || variance.isEmpty()) {
      return Optional.empty();
    }
    double epsilon =
        ModelGraph.attribute(normalization, "epsilon")
            .map(attribute -> (double) attribute.getF())
            .orElse(DEFAULT_EPSILON);
    return Optional.of(
        ChannelScaling.of(gamma.get(), beta.get(), mean.get(), variance.get(), epsilon));
  }

  static Optional<float[]> values(ModelGraph graph, NodeProto node, int input) {
    return node.getInputCount() > input
        ? graph.constant(node.getInput(input)).flatMap(ModelGraph::floats)
        : Optional.empty();
  }

  /**
   * Lets the graph take gray pixels, normalise and replicate them, at every input.
   *
   * @throws IllegalArgumentException if a normalisation of the card depends on the image, or
   *     channels are last
   */
  static void takeGray(ModelGraph graph, ModelCard card) {
    for (ModelInput input : card.inputs()) {
      takeGray(graph, input);
    }
  }

  private static void takeGray(ModelGraph graph, ModelInput modelInput) {
    PreprocessingSpec preprocessing = modelInput.preprocessing();
    Optional<ChannelNormalization> fixed = preprocessing.channelNormalization();
    if (preprocessing.fullDepth()) {
      throw new IllegalArgumentException(
          "Export: expected preprocessing on 8-bit gray for an input of gray pixels, found steps"
              + " that keep all bits. Export with --input float.");
    }
    if (fixed.isEmpty() || preprocessing.layout() != InputShape.Layout.CHANNELS_FIRST) {
      throw new IllegalArgumentException(
          "Export: expected channels first and a normalisation that is the same for every image,"
              + " for an input of gray pixels, found "
              + preprocessing.layout()
              + " and "
              + preprocessing.steps().get(preprocessing.steps().size() - 1)
              + ". Export with --input float.");
    }
    ChannelNormalization normalization = fixed.get();
    String input = modelInput.name();
    String normalized = input + "/gray-normalized";
    List<NodeProto> nodes = new ArrayList<>();
    nodes.add(
        ModelGraph.node(
            "Cast",
            input + "/gray",
            List.of(input),
            attribute("to", (long) TensorProto.DataType.FLOAT.getNumber())));
    // One value a channel: broadcasting replicates the gray channel. At least one node does so.
    boolean scales = !all(normalization.deviations(), 1);
    boolean shifts = !scales || !all(normalization.means(), 0);
    if (shifts) {
      putChannels(graph, input + "/gray-mean", normalization.means());
      nodes.add(
          ModelGraph.node(
              "Sub",
              scales ? input + "/gray-centred" : normalized,
              List.of(input + "/gray", input + "/gray-mean")));
    }
    if (scales) {
      putChannels(graph, input + "/gray-deviation", normalization.deviations());
      nodes.add(
          ModelGraph.node(
              "Div",
              normalized,
              List.of(
                  shifts ? input + "/gray-centred" : input + "/gray", input + "/gray-deviation")));
    }
    for (NodeProto node : graph.nodes()) {
      NodeProto.Builder changed = node.toBuilder();
      for (int i = 0; i < node.getInputCount(); i++) {
        if (node.getInput(i).equals(input)) {
          changed.setInput(i, normalized);
        }
      }
      nodes.add(changed.build());
    }
    graph.nodes().clear();
    graph.nodes().addAll(nodes);
    for (int i = 0; i < graph.inputs().size(); i++) {
      ValueInfoProto.Builder gray = graph.inputs().get(i).toBuilder();
      if (gray.getName().equals(input)) {
        gray.getTypeBuilder()
            .getTensorTypeBuilder()
            .setElemType(TensorProto.DataType.UINT8.getNumber())
            .getShapeBuilder()
            .getDimBuilder(1)
            .setDimValue(1);
        graph.inputs().set(i, gray.build());
      }
    }
  }

  private static boolean all(List<Double> values, double expected) {
    return values.stream().allMatch(value -> value == expected);
  }

  private static void putChannels(ModelGraph graph, String name, List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    graph.putFloats(name, floats, 1, floats.length, 1, 1);
  }
}
