package io.cxr.benchmarks.gpu;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.cxr.onnx.SelfContainedModel;

/**
 * A network whose picture lies on the device: a constant of the graph, of which the graph makes as
 * many copies as a batch has. What a run takes then is its time without that of copying pixels from
 * the process to the device, which ONNX Runtime's Java interface cannot leave out otherwise.
 */
final class PixelsInside {
  /** The input that is left: {@code [N, 1, rows, columns]}, four integers that stay on the CPU. */
  static final String SHAPE = "shape";

  private static final String PICTURE = "picture";

  private PixelsInside() {}

  /**
   * Puts a picture into a graph.
   *
   * @param model with the input {@code input} of bytes {@code [N, 1, size, size]}
   * @param gray {@code size * size} pixels
   * @param size rows and columns
   */
  static byte[] of(byte[] model, byte[] gray, int size) throws InvalidProtocolBufferException {
    ModelProto source = ModelProto.parseFrom(SelfContainedModel.network(model));
    GraphProto.Builder graph = source.getGraph().toBuilder();
    ValueInfoProto.Builder shape = ValueInfoProto.newBuilder().setName(SHAPE);
    var tensor = shape.getTypeBuilder().getTensorTypeBuilder();
    tensor.setElemType(TensorProto.DataType.INT64.getNumber());
    tensor.getShapeBuilder().addDimBuilder().setDimValue(4);
    graph.clearInput().addInput(shape);
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(PICTURE)
            .setDataType(TensorProto.DataType.UINT8.getNumber())
            .addDims(1)
            .addDims(1)
            .addDims(size)
            .addDims(size)
            .setRawData(ByteString.copyFrom(gray)));
    graph
        .addNodeBuilder(0)
        .setOpType("Expand")
        .setName(PICTURE + "s")
        .addInput(PICTURE)
        .addInput(SHAPE)
        .addOutput("input");
    return source.toBuilder().setGraph(graph).build().toByteArray();
  }
}
