package io.cxr.onnx;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whether a network computes convolutions in 16-bit floats, and not only stores its weights so. */
final class HalfPrecision {
  private static final int FLOAT16 = 10;

  private HalfPrecision() {}

  /**
   * Looks at a model file: convolutions whose kernel is an initializer of 16 bits, or what a {@code
   * Cast} to 16 bits gives.
   *
   * @param model the bytes of an ONNX file that ONNX Runtime takes
   */
  static boolean computes(byte[] model) {
    try {
      Set<String> halves = new HashSet<>();
      Set<String> kernels = new HashSet<>();
      FieldCursor whole = new FieldCursor(model, 0, model.length);
      while (whole.advance()) {
        // ModelProto.graph
        if (whole.isBytes(7)) {
          FieldCursor graph = whole.inside();
          while (graph.advance()) {
            // GraphProto.node and .initializer
            if (graph.isBytes(1)) {
              node(model, graph.inside(), halves, kernels);
            } else if (graph.isBytes(5)) {
              tensor(model, graph.inside(), halves);
            }
          }
        }
      }
      kernels.retainAll(halves);
      return !kernels.isEmpty();
    } catch (IllegalArgumentException e) {
      // What ONNX Runtime reads and we do not.
      return false;
    }
  }

  private static void node(
      byte[] model, FieldCursor node, Set<String> halves, Set<String> kernels) {
    List<String> inputs = new ArrayList<>();
    String output = "";
    String operator = "";
    boolean toHalf = false;
    while (node.advance()) {
      // NodeProto.input, .output, .op_type and .attribute
      if (node.isBytes(1)) {
        inputs.add(text(model, node));
      } else if (node.isBytes(2)) {
        output = text(model, node);
      } else if (node.isBytes(4)) {
        operator = text(model, node);
      } else if (node.isBytes(5)) {
        toHalf |= isHalf(model, node.inside());
      }
    }
    if (operator.equals("Cast") && toHalf) {
      halves.add(output);
    } else if (operator.equals("Conv") && inputs.size() > 1) {
      kernels.add(inputs.get(1));
    }
  }

  /** Whether an attribute is {@code to = FLOAT16}. */
  private static boolean isHalf(byte[] model, FieldCursor attribute) {
    boolean to = false;
    boolean half = false;
    while (attribute.advance()) {
      // AttributeProto.name and .i
      if (attribute.isBytes(1)) {
        to = text(model, attribute).equals("to");
      } else if (attribute.number == 3 && attribute.kind == FieldCursor.VARINT) {
        half = attribute.value == FLOAT16;
      }
    }
    return to && half;
  }

  private static void tensor(byte[] model, FieldCursor tensor, Set<String> halves) {
    boolean half = false;
    String name = "";
    while (tensor.advance()) {
      // TensorProto.data_type and .name
      if (tensor.number == 2 && tensor.kind == FieldCursor.VARINT) {
        half = tensor.value == FLOAT16;
      } else if (tensor.isBytes(8)) {
        name = text(model, tensor);
      }
    }
    if (half) {
      halves.add(name);
    }
  }

  private static String text(byte[] model, FieldCursor field) {
    return new String(model, field.from, field.length(), StandardCharsets.UTF_8);
  }
}
