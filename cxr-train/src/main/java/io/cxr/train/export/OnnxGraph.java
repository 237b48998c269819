package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.cxr.train.network.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A graph in the making. Values are known by their names. */
final class OnnxGraph {
  /** The operator set of the nodes that we write; they mean the same in every set up to 21. */
  static final long OPSET = 17;

  /** The version of ONNX that has it. */
  private static final long FORMAT = 8;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("cxr");
  private final Precision precision;
  private final Map<String, Long> operatorSets = new TreeMap<>(Map.of("", OPSET));
  private long format = FORMAT;

  OnnxGraph(Precision precision) {
    if (precision != Precision.FP32 && precision != Precision.FP16) {
      throw new IllegalArgumentException(
          "Export: expected FP32 or FP16 for a network, found "
              + precision
              + ". Write the model so, then export it with ModelExport.");
    }
    this.precision = precision;
  }

  GraphProto build() {
    return graph.build();
  }

  /** One image a row of the batch, {@code [N, channels, rows, columns]}. */
  void input(String name, Shape shape) {
    graph.addInput(value(name, shape.channels(), shape.rows(), shape.columns()));
  }

  /** A result, {@code [N, ...]}. */
  void output(String name, int... dimensions) {
    graph.addOutput(value(name, dimensions));
  }

  private static ValueInfoProto value(String name, int... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimParam("N");
    for (int dimension : dimensions) {
      shape.addDimBuilder().setDimValue(dimension);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(shape)))
        .build();
  }

  /** Adds a node with one output, named as the node. Returns that name. */
  String node(String type, String name, List<String> inputs, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(name)
            .addAllInput(inputs)
            .addOutput(name)
            .addAllAttribute(List.of(attributes)));
    return name;
  }

  /** Adds a node of another graph. */
  void add(NodeProto node) {
    graph.addNode(node);
  }

  /** Adds weights of another graph. */
  void add(TensorProto weights) {
    graph.addInitializer(weights);
  }

  /** Sees to it that nodes of another graph are understood. */
  void requires(Map<String, Long> sets, long version) {
    sets.forEach((domain, set) -> operatorSets.merge(domain, set, Math::max));
    format = Math.max(format, version);
  }

  /** The version of the operator set of each domain that nodes are of. */
  Map<String, Long> operatorSets() {
    return operatorSets;
  }

  /** The version of ONNX's format. */
  long format() {
    return format;
  }

  Precision precision() {
    return precision;
  }

  /** Adds weights. Returns their name. */
  String constant(String name, Tensor tensor) {
    return constant(name, tensor.values(), tensor.dimensions());
  }

  /**
   * Adds weights, as 16-bit floats and a cast where the graph is to be small and they are many.
   * Returns their name.
   */
  String constant(String name, float[] values, long... dimensions) {
    if (precision == Precision.FP16 && HalfFloat.suits(values)) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Math.multiplyExact(values.length, Short.BYTES))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (float value : values) {
        bytes.putShort(HalfFloat.of(value));
      }
      String half =
          constant(name + "/half", TensorProto.DataType.FLOAT16, bytes.flip(), dimensions);
      AttributeProto toFloat = attribute("to", (long) TensorProto.DataType.FLOAT.getNumber());
      return node("Cast", name, List.of(half), toFloat);
    }
    return exactConstant(name, values, dimensions);
  }

  /** Adds float32 values. Returns their name. */
  String exactConstant(String name, float[] values, long... dimensions) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return constant(name, TensorProto.DataType.FLOAT, bytes, dimensions);
  }

  /** Adds one float32 value without axes. Returns its name. */
  String scalar(String name, float value) {
    return exactConstant(name, new float[] {value});
  }

  /** Adds a vector of int64. Returns its name. */
  String integers(String name, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(name, TensorProto.DataType.INT64, bytes, values.length);
  }

  private String constant(
      String name, TensorProto.DataType type, ByteBuffer bytes, long... dimensions) {
    // Wrapped, not copied: nobody else holds the buffer, and a dense layer has 150 MB.
    ByteString raw = UnsafeByteOperations.unsafeWrap(bytes);
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber()).setRawData(raw);
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    graph.addInitializer(tensor);
    return name;
  }

  static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto attribute(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  static AttributeProto attribute(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }
}
