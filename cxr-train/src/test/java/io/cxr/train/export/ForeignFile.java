package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Writes small networks as other exporters do. */
public final class ForeignFile {
  final GraphProto.Builder graph = GraphProto.newBuilder().setName("main_graph");
  final ModelProto.Builder model = ModelProto.newBuilder().setProducerName("another");
  private final Random random = new Random(3);

  /** Axes are numbers, or names of open axes. */
  public ForeignFile(long operatorSet, Object... axes) {
    model.setIrVersion(operatorSet > 18 ? 9 : 7);
    model.addOpsetImportBuilder().setDomain("").setVersion(operatorSet);
    input("pixel_values", TensorProto.DataType.FLOAT, axes);
  }

  ForeignFile input(String name, TensorProto.DataType type, Object... axes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object axis : axes) {
      if (axis instanceof Integer size) {
        shape.addDimBuilder().setDimValue(size);
      } else {
        shape.addDimBuilder().setDimParam(axis.toString());
      }
    }
    ValueInfoProto.Builder value = graph.addInputBuilder().setName(name);
    value.getTypeBuilder().getTensorTypeBuilder().setElemType(type.getNumber()).setShape(shape);
    return this;
  }

  /** A node without a name. */
  public ForeignFile node(
      String type, String output, List<String> inputs, AttributeProto... attributes) {
    graph.addNode(ModelGraph.node(type, output, inputs, attributes).toBuilder().clearName());
    return this;
  }

  static AttributeProto integers(String name, long... values) {
    return OnnxGraph.attribute(name, values);
  }

  static TensorProto tensor(float[] values, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (float value : values) {
      tensor.addFloatData(value);
    }
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    return tensor.build();
  }

  private TensorProto randoms(long... dimensions) {
    int length = 1;
    for (long dimension : dimensions) {
      length *= (int) dimension;
    }
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 * dimensions[0] / length));
    }
    return tensor(values, dimensions);
  }

  /** Weights as an initializer. */
  ForeignFile weights(String name, long... dimensions) {
    graph.addInitializer(randoms(dimensions).toBuilder().setName(name));
    return this;
  }

  /** Weights as a node of their own. */
  ForeignFile constantNode(String name, TensorProto tensor) {
    return node(
        "Constant",
        name,
        List.of(),
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(tensor)
            .build());
  }

  /** A convolution that halves rows and columns, and a ReLU called {@code output}. */
  public ForeignFile convolution(String output, String input, int from, int to) {
    weights(output + ".weight", to, from, 3, 3);
    node(
        "Conv",
        output + "/conv",
        List.of(input, output + ".weight"),
        integers("kernel_shape", 3, 3),
        integers("strides", 2, 2),
        integers("pads", 1, 1, 1, 1));
    return node("Relu", output, List.of(output + "/conv"));
  }

  ForeignFile node(NodeProto node) {
    graph.addNode(node);
    return this;
  }

  public Path write(Path file) throws IOException {
    if (graph.getOutputCount() == 0) {
      graph.addOutputBuilder().setName(graph.getNode(graph.getNodeCount() - 1).getOutput(0));
      graph
          .getOutputBuilder(0)
          .getTypeBuilder()
          .getTensorTypeBuilder()
          .setElemType(TensorProto.DataType.FLOAT.getNumber());
    }
    return Files.write(file, model.setGraph(graph).build().toByteArray());
  }

  /** Two convolutions and a classifier, as an exporter of PyTorch's names them. */
  public static ForeignFile usual(long operatorSet, Object... axes) {
    ForeignFile file = new ForeignFile(operatorSet, axes);
    file.convolution("/layer1/Relu_output_0", "pixel_values", 3, 8);
    file.convolution("/layer2/Relu_output_0", "/layer1/Relu_output_0", 8, 12);
    file.node("GlobalAveragePool", "/avgpool", List.of("/layer2/Relu_output_0"));
    file.node("Flatten", "/flatten", List.of("/avgpool"));
    file.weights("fc", 12, 5);
    return file.node("MatMul", "logits", List.of("/flatten", "fc"));
  }
}
