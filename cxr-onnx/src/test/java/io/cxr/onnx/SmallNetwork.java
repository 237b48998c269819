package io.cxr.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.model.InputShape;
import io.cxr.model.Measurement;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A network small enough to be computed by hand: a 2x2 convolution of stride 2 with ReLU, the mean
 * of every feature map, a dense layer and its activation. Grad-CAM of such a network is the feature
 * maps weighted by the dense layer, divided by their number of pixels.
 */
final class SmallNetwork {
  static final int FEATURES = 5;

  private final InputShape shape;
  private final OutputActivation activation;
  private final List<String> labels;
  private final float[] kernel;
  private final float[] kernelBias;
  private final float[] dense;
  private final float[] denseBias;

  SmallNetwork(InputShape shape, OutputActivation activation, String... labels) {
    this.shape = shape;
    this.activation = activation;
    this.labels = List.of(labels);
    Random random = new Random(42);
    this.kernel = gaussian(random, FEATURES * shape.channels() * 4);
    this.kernelBias = gaussian(random, FEATURES);
    this.dense = gaussian(random, units() * FEATURES);
    this.denseBias = gaussian(random, units());
  }

  static SmallNetwork softmax() {
    return new SmallNetwork(
        new InputShape(3, 8, 10, InputShape.Layout.CHANNELS_FIRST),
        OutputActivation.SOFTMAX,
        "COVID19",
        "NORMAL",
        "PNEUMONIA");
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  InputShape shape() {
    return shape;
  }

  List<String> labels() {
    return labels;
  }

  OutputActivation activation() {
    return activation;
  }

  int units() {
    return activation.units(labels.size());
  }

  int mapRows() {
    return shape.rows() / 2;
  }

  int mapColumns() {
    return shape.columns() / 2;
  }

  private Task task() {
    return switch (activation.task()) {
      case EXCLUSIVE_LABELS -> new Task.ExclusiveLabels(labels);
      case FINDINGS -> new Task.Findings(labels);
      case MEASUREMENTS ->
          new Task.Measurements(
              labels.stream().map(label -> new Measurement(label, "{score}", 0, 8)).toList());
    };
  }

  ModelCard card() {
    PreprocessingSpec usual =
        PreprocessingSpec.of(
            shape.rows(),
            shape.columns(),
            Resampling.NEAREST,
            shape.channels(),
            PreprocessingStep.Normalization.Kind.UNIT_RANGE);
    return ModelCard.builder("small", "1")
        .architecture("SmallNetwork")
        .task(task())
        .output(activation)
        .preprocessing(new PreprocessingSpec(usual.steps(), shape.layout()))
        .build();
  }

  /** The dense layer's weight of a feature for a label; the first of two labels is the opposite. */
  private float weight(int label, int feature) {
    if (units() == labels.size()) {
      return dense[label * FEATURES + feature];
    }
    return label == 1 ? dense[feature] : -dense[feature];
  }

  /** The graph with its card. */
  byte[] onnx() {
    return onnx(card());
  }

  /** The graph with another card. */
  byte[] onnx(ModelCard card) {
    return graph("batch", true).metadata(ModelCard.METADATA_KEY, card.toJson()).build();
  }

  /** The graph with its card; it takes gray bytes and replicates and normalises them itself. */
  byte[] onnxOnGray() {
    return graph("batch", true, true).metadata(ModelCard.METADATA_KEY, card().toJson()).build();
  }

  /** The graph without a card. */
  OnnxModelBuilder graph(Object batch, boolean heatmap) {
    return graph(batch, heatmap, false);
  }

  private OnnxModelBuilder graph(Object batch, boolean heatmap, boolean onGray) {
    OnnxModelBuilder graph = new OnnxModelBuilder();
    String first = "input";
    if (onGray) {
      float[] divisors = new float[shape.channels()];
      Arrays.fill(divisors, 255);
      graph
          .input("input", TensorProto.DataType.UINT8, batch, 1, shape.rows(), shape.columns())
          .weights("divisors", divisors, 1, divisors.length, 1, 1)
          .node(
              "Cast",
              List.of("input"),
              "gray",
              OnnxModelBuilder.integer("to", TensorProto.DataType.FLOAT.getNumber()))
          .node("Div", List.of("gray", "divisors"), "normalised");
      first = "normalised";
    } else if (shape.layout() == InputShape.Layout.CHANNELS_FIRST) {
      graph.input("input", batch, shape.channels(), shape.rows(), shape.columns());
    } else {
      graph.input("input", batch, shape.rows(), shape.columns(), shape.channels());
      graph.node(
          "Transpose", List.of("input"), "transposed", OnnxModelBuilder.ints("perm", 0, 3, 1, 2));
      first = "transposed";
    }
    graph
        .weights("kernel", kernel, FEATURES, shape.channels(), 2, 2)
        .weights("kernelBias", kernelBias, FEATURES)
        .weights("dense", dense, units(), FEATURES)
        .weights("denseBias", denseBias, units())
        .node(
            "Conv",
            List.of(first, "kernel", "kernelBias"),
            "convolved",
            OnnxModelBuilder.ints("strides", 2, 2))
        .node("Relu", List.of("convolved"), "features")
        .node("GlobalAveragePool", List.of("features"), "pooled")
        .node("Flatten", List.of("pooled"), "flat")
        .node(
            "Gemm",
            List.of("flat", "dense", "denseBias"),
            "logits",
            OnnxModelBuilder.integer("transB", 1))
        .node(
            switch (activation) {
              case SOFTMAX -> "Softmax";
              case SIGMOID_PER_LABEL, SIGMOID_OF_SECOND_LABEL, SIGMOID -> "Sigmoid";
              case IDENTITY -> "Identity";
            },
            List.of("logits"),
            "output")
        .output("output", batch, units())
        .output("logits", batch, units());
    if (heatmap) {
      float[] mapWeights = new float[labels.size() * FEATURES];
      for (int label = 0; label < labels.size(); label++) {
        for (int feature = 0; feature < FEATURES; feature++) {
          mapWeights[label * FEATURES + feature] =
              weight(label, feature) / (mapRows() * mapColumns());
        }
      }
      graph
          .weights("mapWeights", mapWeights, labels.size(), FEATURES, 1, 1)
          .node("Conv", List.of("features", "mapWeights"), "maps")
          .node("Relu", List.of("maps"), "heatmap")
          .output("heatmap", batch, labels.size(), mapRows(), mapColumns());
    }
    return graph;
  }

  /** The first layer alone, as a frozen base. */
  byte[] base() {
    return new OnnxModelBuilder()
        .input("input", "batch", shape.channels(), shape.rows(), shape.columns())
        .weights("kernel", kernel, FEATURES, shape.channels(), 2, 2)
        .weights("kernelBias", kernelBias, FEATURES)
        .node(
            "Conv",
            List.of("input", "kernel", "kernelBias"),
            "convolved",
            OnnxModelBuilder.ints("strides", 2, 2))
        .node("Relu", List.of("convolved"), "features")
        .output("features", "batch", FEATURES, mapRows(), mapColumns())
        .build();
  }

  Path write(Path folder) {
    return write(folder, onnx());
  }

  static Path write(Path folder, byte[] model) {
    try {
      return Files.write(Files.createTempFile(folder, "small", ".onnx"), model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The feature maps of one sample, {@code [feature, row, column]}. */
  double[] features(float[] input) {
    double[] features = new double[FEATURES * mapRows() * mapColumns()];
    int at = 0;
    for (int feature = 0; feature < FEATURES; feature++) {
      for (int row = 0; row < mapRows(); row++) {
        for (int column = 0; column < mapColumns(); column++) {
          double sum = kernelBias[feature];
          for (int channel = 0; channel < shape.channels(); channel++) {
            for (int i = 0; i < 4; i++) {
              sum +=
                  kernel[(feature * shape.channels() + channel) * 4 + i]
                      * value(input, channel, 2 * row + i / 2, 2 * column + i % 2);
            }
          }
          features[at++] = Math.max(0, sum);
        }
      }
    }
    return features;
  }

  private double value(float[] input, int channel, int row, int column) {
    return shape.layout() == InputShape.Layout.CHANNELS_FIRST
        ? input[(channel * shape.rows() + row) * shape.columns() + column]
        : input[(row * shape.columns() + column) * shape.channels() + channel];
  }

  /** The output of one sample after the activation. */
  double[] output(float[] input) {
    double[] features = features(input);
    int pixels = mapRows() * mapColumns();
    double[] output = new double[units()];
    double sum = 0;
    for (int unit = 0; unit < units(); unit++) {
      double logit = denseBias[unit];
      for (int i = 0; i < features.length; i++) {
        logit += dense[unit * FEATURES + i / pixels] * features[i] / pixels;
      }
      output[unit] =
          switch (activation) {
            case SOFTMAX -> Math.exp(logit);
            case SIGMOID_PER_LABEL, SIGMOID_OF_SECOND_LABEL, SIGMOID -> 1 / (1 + Math.exp(-logit));
            case IDENTITY -> logit;
          };
      sum += output[unit];
    }
    if (activation == OutputActivation.SOFTMAX) {
      for (int unit = 0; unit < units(); unit++) {
        output[unit] /= sum;
      }
    }
    return output;
  }

  /** Grad-CAM of one label after its ReLU, not yet divided by its maximum. */
  double[] heatmap(float[] input, int label) {
    double[] features = features(input);
    int pixels = mapRows() * mapColumns();
    double[] map = new double[pixels];
    for (int i = 0; i < features.length; i++) {
      map[i % pixels] += weight(label, i / pixels) * features[i] / pixels;
    }
    for (int i = 0; i < pixels; i++) {
      map[i] = Math.max(0, map[i]);
    }
    return map;
  }
}
