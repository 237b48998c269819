package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import com.google.protobuf.InvalidProtocolBufferException;
import io.cxr.error.ModelFormatException;
import io.cxr.file.AtomicFile;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.onnx.ModelScan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A model file that {@link ModelAdoption} wrote, to be completed by what films tell: a novelty
 * statistic on the means of its last map's channels, and another card. Immutable.
 */
public final class AdoptedNetwork {
  /** Axes of sums are an input from here on, as the statistic writes them. */
  private static final long STATISTIC_SET = ForeignGraph.AXES_SET;

  private final ModelProto model;
  private final ModelCard card;
  private final ForeignGraph graph;
  private final Optional<LinearHead> head;

  private AdoptedNetwork(ModelProto model, ModelCard card, ForeignGraph graph) {
    this.model = model;
    this.card = card;
    this.graph = graph;
    boolean hasLogits =
        model.getGraph().getOutputList().stream()
            .anyMatch(each -> each.getName().equals(OnnxExporter.LOGITS));
    this.head =
        hasLogits ? LinearHead.of(graph, graph.inner(OnnxExporter.LOGITS)) : Optional.empty();
  }

  /**
   * Reads a file.
   *
   * @param file a model file with one input
   * @return the network
   * @throws IOException if it cannot be read
   * @throws ModelFormatException if it is none
   */
  public static AdoptedNetwork read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    String origin = "Model " + file.getFileName();
    ForeignGraph graph = ForeignGraph.read(bytes, origin, "");
    ModelCard card =
        ModelScan.metadata(bytes, ModelCard.METADATA_KEY)
            .map(ModelCard::fromJson)
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        origin + ": expected a model card, found none. Adopt the file first."));
    try {
      return new AdoptedNetwork(ModelProto.parseFrom(bytes), card, graph);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(origin + ": expected an ONNX file, found other bytes.", e);
    }
  }

  /**
   * The file's card.
   *
   * @return as it was written
   */
  public ModelCard card() {
    return card;
  }

  /**
   * A graph from images to the means of the last map's channels, for {@code
   * io.cxr.onnx.FeatureExtractor}.
   *
   * @return an ONNX file; empty where the last map is not known, the network takes one image at a
   *     time or channels last, or its operator set is before 13
   */
  public Optional<byte[]> lastMapMeans() {
    InputShape shape = card.preprocessing().inputShape();
    boolean free =
        model.getGraph().getInput(0).getType().getTensorType().getShape().getDim(0).hasDimParam();
    if (head.isEmpty()
        || !free
        || shape.layout() != InputShape.Layout.CHANNELS_FIRST
        || graph.operatorSet() < STATISTIC_SET) {
      return Optional.empty();
    }
    int[] sizes = {shape.channels(), shape.rows(), shape.columns()};
    int channels = channels(sizes);
    if (channels == 0) {
      return Optional.empty();
    }
    if (graph.maker(OnnxExporter.FEATURES).isEmpty()) {
      graph.add("GlobalAveragePool", OnnxExporter.FEATURES, List.of(head.get().map()));
    }
    return Optional.of(
        graph
            .build(
                sizes, 0, List.of(new ForeignGraph.Output(OnnxExporter.FEATURES, channels, 1, 1)))
            .build()
            .toByteArray());
  }

  private int channels(int[] sizes) {
    String map = head.orElseThrow().map();
    byte[] looked =
        graph.build(sizes, 1, List.of(new ForeignGraph.Output(map))).build().toByteArray();
    float[] image = TensorRun.noise(sizes[0] * sizes[1] * sizes[2], 1);
    long[] axes = {1, sizes[0], sizes[1], sizes[2]};
    try {
      TensorRun.Value value =
          Objects.requireNonNull(
              TensorRun.run(looked, OnnxExporter.INPUT, image, axes, List.of(map)).get(map));
      return value.sizes().length == 4 && !value.isOther() ? Math.toIntExact(value.sizes()[1]) : 0;
    } catch (OrtException e) {
      throw new ModelFormatException(
          graph.origin() + ": expected a network that ONNX Runtime runs, found: " + e.getMessage(),
          e);
    }
  }

  /**
   * Writes the network with another card.
   *
   * @param file replaced in one step; may be the file that was read
   * @param changed the card
   * @param novelty a statistic on {@link #lastMapMeans}, if the card has a gate
   * @throws IOException if it cannot be written
   */
  public void write(Path file, ModelCard changed, Optional<NoveltyStatistic> novelty)
      throws IOException {
    ModelProto.Builder all = model.toBuilder();
    if (novelty.isPresent()) {
      String map = head.orElseThrow().map();
      // The name that the file itself has for it.
      String own = map.substring(map.indexOf('/') + 1);
      OnnxGraph added = new OnnxGraph(Precision.FP32);
      added.node("GlobalAveragePool", "novelty/pooled", List.of(own));
      added.node(
          "Flatten", "novelty/means", List.of("novelty/pooled"), OnnxGraph.attribute("axis", 1L));
      novelty.get().writeOnMeans(added, "novelty/means");
      GraphProto nodes = added.build();
      all.getGraphBuilder()
          .addAllNode(nodes.getNodeList())
          .addAllInitializer(nodes.getInitializerList())
          .addAllOutput(nodes.getOutputList());
    }
    AtomicFile.write(file, ByteBuffer.wrap(ModelCardFile.withCard(all.build(), changed)));
  }
}
