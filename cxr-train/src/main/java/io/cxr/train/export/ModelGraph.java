package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.onnx.SelfContainedModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model file that is read to be changed: nodes in their order, weights by name. What is not
 * touched, unknown fields included, is written as it was read. Not thread-safe.
 */
final class ModelGraph {
  private final ModelProto model;
  private final List<NodeProto> nodes;
  private final Map<String, TensorProto> constants = new LinkedHashMap<>();
  private final List<ValueInfoProto> inputs;

  private ModelGraph(ModelProto model) {
    this.model = model;
    this.nodes = new ArrayList<>(model.getGraph().getNodeList());
    this.inputs = new ArrayList<>(model.getGraph().getInputList());
    for (TensorProto constant : model.getGraph().getInitializerList()) {
      constants.put(constant.getName(), constant);
    }
  }

  /**
   * Reads a model file; of a self-contained one its network.
   *
   * @param bytes an ONNX file; not changed meanwhile
   * @param origin how messages name it
   * @throws ModelFormatException if it is none, or has weights in other files
   */
  static ModelGraph read(byte[] bytes, String origin) {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(SelfContainedModel.network(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(
          origin
              + ": expected an ONNX model, found bytes that are none ("
              + e.getMessage()
              + "). Copy or export it again.",
          e);
    }
    if (model.getGraph().getNodeCount() == 0) {
      throw new ModelFormatException(
          origin + ": expected an ONNX model, found no graph. Copy or export it again.");
    }
    for (TensorProto constant : model.getGraph().getInitializerList()) {
      if (constant.getExternalDataCount() > 0) {
        throw new ModelFormatException(
            origin
                + ": expected all weights in one file, found '"
                + constant.getName()
                + "' in another. Export the trained model again.");
      }
    }
    return new ModelGraph(model);
  }

  /** A graph of its own that starts as this one is now. */
  ModelGraph copy() {
    return new ModelGraph(build());
  }

  ModelProto build() {
    ModelProto.Builder changed = model.toBuilder();
    GraphProto.Builder graph = changed.getGraphBuilder();
    graph.clearNode().addAllNode(nodes);
    graph.clearInput().addAllInput(inputs);
    graph.clearInitializer().addAllInitializer(constants());
    return changed.build();
  }

  /** The file with this card in place of its own. */
  ModelProto build(ModelCard card) {
    ModelProto.Builder changed = build().toBuilder();
    List<StringStringEntryProto> others =
        changed.getMetadataPropsList().stream()
            .filter(entry -> !entry.getKey().equals(ModelCard.METADATA_KEY))
            .toList();
    changed.clearMetadataProps().addAllMetadataProps(others);
    changed.addMetadataPropsBuilder().setKey(ModelCard.METADATA_KEY).setValue(card.toJson());
    return changed.build();
  }

  /** The file with values of the network as its only outputs, besides those it has. */
  ModelProto build(Collection<String> shown) {
    ModelProto.Builder changed = build().toBuilder();
    Set<String> there = outputs();
    for (String name : shown) {
      if (!there.contains(name)) {
        ValueInfoProto.Builder output = changed.getGraphBuilder().addOutputBuilder().setName(name);
        output
            .getTypeBuilder()
            .getTensorTypeBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber());
      }
    }
    return changed.build();
  }

  Optional<String> metadata(String key) {
    return model.getMetadataPropsList().stream()
        .filter(entry -> entry.getKey().equals(key))
        .map(StringStringEntryProto::getValue)
        .findFirst();
  }

