package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.model.PreprocessingSpec;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A network on its way into a stack: a trained classifier, which gives the stack its logits, or a
 * frozen base, which gives it the mean of each channel of its last map. These values, the member's
 * <em>columns</em>, are what the stack's one linear layer sees of it.
 *
 * <p>Immutable. Keeps the file's weights in memory.
 */
public final class StackMember {
  /**
   * A map that a head weighs for its heatmap.
   *
   * @param value its name in the graph
   * @param channels how many channels
   * @param rows of the map
   * @param columns of the map
   */
  record MapOfChannels(String value, int channels, int rows, int columns) {
    int positions() {
      return rows * columns;
    }
  }

  private final ModelGraph graph;
  private final String origin;
  private final PreprocessingSpec preprocessing;
  private final boolean classifier;
  private final int columns;
  private final Optional<MapOfChannels> weighted;
  private final Optional<MapOfChannels> last;

  private StackMember(
      ModelGraph graph,
      String origin,
      PreprocessingSpec preprocessing,
      boolean classifier,
      int columns,
      Optional<MapOfChannels> weighted,
      Optional<MapOfChannels> last) {
    this.graph = graph;
    this.origin = origin;
    this.preprocessing = preprocessing;
    this.classifier = classifier;
    this.columns = columns;
    this.weighted = weighted;
    this.last = last;
  }

  /**
   * A trained classifier. Its card's calibration, thresholds and gate are left behind: the stack
   * has its own.
   *
   * @param model a model file with one float input, as training writes it
   * @param origin how messages name it
   * @return the member; its columns are the logits
   * @throws ModelFormatException if it is another file
   */
  public static StackMember classifier(byte[] model, String origin) {
    ModelGraph graph = read(model, origin);
    ModelCard card =
        ModelCard.fromJson(
            graph
                .metadata(ModelCard.METADATA_KEY)
                .orElseThrow(() -> unfit(origin, "a model file with a card", "one without")));
    if (card.inputs().size() != 1) {
      throw unfit(origin, "a network with one input", "a stack of several");
    }
    int units = Math.toIntExact(dimensions(graph, OnnxExporter.LOGITS, 2, origin)[1]);
    Optional<MapOfChannels> heatmap = Optional.empty();
    Optional<MapOfChannels> last = Optional.empty();
    if (graph.outputs().contains(OnnxExporter.HEATMAP)) {
      long[] shape = dimensions(graph, OnnxExporter.HEATMAP, 4, origin);
      NodeProto relu = graph.makers().get(OnnxExporter.HEATMAP);
      if (relu == null || !relu.getOpType().equals("Relu")) {
        throw unfit(origin, "a heatmap that ends in a ReLU", "another");
      }
      MapOfChannels raw = map(relu.getInput(0), shape);
      heatmap = Optional.of(raw);
      last = lastMap(graph, raw);
    }
    return new StackMember(graph, origin, card.preprocessing(), true, units, heatmap, last);
  }

  /**
   * A frozen base.
   *
   * @param base an ONNX graph with the float input {@code input} {@code [N, channels, rows,
   *     columns]} and the output {@code features} {@code [N, C, h, w]}, its last map
   * @param preprocessing how a radiograph becomes its input
   * @param origin how messages name it
   * @return the member; its columns are the means of the map's channels
   * @throws ModelFormatException if it is another file
   */
  public static StackMember features(byte[] base, PreprocessingSpec preprocessing, String origin) {
    Objects.requireNonNull(preprocessing, "preprocessing");
    ModelGraph graph = read(base, origin);
    MapOfChannels map =
        map(OnnxExporter.FEATURES, dimensions(graph, OnnxExporter.FEATURES, 4, origin));
    return new StackMember(
        graph, origin, preprocessing, false, map.channels(), Optional.of(map), Optional.of(map));
  }

  private static ModelGraph read(byte[] bytes, String origin) {
    ModelGraph graph = ModelGraph.read(bytes, origin);
    if (graph.operatorSet() != OnnxGraph.OPSET) {
      throw unfit(origin, "operator set " + OnnxGraph.OPSET, "operator set " + graph.operatorSet());
    }
    boolean takesFloats =
        graph.inputs().size() == 1
            && graph.inputs().get(0).getType().getTensorType().getElemType()
                == TensorProto.DataType.FLOAT.getNumber();
    if (!takesFloats) {
      throw unfit(origin, "one input of floats", "others");
    }
    for (NodeProto node : graph.nodes()) {
      boolean nested =
          node.getAttributeList().stream()
              .anyMatch(attribute -> attribute.getType() == AttributeProto.AttributeType.GRAPH);
      if (nested || !node.getDomain().isEmpty()) {
        throw unfit(origin, "nodes of ONNX without graphs inside", node.getOpType());
      }
    }
    GraphRewriting.widenWeights(graph);
    return graph;
  }

