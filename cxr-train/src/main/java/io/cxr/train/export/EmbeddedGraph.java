package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The nodes and weights of another's graph that one of its values needs, to be copied into a graph
 * of ours under names of their own. Constants that are nodes become weights. Immutable.
 */
final class EmbeddedGraph {
  private final List<NodeProto> nodes;
  private final Map<String, TensorProto> weights;
  private final String input;
  private final String output;
  private final Map<String, Long> operatorSets;
  private final long format;

  /**
   * Takes a part of a graph.
   *
   * @param graph the graph
   * @param input the name of its input of images
   * @param output the name of a value that a node of the graph gives
   * @param operatorSets by domain, the standard one is empty
   * @param format the version of ONNX's format
   */
  EmbeddedGraph(
      GraphProto graph, String input, String output, Map<String, Long> operatorSets, long format) {
    this.input = input;
    this.output = output;
    this.format = format;
    Map<String, TensorProto> all = new LinkedHashMap<>();
    graph.getInitializerList().forEach(tensor -> all.put(tensor.getName(), tensor));
    Set<String> needed = new HashSet<>(Set.of(output));
    List<NodeProto> kept = new ArrayList<>();
    for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
      NodeProto node = graph.getNode(i);
      if (node.getOutputList().stream().noneMatch(needed::contains)) {
        continue;
      }
      if (isConstant(node) && !node.getOutput(0).equals(output)) {
        all.put(
            node.getOutput(0),
            node.getAttribute(0).getT().toBuilder().setName(node.getOutput(0)).build());
      } else {
        kept.add(0, node);
        needed.addAll(taken(node));
      }
    }
    this.nodes = List.copyOf(kept);
    all.keySet().retainAll(needed);
    this.weights = all;
    Set<String> domains = new HashSet<>(Set.of(""));
    nodes.forEach(node -> domains(node, domains));
    this.operatorSets = new LinkedHashMap<>(operatorSets);
    this.operatorSets.keySet().retainAll(domains);
  }

  private static boolean isConstant(NodeProto node) {
    return node.getOpType().equals("Constant")
        && domain(node).isEmpty()
        && node.getAttributeCount() == 1
        && node.getAttribute(0).getName().equals("value");
  }

  /** The standard domain has two names. */
  static String domain(NodeProto node) {
    return node.getDomain().equals("ai.onnx") ? "" : node.getDomain();
  }

  private static void domains(NodeProto node, Set<String> domains) {
    domains.add(domain(node));
    subgraphs(node).forEach(graph -> graph.getNodeList().forEach(each -> domains(each, domains)));
  }

  /** What a node takes, and graphs within it. */
  static Set<String> taken(NodeProto node) {
    Set<String> names = new HashSet<>(node.getInputList());
    for (GraphProto graph : subgraphs(node)) {
      graph.getNodeList().forEach(each -> names.addAll(taken(each)));
      graph.getOutputList().forEach(each -> names.add(each.getName()));
    }
    return names;
  }

  static List<GraphProto> subgraphs(NodeProto node) {
    List<GraphProto> graphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        graphs.add(attribute.getG());
      }
      graphs.addAll(attribute.getGraphsList());
    }
    return graphs;
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  /** How many numbers its weights have. */
  long parameters() {
    return weights.values().stream()
        .filter(tensor -> tensor.getDataType() != TensorProto.DataType.INT64.getNumber())
        .mapToLong(
            tensor -> tensor.getDimsList().stream().reduce(1L, (product, size) -> product * size))
        .sum();
  }

  /**
   * Copies it.
   *
   * @param graph to be added to
   * @param images the name of its input there
   * @param result the name that its output is to have
   */
  void write(OnnxGraph graph, String images, String result) {
    Names names = new Names(images, result);
    graph.requires(operatorSets, format);
    for (TensorProto tensor : weights.values()) {
      String name = names.of(tensor.getName());
      if (graph.precision() == Precision.FP16
          && tensor.getDataType() == TensorProto.DataType.FLOAT.getNumber()) {
        graph.constant(
            name, ModelGraph.floats(tensor).orElseThrow(), ModelGraph.dimensions(tensor));
      } else {
        graph.add(tensor.toBuilder().setName(name).build());
      }
    }
    nodes.forEach(node -> graph.add(names.in(node)));
  }

  /** New names for values: what is inside is told apart from our own by a prefix. */
  private final class Names {
    private final String images;
    private final String result;

    Names(String images, String result) {
      this.images = images;
      this.result = result;
    }

    String of(String name) {
      if (name.isEmpty()) {
        return name; // An input that is left out.
      } else if (name.equals(input)) {
        return images;
      }
      return name.equals(output) ? result : result + "/" + name;
    }

    NodeProto in(NodeProto node) {
      NodeProto.Builder changed = node.toBuilder().clearInput().clearOutput().clearAttribute();
      node.getInputList().forEach(name -> changed.addInput(of(name)));
      node.getOutputList().forEach(name -> changed.addOutput(of(name)));
      for (AttributeProto attribute : node.getAttributeList()) {
        AttributeProto.Builder copy = attribute.toBuilder();
        if (attribute.hasG()) {
          copy.setG(in(attribute.getG()));
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
          copy.setGraphs(i, in(attribute.getGraphs(i)));
        }
        changed.addAttribute(copy);
      }
      return changed.setName(of(node.getOutput(0))).build();
    }

    private GraphProto in(GraphProto graph) {
      GraphProto.Builder changed =
          graph.toBuilder()
              .clearNode()
              .clearInitializer()
              .clearInput()
              .clearOutput()
              .clearValueInfo();
      graph.getNodeList().forEach(node -> changed.addNode(in(node)));
      graph
          .getInitializerList()
          .forEach(each -> changed.addInitializer(each.toBuilder().setName(of(each.getName()))));
      graph
          .getInputList()
          .forEach(each -> changed.addInput(each.toBuilder().setName(of(each.getName()))));
      graph
          .getOutputList()
          .forEach(each -> changed.addOutput(each.toBuilder().setName(of(each.getName()))));
      return changed.build();
    }
  }
}
