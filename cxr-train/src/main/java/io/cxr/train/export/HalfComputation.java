package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Has the trunk of a network compute in 16-bit floats: convolutions, what lies between them, and
 * the activations, sums and pools that follow the last. Casts stand where values go in and out.
 * Shapes, places and conditions stay what they are.
 */
final class HalfComputation {
  /** Take nothing but what came before, and neither sum over space nor grow. */
  private static final Set<String> KEEPS_HALVES =
      Set.of("Relu", "LeakyRelu", "MaxPool", "AveragePool", "Add");

  /** Their second input and those after it are bounds and fillings, not weights. */
  private static final Set<String> BOUNDED = Set.of("Clip", "Pad");

  /** Takes regions and scales as 32-bit floats, whatever it resizes. */
  private static final Set<String> SCALES_WIDE = Set.of("Resize", "Upsample");

  /** Operators whose second input are weights. */
  private static final Set<String> WEIGHED = Set.of("Conv", "Gemm", "MatMul");

  private final ModelGraph graph;
  private final ElementTypes types;
  private final Set<NodeProto> trunk;
  private final Set<String> halves = new HashSet<>();
  private final Set<String> wide;
  private final Set<String> narrowed = new HashSet<>();
  private final List<NodeProto> nodes = new ArrayList<>();

  private HalfComputation(ModelGraph graph) {
    this.graph = graph;
    this.types = ElementTypes.of(graph);
    this.trunk = trunk(graph, types);
    this.wide = new HashSet<>(graph.outputs());
    for (NodeProto node : graph.nodes()) {
      boolean inTrunk = trunk.contains(node);
      for (int i = 0; i < node.getInputCount(); i++) {
        if (!inTrunk || !narrows(node, i)) {
          wide.add(node.getInput(i));
        }
      }
      if (inTrunk) {
        node.getOutputList().stream().filter(types::isFloat).forEach(halves::add);
      }
    }
  }

  /** Changes a graph of 32-bit floats. */
  static void apply(ModelGraph graph) {
    new HalfComputation(graph).rewrite();
  }

  /** Whether a node of the trunk takes this input as 16-bit floats. */
  private boolean narrows(NodeProto node, int input) {
    return types.isFloat(node.getInput(input))
        && (input == 0 || !SCALES_WIDE.contains(node.getOpType()));
  }

  private void rewrite() {
    for (NodeProto node : graph.nodes()) {
      if (trunk.contains(node)) {
        narrow(node);
      } else {
        nodes.add(node);
      }
    }
    graph.nodes().clear();
    graph.nodes().addAll(nodes);
  }

  private void narrow(NodeProto node) {
    NodeProto.Builder changed = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      if (input.isEmpty() || !narrows(node, i)) {
        continue;
      }
      changed.setInput(i, half(input));
      if (!halves.contains(input) && narrowed.add(input)) {
        narrowFromOutside(input, i > 0 && BOUNDED.contains(node.getOpType()));
      }
    }
    List<NodeProto> widenings = new ArrayList<>();
    for (int i = 0; i < node.getOutputCount(); i++) {
      String output = node.getOutput(i);
      if (halves.contains(output)) {
        changed.setOutput(i, half(output));
        if (wide.contains(output)) {
          widenings.add(cast(output, half(output), TensorProto.DataType.FLOAT));
        }
      }
    }
    for (int i = 0; i < node.getAttributeCount(); i++) {
      // A cast to floats, of a condition or of what are floats already.
      if (node.getOpType().equals("Cast") && halves.contains(node.getOutput(0))) {
        changed.setAttribute(i, attribute("to", (long) TensorProto.DataType.FLOAT16.getNumber()));
      }
    }
    nodes.add(changed.setName(half(node.getOutput(0))).build());
    nodes.addAll(widenings);
  }

  private void narrowFromOutside(String value, boolean bound) {
    Optional<TensorProto> constant = graph.constant(value);
    if (constant.isPresent()) {
      graph.putConstant(
          half(value),
          TensorProto.DataType.FLOAT16,
          halves(ModelGraph.floats(constant.get()).orElseThrow(), bound),
          ModelGraph.dimensions(constant.get()));
    } else {
      nodes.add(cast(half(value), value, TensorProto.DataType.FLOAT16));
    }
  }

  private static String half(String value) {
    return value + "/half";
  }

  private static Set<NodeProto> trunk(ModelGraph graph, ElementTypes types) {
    Map<String, List<NodeProto>> takers = graph.takers();
    Set<NodeProto> leadingToConvolution = new HashSet<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      NodeProto node = graph.nodes().get(i);
      if (node.getOpType().equals("Conv")
          || node.getOutputList().stream()
              .flatMap(output -> takers.getOrDefault(output, List.of()).stream())
              .anyMatch(leadingToConvolution::contains)) {
        leadingToConvolution.add(node);
      }
    }
    Set<NodeProto> trunk = new HashSet<>();
    Set<String> values = new HashSet<>();
    for (NodeProto node : graph.nodes()) {
      boolean follows = node.getInputList().stream().anyMatch(values::contains);
      boolean onlyFollows = node.getInputList().stream().allMatch(values::contains);
      // What computes with shapes alone is no part of it.
      if (node.getInputList().stream().noneMatch(types::isFloat)) {
        continue;
      }
      if ((node.getOpType().equals("Conv") && keepsDigits(graph, node))
          || (follows && leadingToConvolution.contains(node) && keepsDigits(graph, node))
          || (onlyFollows && KEEPS_HALVES.contains(node.getOpType()))) {
        trunk.add(node);
        values.addAll(node.getOutputList());
      }
    }
    return trunk;
  }

  /** Weights that are next to nothing as 16-bit floats stay as they are, and so does their node. */
  private static boolean keepsDigits(ModelGraph graph, NodeProto node) {
    return node.getInputCount() < 2
        || !WEIGHED.contains(node.getOpType())
        || graph
            .constant(node.getInput(1))
            .flatMap(ModelGraph::floats)
            .map(HalfFloat::keepsDigits)
            .orElse(true);
  }

  private static ByteBuffer halves(float[] values, boolean bounds) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(values.length, Short.BYTES));
    for (float value : values) {
      bytes.putShort(bounds ? HalfFloat.ofBound(value) : HalfFloat.of(value));
    }
    return bytes.flip();
  }

  private static NodeProto cast(String output, String input, TensorProto.DataType type) {
    return ModelGraph.node(
        "Cast", output, List.of(input), attribute("to", (long) type.getNumber()));
  }
}
