package io.cxr.benchmarks.roofline;

import static ai.onnx.proto.OnnxMl.TensorProto.DataType.FLOAT;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.INT8;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.UINT8;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What this machine can do at best, measured: square matrix products of ONNX Runtime, in 32-bit
 * floats and in 8-bit integers, and copies of arrays that no cache holds. The best of several
 * rounds.
 *
 * @param floats floating-point operations a second
 * @param integers operations on 8-bit integers a second
 * @param bytes bytes a second, read and written
 */
record MachinePeak(double floats, double integers, double bytes) {
  private static final int SIZE = 1024;
  private static final int ROUNDS = 15;
  private static final int COPIED = 1 << 28;

  static MachinePeak measure(int threads)
      throws OrtException, InterruptedException, ExecutionException {
    double operations = 2.0 * SIZE * SIZE * SIZE;
    return new MachinePeak(
        operations / product(false, threads),
        operations / product(true, threads),
        2.0 * COPIED / copy(threads));
  }

  /** Seconds of one product of square matrices, the second of them constant as weights are. */
  private static double product(boolean integers, int threads) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    int bytes = integers ? 1 : Float.BYTES;
    ByteBuffer values =
        ByteBuffer.allocateDirect(SIZE * SIZE * bytes).order(ByteOrder.nativeOrder());
    for (int i = 0; i < SIZE * SIZE; i++) {
      if (integers) {
        values.put((byte) (i % 127));
      } else {
        values.putFloat(i % 127 / 127f);
      }
    }
    values.flip();
    byte[] model = integers ? integerProduct(values) : floatProduct(values);
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      try (OrtSession session = environment.createSession(model, options);
          OnnxTensor input =
              integers
                  ? OnnxTensor.createTensor(
                      environment, values, new long[] {SIZE, SIZE}, OnnxJavaType.UINT8)
                  : OnnxTensor.createTensor(
                      environment, values.asFloatBuffer(), new long[] {SIZE, SIZE})) {
        double best = Double.POSITIVE_INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
          long start = System.nanoTime();
          session.run(Map.of("a", input)).close();
          best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        return best;
      }
    }
  }

  private static byte[] floatProduct(ByteBuffer weights) {
    GraphProto.Builder graph = graph(FLOAT, FLOAT);
    graph.addInitializer(tensor("b", FLOAT, weights));
    graph.addNodeBuilder().setOpType("MatMul").addInput("a").addInput("b").addOutput("c");
    return model(graph);
  }

  private static byte[] integerProduct(ByteBuffer weights) {
    GraphProto.Builder graph = graph(UINT8, UINT8);
    graph.addInitializer(tensor("b", INT8, weights));
    for (String name : List.of("a", "b", "c")) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name + "/scale")
              .setDataType(FLOAT.getNumber())
              .addFloatData(1));
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name + "/zero")
              .setDataType((name.equals("b") ? INT8 : UINT8).getNumber())
              .addInt32Data(0));
    }
    graph
        .addNodeBuilder()
        .setOpType("QLinearMatMul")
        .addAllInput(
            List.of("a", "a/scale", "a/zero", "b", "b/scale", "b/zero", "c/scale", "c/zero"))
        .addOutput("c");
    return model(graph);
  }

  private static GraphProto.Builder graph(TensorProto.DataType from, TensorProto.DataType to) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("product");
    graph.addInputBuilder().setName("a").getTypeBuilder().setTensorType(type(from));
    graph.addOutputBuilder().setName("c").getTypeBuilder().setTensorType(type(to));
    return graph;
  }

  private static TypeProto.Tensor.Builder type(TensorProto.DataType type) {
    var tensor = TypeProto.Tensor.newBuilder().setElemType(type.getNumber());
    tensor.getShapeBuilder().addDimBuilder().setDimValue(SIZE);
    tensor.getShapeBuilder().addDimBuilder().setDimValue(SIZE);
    return tensor;
  }

  private static TensorProto tensor(String name, TensorProto.DataType type, ByteBuffer values) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(type.getNumber())
        .addDims(SIZE)
        .addDims(SIZE)
        .setRawData(ByteString.copyFrom(values.duplicate()))
        .build();
  }

  private static byte[] model(GraphProto.Builder graph) {
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    model.addOpsetImportBuilder().setDomain("").setVersion(17);
    return model.build().toByteArray();
  }

  /** Seconds that all threads together need to copy {@link #COPIED} bytes. */
  private static double copy(int threads) throws InterruptedException, ExecutionException {
    int each = COPIED / threads;
    List<Callable<Long>> copies = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      byte[] from = new byte[each];
      byte[] to = new byte[each];
      copies.add(
          () -> {
            System.arraycopy(from, 0, to, 0, each);
            return System.nanoTime();
          });
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      double best = Double.POSITIVE_INFINITY;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        long end = start;
        for (Future<Long> copied : pool.invokeAll(copies)) {
          end = Math.max(end, copied.get());
        }
        best = Math.min(best, (end - start) / 1e9);
      }
      return best;
    } finally {
      pool.shutdownNow();
    }
  }
}
