package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.cxr.Prediction;
import io.cxr.error.ModelFormatException;
import io.cxr.onnx.ModelScan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Another's graph that is made into one of ours: nodes and weights under names of their own, so
 * that the names of our inputs and outputs are free; constants that are nodes become weights. Nodes
 * may be added, which have to mean the same in every operator set from {@value #FIRST_SET} on. Not
 * thread-safe.
 */
final class ForeignGraph {
  static final int FIRST_SET = 9;

  /** From here on, axes of sums are an input. */
  static final int AXES_SET = 13;

  private static final String PREFIX = "network/";

  private final String origin;
  private final ModelProto source;
  private final ValueInfoProto input;
  private final List<NodeProto> nodes = new ArrayList<>();
  private final Map<String, TensorProto> constants = new LinkedHashMap<>();

  private ForeignGraph(String origin, ModelProto source, ValueInfoProto input) {
    this.origin = origin;
    this.source = source;
    this.input = input;
  }

  /**
   * Reads a file.
   *
   * @param bytes an ONNX file
   * @param origin how messages name it
   * @param wanted the name of its input, empty where there is one
   * @throws ModelFormatException if it is none that can be adopted
   */
  static ForeignGraph read(byte[] bytes, String origin, String wanted) {
    ModelScan.check(bytes, origin);
    ModelProto model;
    try {
      model = ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(
          origin + ": expected an ONNX file, found bytes that are none (" + e.getMessage() + ").",
          e);
    }
    if (model.getGraph().getNodeCount() == 0) {
      throw new ModelFormatException(
          origin + ": expected an ONNX file, found one without a graph.");
    }
    ForeignGraph graph = new ForeignGraph(origin, model, images(model, origin, wanted));
    if (graph.operatorSet() < FIRST_SET) {
      throw graph.refusal(
          "operator set " + FIRST_SET + " or later",
          graph.operatorSet() + ". Export it so, or convert it with onnx.version_converter");
    }
    graph.adoptNodes();
    return graph;
  }

  /** The input that is no weight. */
  private static ValueInfoProto images(ModelProto model, String origin, String wanted) {
    Set<String> weights = new HashSet<>();
    model.getGraph().getInitializerList().forEach(tensor -> weights.add(tensor.getName()));
    List<ValueInfoProto> inputs =
        model.getGraph().getInputList().stream()
            .filter(each -> !weights.contains(each.getName()))
            .toList();
    List<ValueInfoProto> fitting =
        wanted.isEmpty()
            ? inputs
            : inputs.stream().filter(each -> each.getName().equals(wanted)).toList();
    List<String> names = inputs.stream().map(ValueInfoProto::getName).toList();
    if (fitting.isEmpty()) {
      throw new ModelFormatException(
          origin + ": expected an input '" + wanted + "', found " + names + ".");
    }
    if (inputs.size() > 1) {
      throw new ModelFormatException(
          origin
              + ": expected one input of images, found "
              + names
              + ". Export the network with the others as constants.");
    }
    return fitting.get(0);
  }

  private void adoptNodes() {
    for (TensorProto tensor : source.getGraph().getInitializerList()) {
      String name = inner(tensor.getName());
      constants.put(name, tensor.toBuilder().setName(name).build());
    }
    for (NodeProto node : source.getGraph().getNodeList()) {
      if (!EmbeddedGraph.subgraphs(node).isEmpty()) {
        throw refusal(
            "a network that runs straight from input to output",
            "a graph within "
                + node.getOpType()
                + ". Export it for inference, without conditions and loops");
      }
      Optional<TensorProto> constant = constant(node);
      if (constant.isPresent()) {
        String name = inner(node.getOutput(0));
        constants.put(name, constant.get().toBuilder().setName(name).build());
        continue;
      }
      NodeProto.Builder changed = node.toBuilder().clearInput().clearOutput().clearDocString();
      node.getInputList().forEach(name -> changed.addInput(inner(name)));
      node.getOutputList().forEach(name -> changed.addOutput(inner(name)));
      nodes.add(changed.setName(inner(node.getOutput(0))).build());
    }
  }

  /** What a constant node holds, where that is a plain tensor or number. */
  private static Optional<TensorProto> constant(NodeProto node) {
    if (!node.getOpType().equals("Constant") || node.getAttributeCount() != 1) {
      return Optional.empty();
    }
    AttributeProto value = node.getAttribute(0);
    TensorProto.Builder tensor = TensorProto.newBuilder();
    switch (value.getName()) {
      case "value" -> tensor.mergeFrom(value.getT());
      case "value_float" ->
          tensor.setDataType(TensorProto.DataType.FLOAT.getNumber()).addFloatData(value.getF());
      case "value_floats" ->
          tensor
              .setDataType(TensorProto.DataType.FLOAT.getNumber())
              .addDims(value.getFloatsCount())
              .addAllFloatData(value.getFloatsList());
      case "value_int" ->
          tensor.setDataType(TensorProto.DataType.INT64.getNumber()).addInt64Data(value.getI());
      case "value_ints" ->
          tensor
              .setDataType(TensorProto.DataType.INT64.getNumber())
              .addDims(value.getIntsCount())
              .addAllInt64Data(value.getIntsList());
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(tensor.build());
  }

  /** What a value of the file is called here. */
  String inner(String name) {
    return name.isEmpty()
        ? ""
        : name.equals(input.getName()) && !isCast() ? OnnxExporter.INPUT : PREFIX + name;
  }

  String origin() {
    return origin;
  }

  ModelProto source() {
    return source;
  }

  /** The file's own name of its input. */
  String inputName() {
    return input.getName();
  }

  /** Whether images have to be turned into other floats first. */
  private boolean isCast() {
    return inputType() != TensorProto.DataType.FLOAT.getNumber();
  }

  private int inputType() {
    return input.getType().getTensorType().getElemType();
  }

  /** The sizes of the input, 0 where they are open. */
  int[] inputSizes() {
    int type = inputType();
    if (type != TensorProto.DataType.FLOAT.getNumber()
        && type != TensorProto.DataType.FLOAT16.getNumber()
        && type != TensorProto.DataType.DOUBLE.getNumber()) {
      throw refusal(
          "images of floats",
          TensorProto.DataType.forNumber(type) + ". Export it with 32-bit floats at its input");
    }
    return input.getType().getTensorType().getShape().getDimList().stream()
        .mapToInt(dimension -> Math.toIntExact(Math.max(0, dimension.getDimValue())))
        .toArray();
  }

  long operatorSet() {
    return operatorSets().getOrDefault("", 0L);
  }

  private Map<String, Long> operatorSets() {
    Map<String, Long> sets = new LinkedHashMap<>();
    for (OperatorSetIdProto set : source.getOpsetImportList()) {
      String domain = set.getDomain().equals("ai.onnx") ? "" : set.getDomain();
      sets.merge(domain, set.getVersion(), Math::max);
    }
    return sets;
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  Optional<TensorProto> constant(String name) {
    return Optional.ofNullable(constants.get(name));
  }

  /** The node that makes a value, if one does. */
  Optional<NodeProto> maker(String value) {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (nodes.get(i).getOutputList().contains(value)) {
        return Optional.of(nodes.get(i));
      }
    }
    return Optional.empty();
  }

  /** Integers that are constants. */
  Optional<long[]> integers(String name) {
    TensorProto tensor = constants.get(name);
    if (tensor == null || tensor.getDataType() != TensorProto.DataType.INT64.getNumber()) {
      return Optional.empty();
    }
    if (!tensor.hasRawData()) {
      return Optional.of(tensor.getInt64DataList().stream().mapToLong(Long::longValue).toArray());
    }
    ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long[] values = new long[raw.remaining() / Long.BYTES];
    raw.asLongBuffer().get(values);
    return Optional.of(values);
  }

  // What is added.

  /** Adds a node with one output, named as the node. Returns that name. */
  String add(String type, String name, List<String> inputs, AttributeProto... attributes) {
    nodes.add(ModelGraph.node(type, name, inputs, attributes));
    return name;
  }

  /** Adds floats. Returns their name. */
  String floats(String name, float[] values, long... dimensions) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(values.length, Float.BYTES));
    bytes.asFloatBuffer().put(values);
    return put(name, TensorProto.DataType.FLOAT, bytes, dimensions);
  }

  /** Adds a vector of integers. Returns its name. */
  String integers(String name, long... values) {
    ByteBuffer bytes = ModelGraph.littleEndian(Math.multiplyExact(values.length, Long.BYTES));
    bytes.asLongBuffer().put(values);
    return put(name, TensorProto.DataType.INT64, bytes, values.length);
  }

  private String put(String name, TensorProto.DataType type, ByteBuffer bytes, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(bytes.rewind()));
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    constants.put(name, tensor.build());
    return name;
  }

  /** Lets reshapes keep the size of the batch that they fix; what they give is to be compared. */
  void freeReshapes(int batch) {
    for (int i = 0; i < nodes.size(); i++) {
      NodeProto node = nodes.get(i);
      Optional<long[]> shape =
          node.getOpType().equals("Reshape") ? integers(node.getInput(1)) : Optional.empty();
      if (shape.isPresent() && shape.get().length > 0 && shape.get()[0] == batch) {
        long[] free = shape.get().clone();
        free[0] = 0; // As many as there are.
        String name = integers(node.getOutput(0) + "/free-shape", free);
        nodes.set(i, node.toBuilder().setInput(1, name).build());
      }
    }
  }

  // What comes of it.

  /** A result of the graph and its sizes but the batch's; none where the runtime is to tell. */
  static final class Output {
    private final String name;
    private final int[] sizes;

    Output(String name, int... sizes) {
      this.name = name;
      this.sizes = sizes;
    }

    String name() {
      return name;
    }
  }

  /**
   * The graph as a model file, as far as its outputs need it.
   *
   * @param images the sizes of the input but the batch's
   * @param batch how many images, 0 for any number
   * @param outputs what it gives
   */
  ModelProto.Builder build(int[] images, int batch, List<Output> outputs) {
    List<NodeProto> all = new ArrayList<>();
    if (isCast()) {
      all.add(
          ModelGraph.node(
              "Cast",
              inner(input.getName()),
              List.of(OnnxExporter.INPUT),
              OnnxGraph.attribute("to", (long) inputType())));
    }
    all.addAll(nodes);
    Set<String> needed = outputs.stream().map(Output::name).collect(Collectors.toSet());
    List<NodeProto> kept = new ArrayList<>();
    for (int i = all.size() - 1; i >= 0; i--) {
      if (all.get(i).getOutputList().stream().anyMatch(needed::contains)) {
        needed.addAll(all.get(i).getInputList());
        kept.add(0, all.get(i));
      }
    }
    String version = ForeignGraph.class.getPackage().getImplementationVersion();
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(Math.max(4, source.getIrVersion()))
            .setProducerName("cxr")
            .setProducerVersion(version == null ? "development" : version)
            .setDocString(Prediction.NOTICE);
    model.getGraphBuilder().setName("cxr").addAllNode(kept);
    constants.forEach(
        (name, tensor) -> {
          if (needed.contains(name)) {
            model.getGraphBuilder().addInitializer(tensor);
          }
        });
    Set<String> domains = new LinkedHashSet<>(Set.of(""));
    kept.forEach(node -> domains.add(EmbeddedGraph.domain(node)));
    operatorSets()
        .forEach(
            (domain, set) -> {
              if (domains.contains(domain)) {
                model.addOpsetImportBuilder().setDomain(domain).setVersion(set);
              }
            });
    model.getGraphBuilder().addInput(value(OnnxExporter.INPUT, batch, images));
    outputs.forEach(
        output -> model.getGraphBuilder().addOutput(value(output.name, batch, output.sizes)));
    return model;
  }

  private static ValueInfoProto value(String name, int batch, int... sizes) {
    ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
    TypeProto.Tensor.Builder type = value.getTypeBuilder().getTensorTypeBuilder();
    type.setElemType(TensorProto.DataType.FLOAT.getNumber());
    if (sizes.length == 0) {
      return value.build(); // A value that is looked at: the runtime knows its sizes.
    }
    TensorShapeProto.Builder shape = type.getShapeBuilder();
    if (batch == 0) {
      shape.addDimBuilder().setDimParam("N");
    } else {
      shape.addDimBuilder().setDimValue(batch);
    }
    Arrays.stream(sizes).forEach(size -> shape.addDimBuilder().setDimValue(size));
    return value.build();
  }

  /** The file itself, with one of its values as its only result. */
  byte[] original(String value) {
    ModelProto.Builder changed = source.toBuilder();
    // Without types: the runtime knows them.
    changed.getGraphBuilder().clearOutput().addOutputBuilder().setName(value);
    return changed.build().toByteArray();
  }

  ModelFormatException refusal(String expected, String found) {
    return new ModelFormatException(origin + ": expected " + expected + ", found " + found + ".");
  }
}
