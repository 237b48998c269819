package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Of which type the elements of a graph's values are, by the operators' definitions (ONNX Operator
 * Schemas): besides floats there are shapes, places, masks and conditions. Immutable.
 */
final class ElementTypes {
  private static final Set<String> INTEGERS =
      Set.of("Shape", "Size", "NonZero", "ArgMax", "ArgMin");

  private static final Set<String> CONDITIONS =
      Set.of(
          "Equal",
          "Less",
          "LessOrEqual",
          "Greater",
          "GreaterOrEqual",
          "Not",
          "And",
          "Or",
          "Xor",
          "IsNaN",
          "IsInf");

  private final Map<String, DataType> types = new HashMap<>();

  private ElementTypes() {}

  static ElementTypes of(ModelGraph graph) {
    ElementTypes known = new ElementTypes();
    graph
        .inputs()
        .forEach(
            input -> known.put(input.getName(), input.getType().getTensorType().getElemType()));
    graph.constants().forEach(tensor -> known.put(tensor.getName(), tensor.getDataType()));
    for (NodeProto node : graph.nodes()) {
      for (int i = 0; i < node.getOutputCount(); i++) {
        known.types.put(node.getOutput(i), known.type(node, i));
      }
    }
    return known;
  }

  private void put(String value, int number) {
    types.put(value, Optional.ofNullable(DataType.forNumber(number)).orElse(DataType.UNDEFINED));
  }

  /** Whether a value is of 32-bit floats. */
  boolean isFloat(String value) {
    return types.get(value) == DataType.FLOAT;
  }

  private DataType type(NodeProto node, int output) {
    String operator = node.getOpType();
    if (INTEGERS.contains(operator)
        || (output == 1 && (operator.equals("MaxPool") || operator.equals("TopK")))) {
      return DataType.INT64;
    }
    if (CONDITIONS.contains(operator) || (output == 1 && operator.equals("Dropout"))) {
      return DataType.BOOL;
    }
    return switch (operator) {
      case "Cast" ->
          ModelGraph.attribute(node, "to")
              .map(to -> DataType.forNumber((int) to.getI()))
              .orElse(DataType.FLOAT);
      case "Constant" -> constant(node);
      case "ConstantOfShape" ->
          ModelGraph.attribute(node, "value")
              .map(value -> DataType.forNumber(value.getT().getDataType()))
              .orElse(DataType.FLOAT);
      case "Where" -> ofInput(node, 1);
      case "OneHot", "QuantizeLinear" -> ofInput(node, 2);
      case "DequantizeLinear" -> DataType.FLOAT;
      default -> ofInput(node, 0);
    };
  }

  private static DataType constant(NodeProto node) {
    AttributeProto value = node.getAttribute(0);
    return switch (value.getName()) {
      case "value" ->
          Optional.ofNullable(DataType.forNumber(value.getT().getDataType()))
              .orElse(DataType.UNDEFINED);
      case "value_float", "value_floats" -> DataType.FLOAT;
      case "value_int", "value_ints" -> DataType.INT64;
      default -> DataType.UNDEFINED;
    };
  }

  private DataType ofInput(NodeProto node, int input) {
    return node.getInputCount() > input
        ? types.getOrDefault(node.getInput(input), DataType.UNDEFINED)
        : DataType.UNDEFINED;
  }
}
