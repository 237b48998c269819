package io.cxr.onnx;

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
import java.util.List;

/** Writes small ONNX files, operator set 17. An axis is a size, or a name where it is open. */
final class OnnxModelBuilder {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private final ModelProto.Builder model =
      ModelProto.newBuilder()
          .setIrVersion(8)
          .setProducerName("cxr tests")
          .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17));

  OnnxModelBuilder input(String name, Object... axes) {
    return input(name, TensorProto.DataType.FLOAT, axes);
  }

  OnnxModelBuilder input(String name, TensorProto.DataType type, Object... axes) {
    graph.addInput(value(name, type, axes));
    return this;
  }

  OnnxModelBuilder output(String name, Object... axes) {
    return output(name, TensorProto.DataType.FLOAT, axes);
  }

  OnnxModelBuilder output(String name, TensorProto.DataType type, Object... axes) {
    graph.addOutput(value(name, type, axes));
    return this;
  }

  OnnxModelBuilder weights(String name, float[] values, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long size : shape) {
      tensor.addDims(size);
    }
    for (float value : values) {
      tensor.addFloatData(value);
    }
    graph.addInitializer(tensor);
    return this;
  }

  /** A weight of one that the file stores in 16 bits. */
  OnnxModelBuilder halfWeight(String name, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT16.getNumber())
            .addInt32Data(0x3c00);
    for (long size : shape) {
      tensor.addDims(size);
    }
    graph.addInitializer(tensor);
    return this;
  }

  OnnxModelBuilder node(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(output + ":node")
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(List.of(attributes)));
    return this;
  }

  OnnxModelBuilder metadata(String key, String value) {
    model.addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(value));
    return this;
  }

  /** Leaves all sizes of the outputs open. */
  OnnxModelBuilder openSizes() {
    for (ValueInfoProto.Builder output : graph.getOutputBuilderList()) {
      TensorShapeProto.Builder shape =
          output.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
      for (int axis = 0; axis < shape.getDimCount(); axis++) {
        shape.getDimBuilder(axis).setDimParam(output.getName() + axis);
      }
    }
    return this;
  }

  byte[] build() {
    return model.clone().setGraph(graph).build().toByteArray();
  }

  static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static ValueInfoProto value(String name, TensorProto.DataType type, Object... axes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object axis : axes) {
      if (axis instanceof Number size) {
        shape.addDimBuilder().setDimValue(size.longValue());
      } else {
        shape.addDimBuilder().setDimParam(axis.toString());
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape)))
        .build();
  }
}
