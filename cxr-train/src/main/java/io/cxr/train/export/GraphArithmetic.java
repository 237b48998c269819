package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes formulas as ONNX nodes: each operation on a {@link Value} is one node of operator sets 16
 * to 21. Operators follow ONNX's broadcasting; quotients of integers are cut off towards zero. All
 * names begin with one prefix. Not thread-safe.
 */
final class GraphArithmetic {
  private final String prefix;
  private final List<NodeProto> nodes = new ArrayList<>();

  /** By the tensor without its name, so that a number is stored once. */
  private final Map<TensorProto, String> constants = new LinkedHashMap<>();

  /**
   * No nodes yet.
   *
   * @param prefix of the names of all nodes and constants
   */
  GraphArithmetic(String prefix) {
    this.prefix = prefix;
  }

  /** The nodes so far, each after those that it takes. */
  List<NodeProto> nodes() {
    return nodes;
  }

  /** The constants that they take. */
  List<TensorProto> constants() {
    Set<String> taken = new HashSet<>();
    nodes.forEach(node -> taken.addAll(node.getInputList()));
    List<TensorProto> named = new ArrayList<>();
    constants.forEach(
        (tensor, name) -> {
          if (taken.contains(name)) {
            named.add(tensor.toBuilder().setName(name).build());
          }
        });
    return named;
  }

  /** A value that is made elsewhere. */
  Value value(String name) {
    return new Value(name);
  }

  Value constant(double... vector) {
    return constant(vector, vector.length);
  }

