package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts networks side by side into one graph. All names of a network get its prefix. Weights and
 * nodes that are there already are used again, so that two heads on one frozen base cost one base;
 * what no wanted value needs is left out. Not thread-safe.
 */
final class GraphMerging {
  private final OnnxGraph graph;

  /** By the weights without their name, the name of those that are there. */
  private final Map<TensorProto, String> weights = new HashMap<>();

  /** By the node without its name and results, the results of the one that is there. */
  private final Map<NodeProto, List<String>> nodes = new HashMap<>();

  GraphMerging(OnnxGraph graph) {
    this.graph = graph;
  }

  /**
   * Adds a network as far as it is needed.
   *
   * @param network with one input; not changed
   * @param wanted values of the network
   * @param prefix before all its names
   * @param input the input of the whole graph that it takes
   * @return by name in the network, the names of its values in the whole graph
   */
  Map<String, String> add(
      ModelGraph network, Collection<String> wanted, String prefix, String input) {
    Map<String, String> names = new HashMap<>();
    names.put("", ""); // An optional input that is left out.
    for (ValueInfoProto value : network.inputs()) {
      names.put(value.getName(), input);
    }
    List<NodeProto> needed = needed(network, wanted);
    Set<String> taken = new HashSet<>(wanted);
    needed.forEach(node -> taken.addAll(node.getInputList()));
    for (TensorProto tensor : network.constants()) {
      if (taken.contains(tensor.getName())) {
        names.put(tensor.getName(), add(tensor, prefix));
      }
    }
    for (NodeProto node : needed) {
      List<String> results = add(node, names, prefix);
      for (int i = 0; i < results.size(); i++) {
        names.put(node.getOutput(i), results.get(i));
      }
    }
    return names;
  }

  private String add(TensorProto tensor, String prefix) {
    TensorProto nameless = tensor.toBuilder().clearName().build();
    String known = weights.get(nameless);
    if (known != null) {
      return known;
    }
    String name = prefix + tensor.getName();
    graph.add(tensor.toBuilder().setName(name).build());
    weights.put(nameless, name);
    return name;
  }

  private List<String> add(NodeProto node, Map<String, String> names, String prefix) {
    NodeProto.Builder changed = node.toBuilder().clearInput().clearOutput().clearName();
    for (String input : node.getInputList()) {
      changed.addInput(names.getOrDefault(input, prefix + input));
    }
    NodeProto nameless = changed.build();
    List<String> known = nodes.get(nameless);
    if (known != null && known.size() == node.getOutputCount()) {
      return known;
    }
    List<String> results = new ArrayList<>();
    for (String output : node.getOutputList()) {
      results.add(output.isEmpty() ? "" : prefix + output);
    }
    graph.add(changed.setName(prefix + node.getName()).addAllOutput(results).build());
    nodes.put(nameless, results);
    return results;
  }

  /** The nodes that lead to the values, in their order. */
  private static List<NodeProto> needed(ModelGraph network, Collection<String> wanted) {
    Set<String> values = new HashSet<>(wanted);
    List<NodeProto> needed = new ArrayList<>();
    for (int i = network.nodes().size() - 1; i >= 0; i--) {
      NodeProto node = network.nodes().get(i);
      if (node.getOutputList().stream().anyMatch(values::contains)) {
        values.addAll(node.getInputList());
        needed.add(0, node);
      }
    }
    return needed;
  }
}
