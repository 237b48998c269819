package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.cxr.error.ModelFormatException;
import io.cxr.file.Sha256;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/**
 * An ONNX file of any maker, to be used as a frozen base: a network that takes images of one or
 * three channels, of which any inner value can be the features. Immutable and thread-safe.
 *
 * <p>Whose file it is decides under what licence a model may be passed on that is trained on it.
 */
public final class OnnxBase {
  /** The whole model must fit into one file of 2 GiB, with room to change it in memory. */
  private static final long LARGEST = 500_000_000;

  private static final int FIRST_SET = 13;
  private static final int LAST_SET = 21;

  /** From this operator set on, regions are placed half a pixel off by default. */
  private static final int REGION_SET = 16;

  /** Besides ONNX's own, what ONNX Runtime brings along everywhere. */
  private static final Set<String> DOMAINS = Set.of("", "com.microsoft", "ai.onnx.ml");

  private final String fileName;
  private final String sha256;
  private final ModelProto model;
  private final Map<String, Long> operatorSets;
  private final ValueInfoProto input;
  private final ImageAxes axes;

  private OnnxBase(String fileName, String sha256, ModelProto model) {
    this.fileName = fileName;
    this.sha256 = sha256;
    this.model = model;
    this.operatorSets = operatorSets();
    checkForm();
    this.input = images();
    this.axes = axes();
  }

  /**
   * The sizes of the input as the file declares them.
   *
   * @param channelsLast whether channels come after rows and columns
   * @param batch how many images, 0 where that is open
   * @param channels 1 or 3
   * @param rows rows, 0 where that is open
   * @param columns columns, 0 where that is open
   */
  private record ImageAxes(boolean channelsLast, int batch, int channels, int rows, int columns) {}