  long operatorSet() {
    return model.getOpsetImportList().stream()
        .filter(set -> set.getDomain().isEmpty())
        .mapToLong(set -> set.getVersion())
        .max()
        .orElse(0);
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  List<ValueInfoProto> inputs() {
    return inputs;
  }

  Set<String> outputs() {
    Set<String> names = new LinkedHashSet<>();
    model.getGraph().getOutputList().forEach(output -> names.add(output.getName()));
    return names;
  }

  Optional<ValueInfoProto> output(String name) {
    return model.getGraph().getOutputList().stream()
        .filter(output -> output.getName().equals(name))
        .findFirst();
  }

  /** Each value's only maker; weights and inputs have none. */
  Map<String, NodeProto> makers() {
    Map<String, NodeProto> makers = new LinkedHashMap<>();
    for (NodeProto node : nodes) {
      node.getOutputList().forEach(output -> makers.put(output, node));
    }
    return makers;
  }

  /** By value, the nodes that take it, in order. */
  Map<String, List<NodeProto>> takers() {
    Map<String, List<NodeProto>> takers = new LinkedHashMap<>();
    for (NodeProto node : nodes) {
      for (String input : new LinkedHashSet<>(node.getInputList())) {
        takers.computeIfAbsent(input, key -> new ArrayList<>()).add(node);
      }
    }
    return takers;
  }

  Optional<TensorProto> constant(String name) {
    return Optional.ofNullable(constants.get(name));
  }

  /** The weights that a node takes; what changes have left behind is no part of the file. */
  List<TensorProto> constants() {
    Set<String> used = new LinkedHashSet<>();
    nodes.forEach(node -> used.addAll(node.getInputList()));
    return constants.values().stream()
        .filter(constant -> used.contains(constant.getName()))
        .toList();
  }

  void removeConstant(String name) {
    constants.remove(name);
  }

  /** Adds or replaces weights; the values are kept, not copied. */
  void putConstant(String name, TensorProto.DataType type, ByteBuffer values, long... dimensions) {
    ByteString raw = UnsafeByteOperations.unsafeWrap(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber()).setRawData(raw);
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    constants.put(name, tensor.build());
  }

  void putFloats(String name, float[] values, long... dimensions) {
    ByteBuffer bytes = littleEndian(Math.multiplyExact(values.length, Float.BYTES));
    bytes.asFloatBuffer().put(values);
    putConstant(name, TensorProto.DataType.FLOAT, bytes, dimensions);
  }

  void putIntegers(String name, int[] values, long... dimensions) {
    ByteBuffer bytes = littleEndian(Math.multiplyExact(values.length, Integer.BYTES));
    bytes.asIntBuffer().put(values);
    putConstant(name, TensorProto.DataType.INT32, bytes, dimensions);
  }

  static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The values of float weights, if these are such; 16-bit ones are widened. */
  static Optional<float[]> floats(TensorProto tensor) {
    long elements = tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
    float[] values;
    if (tensor.getDataType() == TensorProto.DataType.FLOAT.getNumber()) {
      if (tensor.hasRawData()) {
        ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        values = new float[raw.remaining() / Float.BYTES];
        raw.asFloatBuffer().get(values);
      } else {
        values = new float[tensor.getFloatDataCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = tensor.getFloatData(i);
        }
      }
    } else if (tensor.getDataType() == TensorProto.DataType.FLOAT16.getNumber()
        && tensor.hasRawData()) {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      values = new float[raw.remaining() / Short.BYTES];
      for (int i = 0; i < values.length; i++) {
        values[i] = HalfFloat.toFloat(raw.getShort());
      }
    } else if (tensor.getDataType() == TensorProto.DataType.FLOAT16.getNumber()) {
      values = new float[tensor.getInt32DataCount()];
      for (int i = 0; i < values.length; i++) {
        values[i] = HalfFloat.toFloat((short) tensor.getInt32Data(i));
      }
    } else {
      return Optional.empty();
    }
    if (values.length != elements) {
      throw new ModelFormatException(
          "Weights '"
              + tensor.getName()
              + "': expected "
              + elements
              + " values, found "
              + values.length
              + ". The model file is damaged: copy or export it again.");
    }
    return Optional.of(values);
  }

  static long[] dimensions(TensorProto tensor) {
    return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
  }

  static Optional<AttributeProto> attribute(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .findFirst();
  }

  static NodeProto node(
      String type, String output, List<String> inputs, AttributeProto... attributes) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName(output)
        .addAllInput(inputs)
        .addOutput(output)
        .addAllAttribute(List.of(attributes))
        .build();
  }
}
