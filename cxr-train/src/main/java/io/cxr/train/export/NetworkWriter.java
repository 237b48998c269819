package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.cxr.train.export.Operation.Dense;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** Lets operations write themselves as ONNX nodes, and remembers the names of their results. */
final class NetworkWriter {
  private final OnnxGraph graph;
  private final IdentityHashMap<Operation, String> names = new IdentityHashMap<>();
  private final IdentityHashMap<Operation, Boolean> written = new IdentityHashMap<>();
  private final IdentityHashMap<Operation, String> weights = new IdentityHashMap<>();

  NetworkWriter(OnnxGraph graph) {
    this.graph = graph;
  }

  /** Writes the operation and all that it needs, but for what is written already. */
  void write(Operation output) {
    for (Operation operation : Simplification.inOrder(output)) {
      if (written.put(operation, true) == null) {
        operation.write(this);
      }
    }
  }

  OnnxGraph graph() {
    return graph;
  }

  /** The name that an operation's result is to have; without, it has its own. */
  void name(Operation operation, String name) {
    names.put(operation, name);
  }

  /** The name of a result. */
  String name(Operation operation) {
    return names.computeIfAbsent(operation, Operation::result);
  }

  List<String> names(List<Operation> operations) {
    return operations.stream().map(this::name).toList();
  }

  /** Adds an operation as one node: on its inputs' results, then on the values named. */
  void node(String type, Operation operation, List<String> values, AttributeProto... attributes) {
    List<String> inputs = new ArrayList<>(names(operation.inputs()));
    inputs.addAll(values);
    graph.node(type, name(operation), inputs, attributes);
  }

  /** Adds weights of an operation. Returns their name. */
  String constant(Operation operation, String suffix, Tensor tensor) {
    return graph.constant(weightName(operation, suffix), tensor);
  }

  String weightName(Operation operation, String suffix) {
    return "weights/" + operation.name() + "/" + suffix;
  }

  /** The name of a dense layer's weights {@code [in, out]}, which are written once. */
  String weights(Dense dense) {
    return weights.computeIfAbsent(dense, key -> constant(key, "W", dense.weights()));
  }
}
