package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.Prediction;
import io.cxr.file.AtomicFile;
import io.cxr.model.InputShape;
import io.cxr.model.LungCard;
import io.cxr.model.ModelCard;
import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Function;
import io.cxr.train.export.Operation.OnnxSubgraph;
import io.cxr.train.network.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes a trained network as one ONNX model file: the graph, the model card, and the Grad-CAM
 * heatmap of every label as a second result of the graph, so that any ONNX runtime can explain.
 *
 * <p>A model has the input {@code input} {@code [N, channels, rows, columns]} and the outputs
 *
 * <ul>
 *   <li>{@code output} {@code [N, units]}: what the network gives, equal to Deeplearning4j;
 *   <li>{@code logits} {@code [N, units]}: the same before the last activation;
 *   <li>{@code heatmap} {@code [N, labels, h, w]}: Grad-CAM (Selvaraju et al., ICCV 2017) of each
 *       label's logit on the last convolutional map, after its ReLU, not normalised. Absent where
 *       the layers above that map are other than pools, flattening or a global pool, and dense
 *       layers with ReLU, sigmoid or tanh; a warning is logged then;
 *   <li>{@code novelty} {@code [N, 1]}: how unlike the training images an image is, where a {@link
 *       NoveltyStatistic} is given;
 *   <li>{@code view} {@code [N, views]}: the probability of each view of the card's view gate,
 *       where a {@link ViewHead} is given.
 * </ul>
 *
 * All are float32. The metadata entry {@link ModelCard#METADATA_KEY} holds the card. The same
 * network and card give the same bytes. Batch normalisation is folded into the convolution before
 * it, zero padding into what follows; dropout is left out.
 *
 * <p>Layers are recognised by their configuration, subclasses included. A network with any other
 * layer is refused with {@link IllegalArgumentException}, which names every such layer.
 *
 * <p>Thread-safe, as long as nobody trains the network meanwhile.
 */
public final class OnnxExporter {
  static final String INPUT = "input";
  static final String OUTPUT = "output";
  static final String LOGITS = "logits";
  static final String HEATMAP = "heatmap";
  static final String NOVELTY = "novelty";
  static final String VIEW = "view";
  static final String FEATURES = "features";
  static final String LUNGS = "lungs";

  private static final System.Logger LOGGER = System.getLogger(OnnxExporter.class.getName());

  private OnnxExporter() {}

  /**
   * Writes a network.
   *
   * @param network the network as it is now
   * @param card what the model says of itself; its labels, output and input shape must fit
   * @param file the model file; replaced in one step, so that nobody meets half a model
   * @throws IllegalArgumentException if the card does not fit
   * @throws IOException if the file cannot be written
   */
  public static void export(TrainedNetwork network, ModelCard card, Path file) throws IOException {
    export(network, card, Optional.empty(), Precision.FP32, file);
  }

  /**
   * Writes a network without a view head, as the method below.
   *
   * @param network the network as it is now
   * @param card what the model says of itself; its labels, output and input shape must fit
   * @param novelty the statistic, or none
   * @param precision how weights are stored
   * @param file the model file; replaced in one step
   * @throws IllegalArgumentException if card or statistic do not fit
   * @throws IOException if the file cannot be written
   */
  public static void export(
      TrainedNetwork network,
      ModelCard card,
      Optional<NoveltyStatistic> novelty,
      Precision precision,
      Path file)
      throws IOException {
    export(network, card, novelty, Optional.empty(), precision, file);
  }

  /**
   * Writes a network, with what tells familiar images from others, and upright ones.
   *
   * @param network the network as it is now
   * @param card what the model says of itself; its labels, output and input shape must fit
   * @param novelty the statistic, for the output {@code novelty} {@code [N, 1]} on the last
   *     convolutional map; needed where the card has a novelty gate
   * @param views the head whose answers are an output of their own; needed where the card has a
   *     view gate
   * @param precision how weights are stored: {@link Precision#FP32} or {@link Precision#FP16}; the
   *     others need a file that is there, and a {@link ModelExport}
   * @param file the model file; replaced in one step, so that nobody meets half a model
   * @throws IllegalArgumentException if card or statistic do not fit
   * @throws IOException if the file cannot be written
   */
  public static void export(
      TrainedNetwork network,
      ModelCard card,
      Optional<NoveltyStatistic> novelty,
      Optional<ViewHead> views,
      Precision precision,
      Path file)
      throws IOException {
    write(classifier(network.output(), card, novelty, views, precision), file);
  }

  /**
   * The network below its last convolutional map as an ONNX graph of its own: {@code input} {@code
   * [N, channels, rows, columns]} to {@code features} {@code [N, C, 1, 1]}, the mean of each
   * channel of that very map which {@link #export} makes the outputs {@code heatmap} and {@code
   * novelty} of; of all maps, one after the other, where the head takes several; and the vector
   * itself where a frozen base gives no map. A {@link NoveltyStatistic} is fitted to these means.
   * It is no model for a classifier.
   *
   * @param network the network as it is now
   * @param precision how weights are stored, as in the model file
   * @return the bytes of an ONNX file, or empty where the network ends otherwise
   */
  public static Optional<byte[]> lastMapMeans(TrainedNetwork network, Precision precision) {
    return judged(logits(network.output())).map(means -> features(means, precision));
  }

  /**
   * Writes a network that finds lungs: {@code input} {@code [N, 1, rows, columns]} to {@code lungs}
   * {@code [N, 1, rows, columns]}, probabilities. The metadata entry {@link LungCard#METADATA_KEY}
   * holds the card.
   *
   * @param network the network as it is now, which ends with a map of one channel under a sigmoid
   * @param card what the model says of itself
   * @param precision how weights are stored: {@link Precision#FP32} or {@link Precision#FP16}
   * @param file the model file; replaced in one step
   * @throws IllegalArgumentException if the network ends otherwise
   * @throws IOException if the file cannot be written
   */
  public static void exportLungs(
      TrainedNetwork network, LungCard card, Precision precision, Path file) throws IOException {
    Operation output = Simplification.of(network.output());
    Shape shape = output.shape();
    if (shape.flat() || shape.channels() != 1 || !isSigmoid(output)) {
      throw new IllegalArgumentException(
          "Export: expected a network that ends with a map of one channel under a sigmoid, found "
              + shape);
    }
    OnnxGraph graph = new OnnxGraph(precision);
    NetworkWriter writer = new NetworkWriter(graph);
    writer.name(output, LUNGS);
    writer.write(output);
    declare(graph, LUNGS, shape);
    ModelProto.Builder model = model(graph);
    model.addMetadataPropsBuilder().setKey(LungCard.METADATA_KEY).setValue(card.toJson());
    write(model.build(), file);
  }

  private static boolean isSigmoid(Operation output) {
    return output instanceof Activation last && last.function() == Function.SIGMOID;
  }

  /**
   * As {@link #lastMapMeans}, the means of the channels in each quarter of those maps, {@code [N, 4
   * * C, 1, 1]}: what a {@link ViewHead} is fitted to.
   *
   * @param network the network as it is now
   * @param precision how weights are stored, as in the model file
   * @return the bytes of an ONNX file, or empty where the network has no map below its head
   */
  public static Optional<byte[]> lastMapQuadrants(TrainedNetwork network, Precision precision) {
    return ClassActivationMap.of(logits(network.output()))
        .map(maps -> features(maps.quadrants(), precision));
  }

  /**
   * What novelty is judged by: the means of the last convolutional maps, or what a frozen base
   * gives that gives no map.
   */
  private static Optional<Operation> judged(Operation logits) {
    Optional<ClassActivationMap> maps = ClassActivationMap.of(logits);
    if (maps.isPresent()) {
      return maps.map(ClassActivationMap::means);
    }
    Operation at = logits;
    while (at instanceof Dense dense) {
      at = dense.input();
    }
    return at instanceof OnnxSubgraph && at.shape().flat() ? Optional.of(at) : Optional.empty();
  }

  /** An operation with all that it needs as a graph with the output {@code features}. */
  static byte[] features(Operation operation) {
    return features(Simplification.of(operation), Precision.FP32);
  }

  private static byte[] features(Operation output, Precision precision) {
    OnnxGraph graph = new OnnxGraph(precision);
    NetworkWriter writer = new NetworkWriter(graph);
    Shape shape = output.shape();
    if (shape.flat()) {
      writer.write(output);
      String axes = graph.integers("features/axes", 2, 3);
      graph.node("Unsqueeze", FEATURES, List.of(writer.name(output), axes));
    } else {
      writer.name(output, FEATURES);
      writer.write(output);
    }
    graph.output(FEATURES, shape.channels(), shape.rows(), shape.columns());
    return model(graph).build().toByteArray();
  }

  private static Operation logits(Operation output) {
    return output instanceof Activation last ? last.input() : output;
  }

  private static ModelProto classifier(
      Operation output,
      ModelCard card,
      Optional<NoveltyStatistic> novelty,
      Optional<ViewHead> views,
      Precision precision) {
    checkCard(output, card);
    if (card.novelty().isPresent() && novelty.isEmpty()) {
      throw new IllegalArgumentException(
          "Export: the model card has a novelty gate, found no statistic for it.");
    }
    int promised = card.views().map(gate -> gate.views().size()).orElse(0);
    if (promised != views.map(ViewHead::views).orElse(0)) {
      throw new IllegalArgumentException(
          "Export: the model card has a gate of "
              + promised
              + " views, found a head of "
              + views.map(ViewHead::views).orElse(0));
    }
    Operation logits = logits(output);
    OnnxGraph graph = new OnnxGraph(precision);
    NetworkWriter writer = new NetworkWriter(graph);
    writer.name(output, OUTPUT);
    if (logits != output) {
      writer.name(logits, LOGITS);
    }
    writer.write(output);
    declare(graph, OUTPUT, output.shape());
    if (logits != output) {
      declare(graph, LOGITS, logits.shape());
    }
    Optional<ClassActivationMap> heatmap = ClassActivationMap.of(logits);
    if (heatmap.isPresent()) {
      heatmap.get().write(graph, writer, card.labels().size());
    } else {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "The model {0} is written without heatmaps: its head is not made of pools, flattening or"
              + " a global pool, and dense layers with ReLU, sigmoid or tanh above a convolution."
              + " Explain it by occlusion.",
          card.name());
    }
    if (novelty.isPresent()) {
      Optional<Operation> judged = judged(logits);
      int channels = judged.map(means -> means.shape().channels()).orElse(0);
      if (channels != novelty.get().channels()) {
        throw new IllegalArgumentException(
            "Export: expected a novelty statistic on the "
                + channels
                + " channels of the last convolutional map, found one on "
                + novelty.get().channels());
      }
      writer.write(judged.orElseThrow());
      novelty.get().writeOnMeans(graph, writer.name(judged.orElseThrow()));
    }
    if (views.isPresent()) {
      Optional<Operation> quadrants = heatmap.map(ClassActivationMap::quadrants);
      int features = quadrants.map(means -> means.shape().channels()).orElse(0);
      if (features != views.get().features()) {
        throw new IllegalArgumentException(
            "Export: expected a view head on the "
                + features
                + " means of the last convolutional map's quarters, found one on "
                + views.get().features());
      }
      writer.write(quadrants.orElseThrow());
      views.get().writeOnQuadrants(graph, writer.name(quadrants.orElseThrow()));
    }
    ModelProto.Builder model = model(graph);
    model.addMetadataPropsBuilder().setKey(ModelCard.METADATA_KEY).setValue(card.toJson());
    return model.build();
  }

  private static void declare(OnnxGraph graph, String name, Shape shape) {
    if (shape.flat()) {
      graph.output(name, shape.channels());
    } else {
      graph.output(name, shape.channels(), shape.rows(), shape.columns());
    }
  }

  static ModelProto.Builder model(OnnxGraph graph) {
    String version = OnnxExporter.class.getPackage().getImplementationVersion();
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(graph.format())
            .setProducerName("cxr")
            .setProducerVersion(version == null ? "development" : version)
            .setDocString(Prediction.NOTICE)
            .setGraph(graph.build());
    graph
        .operatorSets()
        .forEach((domain, set) -> model.addOpsetImportBuilder().setDomain(domain).setVersion(set));
    return model;
  }

  // Checks.

  static Shape shape(InputShape input) {
    if (input.layout() != InputShape.Layout.CHANNELS_FIRST) {
      throw new IllegalArgumentException(
          "Export: expected an input with channels first, found "
              + input.layout()
              + ". Deeplearning4j networks are exported channels first only.");
    }
    return Shape.map(input.channels(), input.rows(), input.columns());
  }

  private static void checkCard(Operation output, ModelCard card) {
    int labels = card.labels().size();
    int units = card.output().units(labels);
    Optional<Function> expected =
        switch (card.output()) {
          case SOFTMAX -> Optional.of(Function.SOFTMAX);
          case SIGMOID_PER_LABEL, SIGMOID_OF_SECOND_LABEL, SIGMOID -> Optional.of(Function.SIGMOID);
          case IDENTITY -> Optional.empty();
        };
    Optional<Function> found =
        output instanceof Activation last ? Optional.of(last.function()) : Optional.empty();
    boolean fits = output.shape().equals(Shape.vector(units)) && found.equals(expected);
    if (!fits) {
      throw new IllegalArgumentException(
          "Export: the model card promises "
              + labels
              + " labels by "
              + card.output()
              + ", that is "
              + units
              + " units with "
              + named(expected)
              + ", found "
              + output.shape()
              + " by "
              + named(found)
              + ". Give a card that fits the network.");
    }
  }

  private static String named(Optional<Function> function) {
    return function.map(Function::toString).orElse("no activation");
  }

  // The file.

  private static void write(ModelProto model, Path file) throws IOException {
    Objects.requireNonNull(file, "file");
    if (file.getFileName() == null) {
      throw new IllegalArgumentException("Export: expected a file, found a root folder");
    }
    AtomicFile.write(
        file,
        channel -> {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
          model.writeTo(out);
          out.flush();
          channel.force(true);
        });
  }
}
