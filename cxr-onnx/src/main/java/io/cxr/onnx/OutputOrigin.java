package io.cxr.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a graph's {@code output} is, by the operator that makes it: a card promises probabilities,
 * and logits in their place would be read as such wherever they happen to lie between 0 and 1.
 */
enum OutputOrigin {
  /** A softmax or sigmoid makes it. */
  PROBABILITIES,
  /** A layer without such an activation makes it: logits, or features. */
  LOGITS,
  /** Other operators make it, which may or may not give probabilities. */
  UNKNOWN;

  /** Operators between an activation and the output, of which there are few. */
  private static final int DEEPEST = 32;

  private static final Set<String> ACTIVATIONS = Set.of("Softmax", "Sigmoid", "HardSigmoid");

  /** Their values are other than probabilities whatever they take. */
  private static final Set<String> NO_PROBABILITIES =
      Set.of(
          "LogSoftmax",
          "Relu",
          "LeakyRelu",
          "PRelu",
          "Elu",
          "Selu",
          "Celu",
          "Gelu",
          "Softplus",
          "Softsign",
          "Tanh",
          "BatchNormalization",
          "LayerNormalization",
          "InstanceNormalization");

  /** Sums of products: of probabilities, they may be probabilities again. */
  private static final Set<String> LAYERS = Set.of("Gemm", "MatMul", "Conv", "Add");

  /** Move the values of their first input, or give some of them, or round them. */
  private static final Set<String> KEEP_FIRST =
      Set.of(
          "Identity",
          "Cast",
          "Reshape",
          "Flatten",
          "Squeeze",
          "Unsqueeze",
          "Transpose",
          "Slice",
          "Gather",
          "Expand",
          "Dropout",
          "QuantizeLinear",
          "DequantizeLinear");

  /** Give values of all their inputs, or some between. */
  private static final Set<String> KEEP_ALL = Set.of("Concat", "Mean", "Max", "Min");

  /** An operator of the graph. */
  private record Node(String operator, List<String> inputs) {}

  /**
   * Looks at a model file.
   *
   * @param model the bytes of an ONNX file that ONNX Runtime takes
   */
  static OutputOrigin of(byte[] model) {
    try {
      Map<String, Node> makers = new HashMap<>();
      Set<String> weights = new HashSet<>();
      ProtocolBuffer whole = new ProtocolBuffer(model);
      // ModelProto.graph
      for (ProtocolBuffer graph : whole.messages(7)) {
        // GraphProto.node and .initializer, and TensorProto.name
        for (ProtocolBuffer node : graph.messages(1)) {
          addNode(node, makers);
        }
        for (ProtocolBuffer tensor : graph.messages(5)) {
          weights.addAll(tensor.texts(8));
        }
      }
      return new Graph(makers, weights, new HashMap<>()).origin(ClassifierGraph.OUTPUT, 0);
    } catch (IllegalArgumentException e) {
      // What ONNX Runtime reads and we do not: ask the network.
      return UNKNOWN;
    }
  }

  private static void addNode(ProtocolBuffer node, Map<String, Node> makers) {
    // NodeProto.op_type, .domain, .input and .output
    String domain = String.join("", node.texts(7));
    boolean known = domain.isEmpty() || domain.equals("ai.onnx");
    String operator = known ? String.join("", node.texts(4)) : domain;
    Node maker = new Node(operator, node.texts(1));
    node.texts(2).forEach(output -> makers.put(output, maker));
  }

  /** The makers of a graph's values, and what is known of these values. */
  private record Graph(
      Map<String, Node> makers, Set<String> weights, Map<String, OutputOrigin> known) {

    OutputOrigin origin(String value, int depth) {
      OutputOrigin before = known.get(value);
      Node maker = makers.get(value);
      if (before != null || maker == null || depth > DEEPEST) {
        return before == null ? UNKNOWN : before;
      }
      // A graph has no cycles; in one that has, this ends the search.
      known.put(value, UNKNOWN);
      OutputOrigin found = origin(maker, depth);
      known.put(value, found);
      return found;
    }

    private OutputOrigin origin(Node maker, int depth) {
      if (ACTIVATIONS.contains(maker.operator())) {
        return PROBABILITIES;
      }
      if (NO_PROBABILITIES.contains(maker.operator())) {
        return LOGITS;
      }
      if (KEEP_FIRST.contains(maker.operator()) && !maker.inputs().isEmpty()) {
        return origin(maker.inputs().get(0), depth + 1);
      }
      boolean all = KEEP_ALL.contains(maker.operator());
      if (!all && !LAYERS.contains(maker.operator())) {
        return UNKNOWN;
      }
      Set<OutputOrigin> taken = new HashSet<>();
      boolean weighted = false;
      for (String input : maker.inputs()) {
        if (isWeight(input)) {
          weighted = true;
        } else {
          taken.add(origin(input, depth + 1));
        }
      }
      if (all) {
        return taken.size() == 1 && !weighted ? taken.iterator().next() : UNKNOWN;
      }
      if (!weighted || taken.contains(PROBABILITIES)) {
        return UNKNOWN;
      }
      // A bias alone makes no layer.
      return maker.operator().equals("Add") && !taken.equals(Set.of(LOGITS)) ? UNKNOWN : LOGITS;
    }

    /** Weights may be stored in 16 bits or in integers, and made into floats by the graph. */
    private boolean isWeight(String value) {
      Node maker = makers.get(value);
      return weights.contains(value)
          || (maker != null
              && (maker.operator().equals("Constant")
                  || (KEEP_FIRST.contains(maker.operator())
                      && !maker.inputs().isEmpty()
                      && weights.contains(maker.inputs().get(0)))));
    }
  }
}
