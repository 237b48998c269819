package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Concatenation;
import io.cxr.train.export.Operation.Convolution;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.Function;
import io.cxr.train.export.Operation.GlobalPooling;
import io.cxr.train.export.Operation.Input;
import io.cxr.train.export.Operation.Normalization;
import io.cxr.train.export.Operation.Padding;
import io.cxr.train.export.Operation.Pool;
import io.cxr.train.export.Operation.Pooling;
import io.cxr.train.export.Operation.Sum;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** Writes operations as ONNX nodes and remembers the names of their results. */
final class NetworkWriter {
  private final OnnxGraph graph;
  private final IdentityHashMap<Operation, String> names = new IdentityHashMap<>();
  private final IdentityHashMap<Operation, String> weights = new IdentityHashMap<>();

  NetworkWriter(OnnxGraph graph) {
    this.graph = graph;
  }

  /** The name that an operation's result is to have; without, one is made from its layer's. */
  void name(Operation operation, String name) {
    names.put(operation, name);
  }

  /** The name of a result that has been written. */
  String name(Operation operation) {
    return names.computeIfAbsent(
        // A slash keeps a layer called "output" apart from the graph's output of that name.
        operation, key -> key instanceof Input ? key.name() : "network/" + key.name());
  }

  /** The name of a dense layer's weights {@code [in, out]}, once they have been written. */
  String weights(Dense dense) {
    return weights.computeIfAbsent(dense, key -> constant(key, "W", dense.weights()));
  }

  void write(Operation output) {
    Simplification.inOrder(output).forEach(this::writeOne);
  }

  private void writeOne(Operation operation) {
    String name = name(operation);
    List<String> inputs = new ArrayList<>();
    operation.inputs().forEach(input -> inputs.add(name(input)));
    if (operation instanceof Input) {
      graph.input(name, operation.shape());
    } else if (operation instanceof Convolution convolution) {
      inputs.add(constant(operation, "W", convolution.weights()));
      inputs.add(constant(operation, "B", convolution.bias()));
      graph.node("Conv", name, inputs, window(convolution.window()));
    } else if (operation instanceof Pooling pooling) {
      pooling(name, pooling, inputs);
    } else if (operation instanceof GlobalPooling pooling) {
      globalPooling(name, pooling, inputs);
    } else if (operation instanceof Padding padding) {
      inputs.add(
          graph.integers(
              weightName(operation, "pads"),
              0,
              0,
              padding.top(),
              padding.left(),
              0,
              0,
              padding.bottom(),
              padding.right()));
      graph.node("Pad", name, inputs);
    } else if (operation instanceof Normalization normalization) {
      inputs.add(constant(operation, "gamma", normalization.gamma()));
      inputs.add(constant(operation, "beta", normalization.beta()));
      inputs.add(constant(operation, "mean", normalization.mean()));
      inputs.add(constant(operation, "variance", normalization.variance()));
      graph.node(
          "BatchNormalization",
          name,
          inputs,
          attribute("epsilon", (float) normalization.epsilon()));
    } else if (operation instanceof Activation activation) {
      graph.node(activation.function().onnx(), name, inputs, parameters(activation));
    } else if (operation instanceof Flatten) {
      graph.node("Flatten", name, inputs, attribute("axis", 1L));
    } else if (operation instanceof Dense dense) {
      inputs.add(weights(dense));
      inputs.add(constant(operation, "B", dense.bias()));
      graph.node("Gemm", name, inputs);
    } else if (operation instanceof Sum) {
      // Two by two, for the runtime fuses a convolution with an Add of two.
      String sum = inputs.get(0);
      for (int i = 1; i < inputs.size(); i++) {
        String to = i == inputs.size() - 1 ? name : "sum" + i + "/" + name;
        sum = graph.node("Add", to, List.of(sum, inputs.get(i)));
      }
    } else if (operation instanceof Concatenation) {
      graph.node("Concat", name, inputs, attribute("axis", 1L));
    }
  }

  private void pooling(String name, Pooling pooling, List<String> inputs) {
    List<AttributeProto> attributes = new ArrayList<>(List.of(window(pooling.window())));
    attributes.add(
        attribute(
            "kernel_shape", pooling.window().rows().kernel(), pooling.window().columns().kernel()));
    if (pooling.pool() == Pool.AVERAGE) {
      attributes.removeIf(attribute -> attribute.getName().equals("dilations"));
      attributes.add(attribute("count_include_pad", pooling.countsPadding() ? 1L : 0L));
    }
    graph.node(
        pooling.pool() == Pool.MAXIMUM ? "MaxPool" : "AveragePool",
        name,
        inputs,
        attributes.toArray(AttributeProto[]::new));
  }

  private void globalPooling(String name, GlobalPooling pooling, List<String> inputs) {
    String type = pooling.pool() == Pool.MAXIMUM ? "GlobalMaxPool" : "GlobalAveragePool";
    if (pooling.flat()) {
      String map = graph.node(type, "map/" + name, inputs);
      graph.node("Flatten", name, List.of(map), attribute("axis", 1L));
    } else {
      graph.node(type, name, inputs);
    }
  }

  private static AttributeProto[] window(Window window) {
    Window.Axis rows = window.rows();
    Window.Axis columns = window.columns();
    return new AttributeProto[] {
      attribute("strides", rows.stride(), columns.stride()),
      attribute("pads", rows.before(), columns.before(), rows.after(), columns.after()),
      attribute("dilations", rows.dilation(), columns.dilation()),
    };
  }

  private static AttributeProto[] parameters(Activation activation) {
    if (activation.function() == Function.LEAKY_RELU) {
      return new AttributeProto[] {attribute("alpha", (float) activation.alpha())};
    } else if (activation.function() == Function.SOFTMAX) {
      return new AttributeProto[] {attribute("axis", 1L)};
    }
    return new AttributeProto[0];
  }

  private String constant(Operation operation, String suffix, Tensor tensor) {
    return graph.constant(weightName(operation, suffix), tensor);
  }

  private static String weightName(Operation operation, String suffix) {
    return "weights/" + operation.name() + "/" + suffix;
  }
}
