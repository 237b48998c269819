package io.cxr.commandline;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.cxr.model.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A network that sees whether each quadrant of a film of 64 x 64 is bright: upper left, upper
 * right, lower left and lower right, with a heatmap each.
 */
final class QuadrantModel {
  static final int SIZE = 64;

  private QuadrantModel() {}

  /** Writes it with a card; its outputs are probabilities, or the mean gray levels from 0 to 1. */
  static Path write(Path file, ModelCard card, boolean probabilities) throws IOException {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("quadrants")
            .addInput(value("input", 1, SIZE, SIZE))
            .addOutput(value("output", 4))
            .addOutput(value("heatmap", 4, 2, 2))
            .addInitializer(weights("gain", new float[] {20}, 1))
            .addInitializer(weights("middle", new float[] {-10}, 1))
            .addInitializer(
                weights(
                    "quadrants",
                    new float[] {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1},
                    1,
                    4,
                    2,
                    2));
    AttributeProto.Builder kernel = ints("kernel_shape");
    AttributeProto.Builder strides = ints("strides");
    node(graph, "AveragePool", List.of("input"), "means")
        .addAttribute(kernel)
        .addAttribute(strides);
    node(graph, "Flatten", List.of("means"), "flat");
    node(graph, "Mul", List.of("means", "quadrants"), "heatmap");
    if (probabilities) {
      node(graph, "Mul", List.of("flat", "gain"), "scaled");
      node(graph, "Add", List.of("scaled", "middle"), "logits");
      node(graph, "Sigmoid", List.of("logits"), "output");
    } else {
      node(graph, "Identity", List.of("flat"), "output");
    }
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
            .setGraph(graph)
            .addMetadataProps(
                StringStringEntryProto.newBuilder()
                    .setKey(ModelCard.METADATA_KEY)
                    .setValue(card.toJson()))
            .build();
    return Files.write(file, model.toByteArray());
  }

  private static NodeProto.Builder node(
      GraphProto.Builder graph, String operator, List<String> inputs, String output) {
    return graph
        .addNodeBuilder()
        .setOpType(operator)
        .setName(output + ":node")
        .addAllInput(inputs)
        .addOutput(output);
  }

  private static AttributeProto.Builder ints(String name) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INTS)
        .addInts(SIZE / 2)
        .addInts(SIZE / 2);
  }

  private static TensorProto weights(String name, float[] values, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long size : shape) {
      tensor.addDims(size);
    }
    for (float value : values) {
      tensor.addFloatData(value);
    }
    return tensor.build();
  }

  private static ValueInfoProto value(String name, long... axes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimParam("batch");
    for (long axis : axes) {
      shape.addDimBuilder().setDimValue(axis);
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
}
