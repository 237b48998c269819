package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Static quantisation of a network's trunk to 8-bit integers by pairs of QuantizeLinear and
 * DequantizeLinear, which ONNX Runtime fuses with the nodes between them to integer kernels.
 *
 * <p>Quantised are the convolutions and dense layers that lead to the logits, but the last dense
 * layer; heatmap and novelty stay float. Weights are signed, symmetric, with one scale an output
 * channel; biases are 32-bit; activations unsigned with a zero point. A ReLU after a convolution or
 * sum is part of its range. (Jacob et al., CVPR 2018; Krishnamoorthi 2018, arXiv:1806.08342.)
 *
 * <p>Weights have 7 bits and a sign less, from -64 to 64: processors without VNNI add two products
 * of an unsigned and a signed byte in 16 bits and saturate at 32,767, and 2 * 255 * 64 is 32,640.
 */
final class Quantization {
  /** So that two products of a pixel and a weight fit 16 bits. */
  static final int LARGEST_WEIGHT = 64;

  private static final String QUANTIZE = "QuantizeLinear";
  private static final String DEQUANTIZE = "DequantizeLinear";

  private final ModelGraph graph;
  private final Map<String, NodeProto> makers;
  private final Map<String, List<NodeProto>> takers;

  /** The nodes with integer kernels, by their output. */
  private final Map<String, NodeProto> quantized = new LinkedHashMap<>();

  /** Values that become 8-bit. */
  private final Set<String> values = new LinkedHashSet<>();

  Quantization(ModelGraph graph) {
    this.graph = graph;
    this.makers = graph.makers();
    this.takers = graph.takers();
    Set<String> towardsLogits = ancestors(logits());
    Optional<NodeProto> head = lastDense();
    for (NodeProto node : graph.nodes()) {
      boolean isHead = head.isPresent() && head.get().equals(node);
      if (!isHead && towardsLogits.contains(node.getOutput(0)) && isQuantizable(node)) {
        quantized.put(node.getOutput(0), node);
      }
    }
    for (NodeProto node : quantized.values()) {
      addValue(node.getInput(0));
      addValue(result(node));
    }
  }

  /** The values whose ranges {@link #write} asks for. */
  Set<String> values() {
    return values;
  }

  /** How many convolutions and dense layers become integer. */
  int layers() {
    return quantized.size();
  }

  private String logits() {
    return graph.outputs().contains(OnnxExporter.LOGITS)
        ? OnnxExporter.LOGITS
        : OnnxExporter.OUTPUT;
  }