  Value constant(double[] values, long... dimensions) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(values.length, Double.BYTES));
    bytes.asDoubleBuffer().put(values);
    return constant(DataType.DOUBLE, bytes, dimensions);
  }

  Value constant(float... vector) {
    return constant(vector, vector.length);
  }

  Value constant(float[] values, long... dimensions) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(values.length, Float.BYTES));
    bytes.asFloatBuffer().put(values);
    return constant(DataType.FLOAT, bytes, dimensions);
  }

  Value constant(int... vector) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(vector.length, Integer.BYTES));
    bytes.asIntBuffer().put(vector);
    return constant(DataType.INT32, bytes, vector.length);
  }

  Value constant(long... vector) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(vector.length, Long.BYTES));
    bytes.asLongBuffer().put(vector);
    return constant(DataType.INT64, bytes, vector.length);
  }

  Value constant(List<String> texts) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDataType(DataType.STRING.getNumber()).addDims(texts.size());
    texts.forEach(text -> tensor.addStringData(ByteString.copyFromUtf8(text)));
    return named(tensor.build());
  }

  private Value constant(DataType type, ByteBuffer bytes, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setDataType(type.getNumber())
            .setRawData(UnsafeByteOperations.unsafeWrap(bytes));
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    return named(tensor.build());
  }

  private Value named(TensorProto tensor) {
    return new Value(
        constants.computeIfAbsent(tensor, key -> prefix + "constant" + (constants.size() + 1)));
  }

  private Value node(String operator, List<Value> inputs, AttributeProto... attributes) {
    String name = prefix + operator + (nodes.size() + 1);
    nodes.add(
        ModelGraph.node(
            operator, name, inputs.stream().map(input -> input.name).toList(), attributes));
    return new Value(name);
  }

  /** Whole numbers from one to before another, {@code [end - start]}; both are {@code [1]}. */
  Value range(Value start, Value end) {
    return node("Range", List.of(start.scalar(), end.scalar(), constant(1L).scalar()));
  }

  /** By element, one of two values. */
  Value choice(Value condition, Value then, Value otherwise) {
    return node("Where", List.of(condition, then, otherwise));
  }

  Value concatenation(int axis, Value... parts) {
    return node("Concat", Arrays.asList(parts), attribute("axis", (long) axis));
  }

  /** A value of the graph. */
  final class Value {
    private final String name;

    private Value(String name) {
      this.name = name;
    }

    Value plus(Value other) {
      return node("Add", List.of(this, other));
    }

    Value minus(Value other) {
      return node("Sub", List.of(this, other));
    }

    Value times(Value other) {
      return node("Mul", List.of(this, other));
    }

    Value over(Value other) {
      return node("Div", List.of(this, other));
    }

    /**
     * One over it, rounded for itself. Of a quotient with 1 above and a product after it, ONNX
     * Runtime makes one quotient, which rounds differently; 2 over twice the value it leaves alone.
     *
     * @param two 2 in the type of this value
     */
    Value inverse(Value two) {
      return two.over(plus(this));
    }

    /** The remainder; never negative for a divisor above 0. */
    Value modulo(Value other) {
      return node("Mod", List.of(this, other));
    }

    Value atLeast(Value other) {
      return node("Max", List.of(this, other));
    }

    Value atMost(Value other) {
      return node("Min", List.of(this, other));
    }

    Value isLess(Value other) {
      return node("Less", List.of(this, other));
    }

    Value isGreater(Value other) {
      return node("Greater", List.of(this, other));
    }

    Value isAtMost(Value other) {
      return node("LessOrEqual", List.of(this, other));
    }

    Value equalTo(Value other) {
      return node("Equal", List.of(this, other));
    }

    Value and(Value other) {
      return node("And", List.of(this, other));
    }

    Value floor() {
      return node("Floor", List.of(this));
    }

    Value ceiling() {
      return node("Ceil", List.of(this));
    }

    /** To the nearest whole number, halves to the even one. */
    Value rounded() {
      return node("Round", List.of(this));
    }

    Value magnitude() {
      return node("Abs", List.of(this));
    }

    Value squareRoot() {
      return node("Sqrt", List.of(this));
    }

    Value logarithm() {
      return node("Log", List.of(this));
    }

    Value sigmoid() {
      return node("Sigmoid", List.of(this));
    }

    Value softmax(int axis) {
      return node("Softmax", List.of(this), attribute("axis", (long) axis));
    }

    Value as(DataType type) {
      return node("Cast", List.of(this), attribute("to", (long) type.getNumber()));
    }

    Value asBytes() {
      return as(DataType.UINT8);
    }

    Value asIntegers() {
      return as(DataType.INT32);
    }

    Value asLongs() {
      return as(DataType.INT64);
    }

    Value asFloats() {
      return as(DataType.FLOAT);
    }

    Value asDoubles() {
      return as(DataType.DOUBLE);
    }

    /** The size of an axis, {@code [1]}, 64-bit. */
    Value size(int axis) {
      return node("Shape", List.of(this)).gather(0, constant((long) axis));
    }

    /** All sizes, 64-bit. */
    Value shape() {
      return node("Shape", List.of(this));
    }

    /** The elements at these places of an axis, which takes on the axes of the places. */
    Value gather(int axis, Value places) {
      return node("Gather", List.of(this, places), attribute("axis", (long) axis));
    }

    /** Part of the first two axes; starts and ends are {@code [2]}. */
    Value slice(Value starts, Value ends) {
      return node("Slice", List.of(this, starts, ends, constant(0L, 1L)));
    }

    /** With more elements around the first two axes; the pads are {@code [4]}, 64-bit. */
    Value padded(Value pads, Value level) {
      return node("Pad", List.of(this, pads, level.scalar()));
    }

    /** The sum along an axis, which goes. */
    Value sum(int axis) {
      return node("ReduceSum", List.of(this, constant((long) axis)), attribute("keepdims", 0L));
    }

    /** At each place of an axis, the sum up to there, added up in order. */
    Value sums(int axis) {
      return node("CumSum", List.of(this, constant((long) axis)));
    }

    /** The first place of the greatest value of an axis, which stays with size 1. */
    Value greatest(int axis) {
      return node("ArgMax", List.of(this), attribute("axis", (long) axis));
    }

    /** These numbers, {@code [n]}, plus 1 for each time that an index, {@code [m]}, names them. */
    Value counting(Value indices) {
      Value ones = node("Expand", List.of(constant(1), indices.shape()));
      return node(
          "ScatterElements",
          List.of(this, indices, ones),
          attribute("axis", 0L),
          attribute("reduction", "add"));
    }

    Value convolved(Value kernel) {
      return node("Conv", List.of(this, kernel));
    }

    Value product(Value matrix) {
      return node("MatMul", List.of(this, matrix));
    }

    /** With rows and columns exchanged. */
    Value transposed() {
      return node("Transpose", List.of(this), attribute("perm", 1, 0));
    }

    Value reshaped(long... sizes) {
      return node("Reshape", List.of(this, constant(sizes)));
    }

    /** With axes of size 1 repeated up to these sizes. */
    Value expanded(long... sizes) {
      return node("Expand", List.of(this, constant(sizes)));
    }

    /** With axes of size 1 at these places. */
    Value withAxes(long... axes) {
      return node("Unsqueeze", List.of(this, constant(axes)));
    }

    /** Without these axes of size 1. */
    Value withoutAxes(long... axes) {
      return node("Squeeze", List.of(this, constant(axes)));
    }

    private Value scalar() {
      return withoutAxes(0);
    }

    /** Under a name without the prefix, for the outside. */
    void named(String outside) {
      nodes.add(
          NodeProto.newBuilder()
              .setOpType("Identity")
              .setName(prefix + outside)
              .addInput(name)
              .addOutput(outside)
              .build());
    }
  }
}
