package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.Prediction;
import io.cxr.file.AtomicFile;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Function;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

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
 *       NoveltyStatistic} is given.
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
  static final String FEATURES = "features";

  static final int OPSET = 17;
  private static final int IR_VERSION = 8;

  /** An ONNX file is one Protocol Buffers message, which has at most 2 GiB. */
  private static final long LARGEST = 500_000_000;

  private static final System.Logger LOGGER = System.getLogger(OnnxExporter.class.getName());

  private OnnxExporter() {}

  /**
   * Writes a sequential network.
   *
   * @param network a trained network, channels first
   * @param card what the model says of itself; its labels, output and input shape must fit
   * @param file the model file; replaced in one step, so that nobody meets half a model
   * @throws IllegalArgumentException if the network cannot be written or the card does not fit
   * @throws IOException if the file cannot be written
   */
  public static void export(MultiLayerNetwork network, ModelCard card, Path file)
      throws IOException {
    checkSize(network.numParams());
    write(
        classifier(
            NetworkReader.read(network, shape(card)), card, Optional.empty(), Precision.FP32),
        file);
  }

  /**
   * Writes a graph with one input and one output.
   *
   * @param network a trained network, channels first
   * @param card what the model says of itself; its labels, output and input shape must fit
   * @param file the model file; replaced in one step, so that nobody meets half a model
   * @throws IllegalArgumentException if the network cannot be written or the card does not fit
   * @throws IOException if the file cannot be written
   */
  public static void export(ComputationGraph network, ModelCard card, Path file)
      throws IOException {
    export(network, card, Optional.empty(), Precision.FP32, file);
  }

  /**
   * Writes a graph with one input and one output, with what tells familiar images from others.
   *
   * @param network a trained network, channels first
   * @param card what the model says of itself; its labels, output and input shape must fit
   * @param novelty the statistic, for the output {@code novelty} {@code [N, 1]} on the last
   *     convolutional map; needed where the card has a novelty gate
   * @param precision how weights are stored: {@link Precision#FP32} or {@link Precision#FP16}; the
   *     others need a file that is there, and a {@link ModelExport}
   * @param file the model file; replaced in one step, so that nobody meets half a model
   * @throws IllegalArgumentException if the network cannot be written, or card or statistic do not
   *     fit
   * @throws IOException if the file cannot be written
   */
  public static void export(
      ComputationGraph network,
      ModelCard card,
      Optional<NoveltyStatistic> novelty,
      Precision precision,
      Path file)
      throws IOException {
    checkSize(network.numParams());
    write(classifier(NetworkReader.read(network, shape(card)), card, novelty, precision), file);
  }

  /**
   * A frozen base as an ONNX graph of its own, to compute features on ONNX Runtime: {@code input}
   * {@code [N, channels, rows, columns]} to {@code features}, the last map {@code [N, C, h, w]} (or
   * {@code [N, C]} if the base ends in a vector). It has no card and no heatmap, and is no model
   * for a classifier.
   *
   * @param base a network with one input and one output
   * @param input the shape of one image, channels first; Deeplearning4j does not keep it
   * @return the bytes of an ONNX file
   * @throws IllegalArgumentException if the network cannot be written
   */
  public static byte[] features(ComputationGraph base, InputShape input) {
    return base(base, input).toByteArray();
  }

  /**
   * Writes what {@link #features} gives to a file.
   *
   * @param base a network with one input and one output
   * @param input the shape of one image, channels first; Deeplearning4j does not keep it
   * @param file the file; replaced in one step
   * @throws IllegalArgumentException if the network cannot be written
   * @throws IOException if the file cannot be written
   */
  public static void exportFeatures(ComputationGraph base, InputShape input, Path file)
      throws IOException {
    write(base(base, input), file);
  }

  /**
   * The network below its last convolutional map as an ONNX graph of its own: {@code input} {@code
   * [N, channels, rows, columns]} to {@code features} {@code [N, C, 1, 1]}, the mean of each
   * channel of that very map which {@link #export} makes the outputs {@code heatmap} and {@code
   * novelty} of. A {@link NoveltyStatistic} is fitted to these means. It is no model for a
   * classifier.
   *
   * @param network a trained network, channels first
   * @param input the shape of one image, channels first; Deeplearning4j does not keep it
   * @param precision how weights are stored, as in the model file
   * @return the bytes of an ONNX file, or empty where the model file has no heatmap
   * @throws IllegalArgumentException if the network cannot be written
   */
  public static Optional<byte[]> lastMapMeans(
      ComputationGraph network, InputShape input, Precision precision) {
    checkSize(network.numParams());
    Operation output = Simplification.of(NetworkReader.read(network, shape(input)));
    return ClassActivationMap.of(logits(output))
        .map(ClassActivationMap::map)
        .map(
            map -> {
              OnnxGraph graph = new OnnxGraph(precision);
              NetworkWriter writer = new NetworkWriter(graph);
              writer.write(map);
              graph.node("GlobalAveragePool", FEATURES, List.of(writer.name(map)));
              graph.output(FEATURES, map.shape().channels(), 1, 1);
              return model(graph).build().toByteArray();
            });
  }

  private static Operation logits(Operation output) {
    return output instanceof Activation last ? last.input() : output;
  }

  private static ModelProto base(ComputationGraph base, InputShape input) {
    checkSize(base.numParams());
    Operation output = Simplification.of(NetworkReader.read(base, shape(input)));
    OnnxGraph graph = new OnnxGraph(Precision.FP32);
    NetworkWriter writer = new NetworkWriter(graph);
    writer.name(output, FEATURES);
    writer.write(output);
    declare(graph, FEATURES, output.shape());
    return model(graph).build();
  }

  private static ModelProto classifier(
      Operation network, ModelCard card, Optional<NoveltyStatistic> novelty, Precision precision) {
    Operation output = Simplification.of(network);
    checkCard(output, card);
    if (card.novelty().isPresent() && novelty.isEmpty()) {
      throw new IllegalArgumentException(
          "Export: the model card has a novelty gate, found no statistic for it.");
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
    declare(graph, LOGITS, logits.shape());
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
      int channels = heatmap.map(found -> found.map().shape().channels()).orElse(0);
      if (channels != novelty.get().channels()) {
        throw new IllegalArgumentException(
            "Export: expected a novelty statistic on the "
                + channels
                + " channels of the last convolutional map, found one on "
                + novelty.get().channels());
      }
      novelty.get().write(graph, writer.name(heatmap.orElseThrow().map()));
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
            .setIrVersion(IR_VERSION)
            .setProducerName("cxr")
            .setProducerVersion(version == null ? "development" : version)
            .setDocString(Prediction.NOTICE)
            .setGraph(graph.build());
    model.addOpsetImportBuilder().setDomain("").setVersion(OPSET);
    return model;
  }

  // Checks.

  private static Shape shape(ModelCard card) {
    return shape(card.preprocessing().inputShape());
  }

  private static Shape shape(InputShape input) {
    if (input.layout() != InputShape.Layout.CHANNELS_FIRST) {
      throw new IllegalArgumentException(
          "Export: expected an input with channels first, found "
              + input.layout()
              + ". Deeplearning4j networks are exported channels first only.");
    }
    return Shape.map(input.channels(), input.rows(), input.columns());
  }

  private static void checkSize(long parameters) {
    if (parameters > LARGEST) {
      throw new IllegalArgumentException(
          "Export: expected at most "
              + LARGEST
              + " parameters, as an ONNX file has at most 2 GiB, found "
              + parameters);
    }
  }

  private static void checkCard(Operation output, ModelCard card) {
    int labels = card.labels().size();
    int units = card.output().units(labels);
    Function expected =
        card.output() == OutputActivation.SOFTMAX ? Function.SOFTMAX : Function.SIGMOID;
    boolean fits =
        output.shape().equals(Shape.vector(units))
            && output instanceof Activation last
            && last.function() == expected;
    if (!fits) {
      throw new IllegalArgumentException(
          "Export: the model card promises "
              + labels
              + " labels by "
              + card.output()
              + ", that is "
              + units
              + " units with "
              + expected
              + ", found "
              + output.shape()
              + " by "
              + (output instanceof Activation last ? last.function() : "no activation")
              + ". Give a card that fits the network.");
    }
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
