package io.cxr.benchmarks.gpu;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtException;
import io.cxr.onnx.SessionSettings;
import java.util.List;

/**
 * How many floating-point operations a second the device does in products of large random square
 * matrices, in ONNX Runtime: the measure that networks are held against. Two chains of products are
 * timed and the difference counts, so that calls and random numbers do not.
 */
final class MatrixRate {
  private static final int SHORT = 2;
  private static final int LONG = 12;

  private MatrixRate() {}

  /** Operations a second; a product of n x n matrices is 2 n^3. */
  static double measure(SessionSettings settings, boolean half, int size, double seconds)
      throws OrtException {
    double few;
    double many;
    try (TimedSession session = new TimedSession(chain(half, size, SHORT), settings)) {
      few = session.scalar(seconds);
    }
    try (TimedSession session = new TimedSession(chain(half, size, LONG), settings)) {
      many = session.scalar(seconds);
    }
    if (many <= few) {
      throw new IllegalStateException(
          "Matrix rate: expected more products to take longer, found "
              + few
              + " and "
              + many
              + " s. Take larger matrices.");
    }
    return 2.0 * size * size * size * (LONG - SHORT) / (many - few);
  }

  private static byte[] chain(boolean half, int size, int products) {
    int type = (half ? TensorProto.DataType.FLOAT16 : TensorProto.DataType.FLOAT).getNumber();
    int single = TensorProto.DataType.FLOAT.getNumber();
    GraphProto.Builder graph = GraphProto.newBuilder().setName("products");
    graph.addInput(vector("input"));
    graph.addOutput(vector("output"));
    node(graph, "Cast", "factor", List.of("input"), integer("to", type));
    for (String name : List.of("a", "b")) {
      AttributeProto shape =
          AttributeProto.newBuilder()
              .setName("shape")
              .setType(AttributeProto.AttributeType.INTS)
              .addInts(size)
              .addInts(size)
              .build();
      // Products of such matrices keep their size.
      AttributeProto scale =
          AttributeProto.newBuilder()
              .setName("scale")
              .setType(AttributeProto.AttributeType.FLOAT)
              .setF((float) (1 / Math.sqrt(size)))
              .build();
      node(graph, "RandomNormal", name + "32", List.of(), shape, scale, integer("dtype", single));
      node(graph, "Cast", name, List.of(name + "32"), integer("to", type));
    }
    node(graph, "Mul", "x0", List.of("a", "factor"));
    for (int i = 1; i <= products; i++) {
      node(graph, "MatMul", "x" + i, List.of("x" + (i - 1), "b"));
    }
    node(graph, "ReduceMax", "largest", List.of("x" + products), integer("keepdims", 0));
    node(graph, "Cast", "single", List.of("largest"), integer("to", single));
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName("one")
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addDims(1)
            .addInt64Data(1));
    node(graph, "Reshape", "output", List.of("single", "one"));
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    model.addOpsetImportBuilder().setDomain("").setVersion(17);
    return model.build().toByteArray();
  }

  private static void node(
      GraphProto.Builder graph,
      String type,
      String name,
      List<String> inputs,
      AttributeProto... attributes) {
    graph
        .addNodeBuilder()
        .setOpType(type)
        .setName(name)
        .addAllInput(inputs)
        .addOutput(name)
        .addAllAttribute(List.of(attributes));
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static ValueInfoProto vector(String name) {
    ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
    var tensor = value.getTypeBuilder().getTensorTypeBuilder();
    tensor.setElemType(TensorProto.DataType.FLOAT.getNumber());
    tensor.getShapeBuilder().addDimBuilder().setDimValue(1);
    return value.build();
  }
}
