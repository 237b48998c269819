package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Static quantisation of a network's trunk to 8-bit integers by pairs of QuantizeLinear and
 * DequantizeLinear, which ONNX Runtime fuses with the nodes between them to integer kernels.
 *
 * <p>Quantised are the convolutions and dense layers that lead to the logits, but the last dense
 * layer and the convolutions of squeeze and excitation, which see one number a channel; heatmap and
 * novelty stay float. Weights are signed, symmetric, with one scale an output channel, of grouped
 * and depthwise convolutions, too; biases are 32-bit; activations unsigned with a zero point. A
 * ReLU or a clip to 0 and more after a convolution or sum is part of its range. Between them, sums,
 * products, pools, sigmoids and concatenations stay in 8 bits; what is concatenated has one scale.
 * (Jacob et al., CVPR 2018; Krishnamoorthi 2018, arXiv:1806.08342.)
 *
 * <p>Weights have 7 bits and a sign less, from -64 to 64: processors without VNNI add two products
 * of an unsigned and a signed byte in 16 bits and saturate at 32,767, and 2 * 255 * 64 is 32,640.
 */
final class Quantization {
  /** So that two products of a pixel and a weight fit 16 bits. */
  static final int LARGEST_WEIGHT = 64;

  private static final String QUANTIZE = "QuantizeLinear";
  private static final String DEQUANTIZE = "DequantizeLinear";