  private static ModelFormatException unfit(String origin, String expected, String found) {
    return new ModelFormatException(
        origin
            + ": expected "
            + expected
            + ", found "
            + found
            + ". Stack models as training writes them.");
  }

  private static long[] dimensions(ModelGraph graph, String output, int rank, String origin) {
    ValueInfoProto value =
        graph
            .output(output)
            .orElseThrow(() -> unfit(origin, "an output '" + output + "'", "none of that name"));
    TensorShapeProto shape = value.getType().getTensorType().getShape();
    long[] dimensions = shape.getDimList().stream().mapToLong(dim -> dim.getDimValue()).toArray();
    boolean known = dimensions.length == rank;
    for (int i = 1; known && i < rank; i++) {
      known = dimensions[i] > 0;
    }
    if (!known) {
      throw unfit(
          origin, rank + " dimensions of '" + output + "', known but for the batch", "others");
    }
    return dimensions;
  }

  private static MapOfChannels map(String value, long[] shape) {
    return new MapOfChannels(
        value, Math.toIntExact(shape[1]), Math.toIntExact(shape[2]), Math.toIntExact(shape[3]));
  }

  /** The convolutional map that {@link ClassActivationMap} weighs. */
  private static Optional<MapOfChannels> lastMap(ModelGraph graph, MapOfChannels heatmap) {
    Map<String, NodeProto> makers = graph.makers();
    NodeProto weighing = makers.get(ClassActivationMap.WEIGHTED);
    if (weighing == null) {
      return Optional.empty();
    }
    if (weighing.getOpType().equals("Conv")) {
      return graph
          .constant(weighing.getInput(1))
          .map(kernels -> lastMap(weighing.getInput(0), kernels.getDims(1), heatmap));
    }
    NodeProto flat = makers.get(weighing.getInput(1));
    if (flat == null || !flat.getOpType().equals("Reshape")) {
      return Optional.empty();
    }
    return graph
        .constant(flat.getInput(1))
        .map(
            shape ->
                shape
                    .getRawData()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong(Long.BYTES))
        .map(channels -> lastMap(flat.getInput(0), channels, heatmap));
  }

  private static MapOfChannels lastMap(String value, long channels, MapOfChannels heatmap) {
    return new MapOfChannels(value, Math.toIntExact(channels), heatmap.rows(), heatmap.columns());
  }

  /**
   * How many values the stack's linear layer sees of this member.
   *
   * @return logits, or channels of the map
   */
  public int columns() {
    return columns;
  }

  /**
   * How a radiograph becomes its input.
   *
   * @return the steps
   */
  public PreprocessingSpec preprocessing() {
    return preprocessing;
  }

  /**
   * The columns as a graph of its own, to compute them on ONNX Runtime: {@code input} {@code [N,
   * channels, rows, columns]} to {@code features} {@code [N, columns, 1, 1]}.
   *
   * @return the bytes of an ONNX file
   */
  public byte[] columnsGraph() {
    if (!classifier) {
      return means(last.orElseThrow());
    }
    OnnxGraph all = new OnnxGraph(Precision.FP32);
    String logits = within(all, OnnxExporter.LOGITS);
    String shape = all.integers("features/shape", 0, columns, 1, 1);
    all.node("Reshape", OnnxExporter.FEATURES, List.of(logits, shape));
    return whole(all, columns);
  }

  /**
   * The mean of each channel of the last convolutional map as a graph of its own, of the same form
   * as {@link #columnsGraph()}: what the novelty gate of a stack looks at.
   *
   * @return the bytes of an ONNX file; empty for a classifier without heatmap
   */
  public Optional<byte[]> lastMapMeans() {
    return last.map(this::means);
  }

  private byte[] means(MapOfChannels map) {
    OnnxGraph all = new OnnxGraph(Precision.FP32);
    String pooled = within(all, map.value());
    all.node("GlobalAveragePool", OnnxExporter.FEATURES, List.of(pooled));
    return whole(all, map.channels());
  }

  /** Adds the network up to a value. Returns the value's name. */
  private String within(OnnxGraph all, String value) {
    all.input(OnnxExporter.INPUT, GraphStacking.shape(preprocessing));
    return Objects.requireNonNull(
        new GraphMerging(all)
            .add(graph, List.of(value), "network/", OnnxExporter.INPUT)
            .get(value));
  }

  private static byte[] whole(OnnxGraph all, int values) {
    all.output(OnnxExporter.FEATURES, values, 1, 1);
    return OnnxExporter.model(all).build().toByteArray();
  }

  ModelGraph graph() {
    return graph;
  }

  String origin() {
    return origin;
  }

  boolean isClassifier() {
    return classifier;
  }

  /**
   * What the stack's head weighs for its heatmap: a classifier's own maps before their ReLU, one a
   * label; a base's last map.
   */
  Optional<MapOfChannels> weighted() {
    return weighted;
  }

  /** The last convolutional map. */
  Optional<MapOfChannels> last() {
    return last;
  }
}