  /**
   * Reads a file.
   *
   * @param file an ONNX file of at most 500 MB with all its weights in it, of operator set 13 to 21
   * @return the network
   * @throws IOException if the file cannot be read
   * @throws ModelFormatException if it is no such file; the message says what to do
   */
  public static OnnxBase read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    long size = Files.size(file);
    if (size > LARGEST) {
      throw new ModelFormatException(
          name
              + ": expected an ONNX file of at most "
              + LARGEST / 1_000_000
              + " MB, found "
              + size / 1_000_000
              + " MB. Take a smaller network, or save its weights as 16-bit floats.");
    }
    byte[] bytes = Files.readAllBytes(file);
    ModelProto model;
    try {
      model = ModelProto.parseFrom(SelfContainedModel.network(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(
          name + ": expected an ONNX file, found bytes that are none (" + e.getMessage() + ").", e);
    }
    if (model.getGraph().getNodeCount() == 0) {
      throw new ModelFormatException(name + ": expected an ONNX file, found one without a graph.");
    }
    return new OnnxBase(name, HexFormat.of().formatHex(Sha256.newDigest().digest(bytes)), model);
  }

  /**
   * The file's name, without its folder.
   *
   * @return for messages and cards
   */
  public String fileName() {
    return fileName;
  }

  /**
   * What tells this file from all others.
   *
   * @return the SHA-256 of its bytes, 64 hexadecimal digits
   */
  public String sha256() {
    return sha256;
  }

  /**
   * The channels of its images.
   *
   * @return 1 or 3
   */
  public int channels() {
    return axes.channels();
  }

  /**
   * The rows of its images.
   *
   * @return empty where the file takes any
   */
  public OptionalInt rows() {
    return axes.rows() == 0 ? OptionalInt.empty() : OptionalInt.of(axes.rows());
  }

  /**
   * The columns of its images.
   *
   * @return empty where the file takes any
   */
  public OptionalInt columns() {
    return axes.columns() == 0 ? OptionalInt.empty() : OptionalInt.of(axes.columns());
  }

  /**
   * The network from images to one of its values. It is run once as it is in the file, and once as
   * it would be in a model file, on a batch of two: both must give the same.
   *
   * @param features the name of a value that a node of the file gives: a map {@code [N, C, h, w]}
   *     ({@code [N, h, w, C]} is recognised by its sizes and transposed), or a vector {@code [N,
   *     C]} or {@code [N, C, 1, 1]}
   * @param rows rows of an image
   * @param columns columns of an image
   * @return the base
   * @throws ModelFormatException if there is no such value, it is no map or vector, or the network
   *     works for one image at a time only
   */
  public FrozenBase frozen(String features, int rows, int columns) {
    checkSize(rows, columns);
    if (model.getGraph().getNodeList().stream()
        .noneMatch(node -> node.getOutputList().contains(features))) {
      throw refusal(
          "a value called '" + features + "' for the features",
          "none. Values at its end: " + String.join(", ", candidates(rows, columns)));
    }
    EmbeddedGraph embedded =
        new EmbeddedGraph(
            model.getGraph(), input.getName(), features, operatorSets, model.getIrVersion());
    checkNodes(embedded.nodes());
    Shape images = Shape.map(axes.channels(), rows, columns);
    OnnxBaseTrial trial =
        new OnnxBaseTrial(fileName, images, axes.channelsLast(), Math.max(1, axes.batch()));
    OnnxBaseTrial.Value value =
        Objects.requireNonNull(
            trial
                .original(shown(List.of(features)), input.getName(), List.of(features))
                .get(features));
    if (value.sizes().length == 0) {
      throw refusal("32-bit floats in '" + features + "'", "others. Name another value");
    }
    Operation.OnnxSubgraph base =
        new Operation.OnnxSubgraph(
            "base",
            new Operation.Input(OnnxExporter.INPUT, images),
            embedded,
            axes.channelsLast(),
            layout(features, value.sizes(), rows, columns));
    FrozenBase frozen = new FrozenBase(List.of(base));
    trial.compare(value, base, OnnxExporter.features(base));
    return frozen;
  }

  /**
   * How many weights a value needs.
   *
   * @param features the name of a value
   * @return numbers of weights that are no integers
   */
  public long parameters(String features) {
    return new EmbeddedGraph(
            model.getGraph(), input.getName(), features, operatorSets, model.getIrVersion())
        .parameters();
  }

  // What the file has.

  private Map<String, Long> operatorSets() {
    Map<String, Long> sets = new HashMap<>();
    for (OperatorSetIdProto set : model.getOpsetImportList()) {
      String domain = set.getDomain().equals("ai.onnx") ? "" : set.getDomain();
      sets.merge(domain, set.getVersion(), Math::max);
    }
    return sets;
  }

  private void checkForm() {
    long set = operatorSets.getOrDefault("", 0L);
    if (set < FIRST_SET || set > LAST_SET) {
      throw refusal(
          "operator set " + FIRST_SET + " to " + LAST_SET,
          set + ". Export it so, or convert it with onnx.version_converter");
    }
    if (model.getFunctionsCount() > 0) {
      throw refusal(
          "nodes alone",
          model.getFunctionsCount() + " functions of its own. Inline them with onnx.inliner");
    }
    if (model.getGraph().getSparseInitializerCount() > 0) {
      throw refusal("dense weights", "sparse ones. Export it without");
    }
    checkWeights(model.getGraph());
  }

  /** All weights are in the file, those in nodes, too. */
  private void checkWeights(GraphProto graph) {
    List<TensorProto> tensors = new ArrayList<>(graph.getInitializerList());
    for (NodeProto node : graph.getNodeList()) {
      node.getAttributeList().forEach(attribute -> tensors.add(attribute.getT()));
      EmbeddedGraph.subgraphs(node).forEach(this::checkWeights);
    }
    for (TensorProto tensor : tensors) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
          || tensor.getExternalDataCount() > 0) {
        throw refusal(
            "all weights in one file",
            "'"
                + tensor.getName()
                + "' in another. Save it as one: onnx.save_model(onnx.load(FILE), OTHER,"
                + " save_as_external_data=False)");
      }
    }
  }

  private void checkNodes(List<NodeProto> nodes) {
    Set<String> foreign = new HashSet<>();
    for (NodeProto node : nodes) {
      if (!DOMAINS.contains(EmbeddedGraph.domain(node))) {
        foreign.add(node.getDomain() + "." + node.getOpType());
      }
      if (node.getOpType().equals("RoiAlign") && operatorSets.getOrDefault("", 0L) < REGION_SET) {
        throw refusal(
            "operator set " + REGION_SET + " or later for RoiAlign",
            "an earlier one. Export it so");
      }
    }
    if (!foreign.isEmpty()) {
      throw refusal(
          "operators that ONNX Runtime has",
          String.join(", ", foreign)
              + ". Name a value that is made before them, or export it without");
    }
  }

  /** The input that is no weight. */
  private ValueInfoProto images() {
    Set<String> weights = new HashSet<>();
    model.getGraph().getInitializerList().forEach(tensor -> weights.add(tensor.getName()));
    List<ValueInfoProto> inputs =
        model.getGraph().getInputList().stream()
            .filter(each -> !weights.contains(each.getName()))
            .toList();
    if (inputs.size() != 1) {
      throw refusal(
          "one input of images",
          inputs.size() + ": " + inputs.stream().map(ValueInfoProto::getName).toList());
    }
    return inputs.get(0);
  }

  private ImageAxes axes() {
    TypeProto.Tensor type = input.getType().getTensorType();
    String described =
        "images as 32-bit floats [N, C, rows, columns] or [N, rows, columns, C], C 1 or 3";
    if (type.getElemType() != TensorProto.DataType.FLOAT.getNumber()) {
      throw refusal(
          described,
          TensorProto.DataType.forNumber(type.getElemType())
              + ". Export it with 32-bit floats at its input");
    }
    int[] sizes =
        type.getShape().getDimList().stream()
            .mapToInt(dimension -> Math.toIntExact(Math.max(0, dimension.getDimValue())))
            .toArray();
    if (sizes.length == 4) {
      for (int channels : new int[] {3, 1}) {
        if (sizes[1] == channels || (sizes[1] == 0 && sizes[3] == 0 && channels == 3)) {
          return new ImageAxes(false, sizes[0], channels, sizes[2], sizes[3]);
        } else if (sizes[3] == channels) {
          return new ImageAxes(true, sizes[0], channels, sizes[1], sizes[2]);
        }
      }
    }
    throw refusal(described, "shape " + sizes(type.getShape()));
  }

  private static List<String> sizes(TensorShapeProto shape) {
    return shape.getDimList().stream()
        .map(
            each ->
                each.hasDimValue()
                    ? String.valueOf(each.getDimValue())
                    : each.getDimParam().isEmpty() ? "?" : each.getDimParam())
        .toList();
  }

  private void checkSize(int rows, int columns) {
    if ((axes.rows() != 0 && axes.rows() != rows)
        || (axes.columns() != 0 && axes.columns() != columns)) {
      throw refusal(
          "images of the size that is asked for, " + rows + " x " + columns,
          axes.rows() + " x " + axes.columns() + ". Ask for that, or export it with open sizes");
    }
  }

  /** The file with these values as results, and nothing said of sizes that a run shows. */
  private byte[] shown(List<String> values) {
    ModelProto.Builder changed = model.toBuilder();
    GraphProto.Builder graph = changed.getGraphBuilder();
    graph.clearOutput();
    // Without types: the runtime knows them.
    values.forEach(value -> graph.addOutputBuilder().setName(value));
    return changed.build().toByteArray();
  }

  /** Values that would do, by a run; the last ones of the file, the last first. */
  private List<String> candidates(int rows, int columns) {
    List<String> names = new ArrayList<>();
    List<NodeProto> nodes = model.getGraph().getNodeList();
    for (int i = nodes.size() - 1; i >= 0 && names.size() < 24; i--) {
      String name = nodes.get(i).getOutput(0);
      if (!nodes.get(i).getOpType().equals("Constant") && !name.isEmpty()) {
        names.add(name);
      }
    }
    OnnxBaseTrial trial =
        new OnnxBaseTrial(
            fileName,
            Shape.map(axes.channels(), rows, columns),
            axes.channelsLast(),
            Math.max(1, axes.batch()));
    return trial.original(shown(names), input.getName(), names).entrySet().stream()
        .filter(
            value -> value.getValue().sizes().length == 4 || value.getValue().sizes().length == 2)
        .map(value -> value.getKey() + " " + value.getValue().describe())
        .limit(8)
        .toList();
  }

  private Operation.OnnxSubgraph.Value layout(
      String features, long[] sizes, int rows, int columns) {
    if (sizes.length == 2) {
      return new Operation.OnnxSubgraph.Value(Shape.vector(Math.toIntExact(sizes[1])), 2, false);
    } else if (sizes.length == 4) {
      int[] of = {
        0, Math.toIntExact(sizes[1]), Math.toIntExact(sizes[2]), Math.toIntExact(sizes[3])
      };
      if (of[2] == 1 && of[3] == 1) {
        return new Operation.OnnxSubgraph.Value(Shape.vector(of[1]), 4, false);
      }
      // The axes of rows and columns are those that keep the image's proportions.
      double proportion = (double) rows / columns;
      double first = Math.abs((double) of[2] / of[3] - proportion);
      double last = Math.abs((double) of[1] / of[2] - proportion);
      return last < first
          ? new Operation.OnnxSubgraph.Value(Shape.map(of[3], of[1], of[2]), 4, true)
          : new Operation.OnnxSubgraph.Value(Shape.map(of[1], of[2], of[3]), 4, false);
    }
    throw refusal(
        "a map [N, C, h, w] or a vector [N, C] in '" + features + "'",
        sizes.length + " axes. Name another value");
  }

  private ModelFormatException refusal(String expected, String found) {
    return new ModelFormatException(
        fileName + ": expected " + expected + ", found " + Objects.requireNonNull(found) + ".");
  }
}