  /** Computed on 8-bit values where all of their inputs are such. */
  private static final Set<String> INTEGER_KERNELS =
      Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "MaxPool", "Sigmoid");

  private final ModelGraph graph;
  private final Map<String, NodeProto> makers;
  private final Map<String, List<NodeProto>> takers;
  private final boolean depthwise;
  private boolean hasDepthwise;

  /** What squeeze and excitation computes of the means of channels, up to its product. */
  private final Set<String> pooled = new HashSet<>();

  /** The nodes with integer kernels, by their output. */
  private final Map<String, NodeProto> quantized = new LinkedHashMap<>();

  /** Values that become 8-bit. */
  private final Set<String> values = new LinkedHashSet<>();

  /** Values that have one range, by each of them. */
  private final Map<String, Set<String>> shared = new HashMap<>();

  /**
   * Looks for what can be quantised.
   *
   * @param depthwise whether depthwise convolutions, whose few weights a channel round worst, are
   */
  Quantization(ModelGraph graph, boolean depthwise) {
    this.graph = graph;
    this.makers = graph.makers();
    this.takers = graph.takers();
    this.depthwise = depthwise;
    findPooled();
    Set<String> towardsLogits = ancestors(List.of(logits()));
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
    addBetween();
    share();
  }

  /** The values whose ranges {@link #write} asks for. */
  Set<String> values() {
    return values;
  }

  /** Whether there are depthwise convolutions, quantised or left out. */
  boolean hasDepthwise() {
    return hasDepthwise;
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

  /** The means of channels that lead to another convolution, and all that only follows them. */
  private void findPooled() {
    for (NodeProto node : graph.nodes()) {
      List<String> inputs = variables(node);
      if (node.getOpType().equals("GlobalAveragePool")
          || (!inputs.isEmpty() && pooled.containsAll(inputs))) {
        pooled.add(node.getOutput(0));
      }
    }
  }

  private List<String> variables(NodeProto node) {
    return node.getInputList().stream()
        .filter(input -> !input.isEmpty() && graph.constant(input).isEmpty())
        .toList();
  }

  private Set<String> ancestors(Collection<String> of) {
    Set<String> found = new HashSet<>();
    List<String> open = new ArrayList<>(of);
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      NodeProto maker = makers.get(next);
      if (found.add(next) && maker != null) {
        open.addAll(maker.getInputList());
      }
    }
    return found;
  }

  /** What integer kernels compute of 8-bit values on the way to a quantised layer. */
  private void addBetween() {
    Set<String> towards =
        ancestors(quantized.values().stream().map(node -> node.getInput(0)).toList());
    for (NodeProto node : graph.nodes()) {
      if (!INTEGER_KERNELS.contains(node.getOpType()) || !towards.contains(node.getOutput(0))) {
        continue;
      }
      List<String> inputs = variables(node);
      if (inputs.size() == node.getInputCount()
          && inputs.stream().anyMatch(values::contains)
          && inputs.stream().allMatch(input -> values.contains(input) || pooled.contains(input))) {
        inputs.forEach(this::addValue);
        addValue(result(node));
      }
    }
  }

  /** A maximum passes on values that its input has, and a concatenation those of its inputs. */
  private void share() {
    for (NodeProto node : graph.nodes()) {
      boolean passes = node.getOpType().equals("MaxPool") || node.getOpType().equals("Concat");
      List<String> all = new ArrayList<>(node.getInputList());
      all.add(node.getOutput(0));
      // Below a ReLU that is part of the range there is no room for what is below zero.
      boolean alike = node.getInputList().stream().map(this::isActivated).distinct().count() == 1;
      if (passes && alike && values.containsAll(all)) {
        Set<String> group = new LinkedHashSet<>();
        all.forEach(value -> group.addAll(shared.getOrDefault(value, Set.of(value))));
        group.forEach(value -> shared.put(value, group));
      }
    }
  }

  private boolean isActivated(String value) {
    NodeProto maker = makers.get(value);
    if (maker == null) {
      return false;
    }
    boolean passes = maker.getOpType().equals("MaxPool") || maker.getOpType().equals("Concat");
    return passes ? maker.getInputList().stream().allMatch(this::isActivated) : isActivation(maker);
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
    if (pooled.contains(node.getOutput(0)) && !isDense) {
      return false;
    }
    if (weights.isPresent() && isDepthwise(weights.get())) {
      hasDepthwise = true;
      if (!depthwise) {
        return false;
      }
    }
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

  /** One number a channel needs no rounding, for its scale is its own. */
  private static boolean isDepthwise(TensorProto weights) {
    return weights.getDimsCount() == 4
        && weights.getDims(0) > 1
        && weights.getDims(1) == 1
        && weights.getDims(2) * weights.getDims(3) > 1;
  }

  /** What a layer gives after the activation that its range can take over. */
  private String result(NodeProto node) {
    return activation(node).map(next -> next.getOutput(0)).orElse(node.getOutput(0));
  }

  private Optional<NodeProto> activation(NodeProto node) {
    String output = node.getOutput(0);
    List<NodeProto> next = takers.getOrDefault(output, List.of());
    return next.size() == 1 && isActivation(next.get(0)) && !graph.outputs().contains(output)
        ? Optional.of(next.get(0))
        : Optional.empty();
  }

  /** Whether a node cuts off what is below zero, and at most what is above a bound. */
  private boolean isActivation(NodeProto node) {
    return node.getOpType().equals("Relu")
        || (node.getOpType().equals("Clip")
            && GraphRewriting.values(graph, node, 1).filter(least -> least[0] == 0).isPresent());
  }

  private void addValue(String name) {
    if (!graph.outputs().contains(name) && graph.constant(name).isEmpty()) {
      values.add(name);
    }
  }

  /** Whether 8-bit values of a range cannot be other than the activation would leave them. */
  private boolean isPartOf(ActivationRange range, NodeProto activation) {
    if (range.zeroPoint() != 0) {
      return false;
    }
    double most =
        GraphRewriting.values(graph, activation, 2)
            .map(bound -> (double) bound[0])
            .orElse(Double.POSITIVE_INFINITY);
    return range.scale() * (double) ActivationRange.LEVELS <= most * (1 + 1e-6);
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
    Set<NodeProto> parts = new HashSet<>();
    for (NodeProto node : graph.nodes()) {
      if (parts.contains(node)) {
        continue;
      }
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
        float inputScale = range(node.getInput(0), ranges).scale();
        quantizeWeights(result, node, changed, inputScale);
      }
      Optional<NodeProto> part =
          values.contains(result(node))
              ? activation(node).filter(next -> isPartOf(range(next.getOutput(0), ranges), next))
              : Optional.empty();
      if (part.isPresent()) {
        changed.setOutput(0, part.get().getOutput(0));
        parts.add(part.get());
      }
      result.nodes().add(changed.build());
      for (String output : changed.getOutputList()) {
        if (values.contains(output)) {
          quantize(result, output, ranges);
        }
      }
    }
    return result;
  }

  private ActivationRange range(String value, Map<String, ActivationRange> ranges) {
    @Nullable ActivationRange range = null;
    for (String name : shared.getOrDefault(value, Set.of(value))) {
      ActivationRange own = ranges.get(name);
      if (own == null) {
        throw new IllegalStateException("Quantization: expected a range for " + name);
      }
      range = range == null ? own : range.with(own);
    }
    return Objects.requireNonNull(range);
  }

  private void quantize(ModelGraph to, String value, Map<String, ActivationRange> ranges) {
    ActivationRange range = range(value, ranges);
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
