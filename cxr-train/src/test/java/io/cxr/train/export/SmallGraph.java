package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Map;

/** Formulas of one float input, whose result is named {@code probabilities}. */
final class SmallGraph {
  private SmallGraph() {}

  static double[] run(GraphArithmetic arithmetic, String input, float[] values, long... sizes) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("formulas");
    graph
        .addInputBuilder()
        .setName(input)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(DataType.FLOAT.getNumber());
    graph
        .addOutputBuilder()
        .setName("probabilities")
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(DataType.FLOAT.getNumber());
    graph.addAllNode(arithmetic.nodes()).addAllInitializer(arithmetic.constants());
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    model.addOpsetImportBuilder().setVersion(OnnxGraph.OPSET);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(model.build().toByteArray());
        OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), sizes);
        OrtSession.Result result = session.run(Map.of(input, tensor))) {
      FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
      double[] copy = new double[found.remaining()];
      for (int i = 0; i < copy.length; i++) {
        copy[i] = found.get(i);
      }
      return copy;
    } catch (OrtException e) {
      throw new AssertionError(e);
    }
  }
}