  private Set<String> ancestors(String value) {
    Set<String> found = new HashSet<>();
    List<String> open = new ArrayList<>(List.of(value));
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      NodeProto maker = makers.get(next);
      if (found.add(next) && maker != null) {
        open.addAll(maker.getInputList());
      }
    }
    return found;
  }

  /** The dense layer that is nearest to the logits, if one comes before any convolution. */
  private Optional<NodeProto> lastDense() {
    NodeProto at = makers.get(logits());
    while (at != null && !at.getOpType().equals("Conv") && at.getInputCount() > 0) {
      if (at.getOpType().equals("Gemm") || at.getOpType().equals("MatMul")) {
        return Optional.of(at);
      }
      at = makers.get(at.getInput(0));
    }
    return Optional.empty();
  }

  private boolean isQuantizable(NodeProto node) {
    boolean isDense = node.getOpType().equals("Gemm");
    if (!isDense && !node.getOpType().equals("Conv")) {
      return false;
    }
    Optional<TensorProto> weights = graph.constant(node.getInput(1));
    // Weights that the heatmap reads, too, stay float.
    return weights.isPresent()
        && weights.get().getDataType() == TensorProto.DataType.FLOAT.getNumber()
        && takers.getOrDefault(node.getInput(1), List.of()).size() == 1
        && (node.getInputCount() < 3 || graph.constant(node.getInput(2)).isPresent())
        && (!isDense || isPlain(node));
  }

  private static boolean isPlain(NodeProto gemm) {
    return gemm.getAttributeCount() == 0;
  }

  /** What a layer gives after the ReLU that its range can take over. */
  private String result(NodeProto node) {
    String output = node.getOutput(0);
    List<NodeProto> next = takers.getOrDefault(output, List.of());
    return next.size() == 1
            && next.get(0).getOpType().equals("Relu")
            && !graph.outputs().contains(output)
        ? next.get(0).getOutput(0)
        : output;
  }

  private void addValue(String name) {
    if (!graph.outputs().contains(name) && graph.constant(name).isEmpty()) {
      values.add(name);
    }
  }

  /** A maximum passes on values that its input has: the same range serves both. */
  private String rangeOf(String value) {
    NodeProto maker = makers.get(value);
    return maker != null
            && maker.getOpType().equals("MaxPool")
            && values.contains(maker.getInput(0))
        ? rangeOf(maker.getInput(0))
        : value;
  }

  /** The graph with 8-bit trunk; this object's graph stays as it is. */
  ModelGraph write(Map<String, ActivationRange> ranges) {
    ModelGraph result = graph.copy();
    result.nodes().clear();
    for (String value : values) {
      if (makers.get(value) == null) {
        quantize(result, value, ranges);
      }
    }
    for (NodeProto node : graph.nodes()) {
      NodeProto.Builder changed = node.toBuilder();
      for (int i = 0; i < node.getInputCount(); i++) {
        String input = node.getInput(i);
        if (values.contains(input)) {
          // A pair of its own for every taker: shared ones keep the runtime from fusing.
          String name = input + "/dequantized/" + node.getOutput(0) + "/" + i;
          result
              .nodes()
              .add(
                  ModelGraph.node(
                      DEQUANTIZE,
                      name,
                      List.of(input + "/quantized", input + "/scale", input + "/zero")));
          changed.setInput(i, name);
        }
      }
      if (quantized.containsKey(node.getOutput(0))) {
        float inputScale = rangeOfValue(node.getInput(0), ranges).scale();
        quantizeWeights(result, node, changed, inputScale);
      }
      result.nodes().add(changed.build());
      for (String output : node.getOutputList()) {
        if (values.contains(output)) {
          quantize(result, output, ranges);
        }
      }
    }
    return result;
  }

  private ActivationRange rangeOfValue(String value, Map<String, ActivationRange> ranges) {
    String name = rangeOf(value);
    ActivationRange range = ranges.get(name);
    if (range == null) {
      throw new IllegalStateException("Quantization: expected a range for " + name);
    }
    return range;
  }

  private void quantize(ModelGraph to, String value, Map<String, ActivationRange> ranges) {
    ActivationRange range = rangeOfValue(value, ranges);
    to.putFloats(value + "/scale", new float[] {range.scale()});
    to.putConstant(
        value + "/zero",
        TensorProto.DataType.UINT8,
        ByteBuffer.wrap(new byte[] {(byte) range.zeroPoint()}));
    to.nodes()
        .add(
            ModelGraph.node(
                QUANTIZE, value + "/quantized", List.of(value, value + "/scale", value + "/zero")));
  }

  private void quantizeWeights(
      ModelGraph to, NodeProto node, NodeProto.Builder changed, float inputScale) {
    String name = node.getInput(1);
    TensorProto tensor = graph.constant(name).orElseThrow();
    long[] dimensions = ModelGraph.dimensions(tensor);
    float[] weights = ModelGraph.floats(tensor).orElseThrow();
    // [out, in, rows, columns] of a convolution, [in, out] of a dense layer.
    int axis = node.getOpType().equals("Conv") ? 0 : 1;
    int channels = Math.toIntExact(dimensions[axis]);
    Optional<float[]> bias = GraphRewriting.values(graph, node, 2);
    if (bias.isPresent() && bias.get().length != channels) {
      throw new IllegalArgumentException(
          "Export: expected " + channels + " biases for " + name + ", found " + bias.get().length);
    }
    float[] scales = scales(weights, channels, axis, bias, inputScale);
    byte[] rounded = new byte[weights.length];
    for (int i = 0; i < weights.length; i++) {
      rounded[i] =
          (byte) Math.rint(weights[i] / scales[channel(i, weights.length, channels, axis)]);
    }
    to.putFloats(name + "/scale", scales, channels);
    // Zeros are the same for all layers with as many channels.
    String zero = "zero/int8/" + channels;
    to.putConstant(zero, TensorProto.DataType.INT8, ByteBuffer.wrap(new byte[channels]), channels);
    to.putConstant(
        name + "/quantized", TensorProto.DataType.INT8, ByteBuffer.wrap(rounded), dimensions);
    to.nodes()
        .add(
            ModelGraph.node(
                DEQUANTIZE,
                name + "/dequantized",
                List.of(name + "/quantized", name + "/scale", zero),
                attribute("axis", (long) axis)));
    changed.setInput(1, name + "/dequantized");
    if (bias.isPresent()) {
      int[] integers = new int[channels];
      float[] biasScales = new float[channels];
      for (int channel = 0; channel < channels; channel++) {
        biasScales[channel] = inputScale * scales[channel];
        integers[channel] = (int) Math.rint(bias.get()[channel] / (double) biasScales[channel]);
      }
      String own = node.getOutput(0) + "/bias";
      to.putFloats(own + "/scale", biasScales, channels);
      String wideZero = "zero/int32/" + channels;
      to.putIntegers(wideZero, new int[channels], channels);
      to.putIntegers(own + "/quantized", integers, channels);
      to.nodes()
          .add(
              ModelGraph.node(
                  DEQUANTIZE,
                  own + "/dequantized",
                  List.of(own + "/quantized", own + "/scale", wideZero),
                  attribute("axis", 0L)));
      changed.setInput(2, own + "/dequantized");
    }
  }

  private static int channel(int index, int length, int channels, int axis) {
    return axis == 0 ? index / (length / channels) : index % channels;
  }

  private static float[] scales(
      float[] weights, int channels, int axis, Optional<float[]> bias, float inputScale) {
    float[] largest = new float[channels];
    for (int i = 0; i < weights.length; i++) {
      int channel = channel(i, weights.length, channels, axis);
      largest[channel] = Math.max(largest[channel], Math.abs(weights[i]));
    }
    float most = 0;
    for (float value : largest) {
      most = Math.max(most, value);
    }
    float[] scales = new float[channels];
    // A channel without weights, as folding leaves a dead one, needs a scale all the same.
    Arrays.fill(scales, most > 0 ? most / LARGEST_WEIGHT * 1e-6f : 1);
    for (int channel = 0; channel < channels; channel++) {
      scales[channel] = Math.max(scales[channel], largest[channel] / LARGEST_WEIGHT);
      if (bias.isPresent()) {
        // The bias, in steps of both scales, must fit 32 bits with room for the sum.
        double least = Math.abs(bias.get()[channel]) / ((double) inputScale * (1 << 30));
        scales[channel] = Math.max(scales[channel], (float) least);
      }
    }
    return scales;
  }
}
