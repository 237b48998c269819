package io.cxr.onnx;

import static io.cxr.onnx.OnnxModelBuilder.integer;
import static io.cxr.onnx.OnnxModelBuilder.ints;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Several networks with an input each in one graph, small enough to be computed by hand: each
 * member is a convolution without overlap, a ReLU, the mean of every map and a dense layer; their
 * logits are added. All maps have the same size, so the heatmap is the sum of the members' maps.
 * Novelty is the sum of the squared means of all maps.
 */
final class StackedNetwork {
  private static final int FEATURES = 4;
  private static final List<String> LABELS = List.of("COVID19", "NORMAL", "PNEUMONIA");
  private static final int MAP_ROWS = 4;
  private static final int MAP_COLUMNS = 5;
  private static final int MAP = MAP_ROWS * MAP_COLUMNS;

  private final List<Member> members = new ArrayList<>();

  private static final class Member {
    private final ModelInput input;
    private final InputShape shape;
    private final int side;
    private final float[] kernel;
    private final float[] dense;

    private Member(ModelInput input, Random random) {
      this.input = input;
      this.shape = input.preprocessing().inputShape();
      this.side = shape.rows() / MAP_ROWS;
      this.kernel = gaussian(random, FEATURES * shape.channels() * side * side, 0.3 / side);
      this.dense = gaussian(random, LABELS.size() * FEATURES, 1);
    }

    private static float[] gaussian(Random random, int count, double deviation) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) (deviation * random.nextGaussian());
      }
      return values;
    }

    /** The feature maps after their ReLU, {@code [feature, row, column]}; channels first. */
    private double[] features(Radiograph film) {
      FloatBuffer sample = FloatBuffer.allocate(shape.elements());
      StandardPreprocessor.of(input.preprocessing()).preprocess(film, sample);
      double[] features = new double[FEATURES * MAP];
      for (int i = 0; i < features.length; i++) {
        int row = i % MAP / MAP_COLUMNS * side;
        int column = i % MAP_COLUMNS * side;
        double sum = 0;
        for (int k = 0; k < kernel.length / FEATURES; k++) {
          int channel = k / (side * side);
          int down = row + k % (side * side) / side;
          int across = column + k % side;
          sum +=
              kernel[i / MAP * (kernel.length / FEATURES) + k]
                  * sample.get((channel * shape.rows() + down) * shape.columns() + across);
        }
        features[i] = Math.max(0, sum);
      }
      return features;
    }
  }

  StackedNetwork(List<ModelInput> inputs) {
    Random random = new Random(7);
    inputs.forEach(input -> members.add(new Member(input, random)));
  }

  /** Inputs of different sizes, channels, normalisations and crops, in a graph of two members. */
  static StackedNetwork ofTwo() {
    return new StackedNetwork(List.of(small(), large()));
  }

  /** The second of three inputs is preprocessed as the first, and the third only in its own way. */
  static StackedNetwork ofThree() {
    return new StackedNetwork(
        List.of(
            small(),
            new ModelInput("again", small().preprocessing()),
            new ModelInput(
                "other",
                PreprocessingSpec.of(
                    8,
                    10,
                    Resampling.BILINEAR,
                    new ChannelNormalization(
                        List.of(100.0, 120.0, 90.0), List.of(50.0, -60.0, 70.0))))));
  }

  private static ModelInput small() {
    return new ModelInput(
        "small",
        PreprocessingSpec.of(
            8, 10, Resampling.BILINEAR, 1, Normalization.Kind.SIGNED_UNIT_RANGE));
  }

  private static ModelInput large() {
    return new ModelInput(
        "large",
        PreprocessingSpec.of(
            16, 20, Resampling.NEAREST, 3, Normalization.Kind.TORCH_MEAN_DEVIATION));
  }

  ModelCard card() {
    return ModelCard.builder("stack", "1")
        .architecture("StackedNetwork")
        .labels(LABELS)
        .output(OutputActivation.SOFTMAX)
        .inputs(members.stream().map(member -> member.input).toList())
        .build();
  }

  /** The graph without a card; every input takes floats. */
  OnnxModelBuilder graph(Object batch) {
    return graph(batch, List.of());
  }

  /**
   * The graph without a card.
   *
   * @param onGray inputs that take gray bytes
   */
  OnnxModelBuilder graph(Object batch, List<String> onGray) {
    OnnxModelBuilder graph = new OnnxModelBuilder();
    List<String> logits = new ArrayList<>();
    List<String> means = new ArrayList<>();
    List<String> maps = new ArrayList<>();
    for (Member member : members) {
      String name = member.input.name();
      InputShape shape = member.shape;
      String first = name;
      if (onGray.contains(name)) {
        first = onGray(graph, member, batch);
      } else {
        graph.input(name, batch, shape.channels(), shape.rows(), shape.columns());
      }
      float[] mapWeights = new float[member.dense.length];
      for (int i = 0; i < mapWeights.length; i++) {
        mapWeights[i] = member.dense[i] / MAP;
      }
      graph
          .weights(
              name + "/kernel", member.kernel, FEATURES, shape.channels(), member.side, member.side)
          .weights(name + "/dense", member.dense, LABELS.size(), FEATURES)
          .weights(name + "/mapWeights", mapWeights, LABELS.size(), FEATURES, 1, 1)
          .node(
              "Conv",
              List.of(first, name + "/kernel"),
              name + "/convolved",
              ints("strides", member.side, member.side))
          .node("Relu", List.of(name + "/convolved"), name + "/features")
          .node("GlobalAveragePool", List.of(name + "/features"), name + "/pooled")
          .node("Flatten", List.of(name + "/pooled"), name + "/flat")
          .node(
              "Gemm",
              List.of(name + "/flat", name + "/dense"),
              name + "/logits",
              integer("transB", 1))
          .node("Conv", List.of(name + "/features", name + "/mapWeights"), name + "/maps");
      logits.add(name + "/logits");
      means.add(name + "/flat");
      maps.add(name + "/maps");
    }
    return graph
        .node("Sum", logits, "logits")
        .node("Softmax", List.of("logits"), "output")
        .node("Sum", maps, "maps")
        .node("Relu", List.of("maps"), "heatmap")
        .node("Concat", means, "means", integer("axis", 1))
        .node(
            "ReduceSumSquare",
            List.of("means"),
            "novelty",
            ints("axes", 1),
            integer("keepdims", 1))
        .output("output", batch, LABELS.size())
        .output("heatmap", batch, LABELS.size(), MAP_ROWS, MAP_COLUMNS)
        .output("novelty", batch, 1);
  }

  private static String onGray(OnnxModelBuilder graph, Member member, Object batch) {
    String name = member.input.name();
    ChannelNormalization normalization =
        member.input.preprocessing().channelNormalization().orElseThrow();
    int channels = normalization.channels();
    graph
        .input(
            name, TensorProto.DataType.UINT8, batch, 1, member.shape.rows(), member.shape.columns())
        .weights(name + "/mean", floats(normalization.means()), 1, channels, 1, 1)
        .weights(name + "/deviation", floats(normalization.deviations()), 1, channels, 1, 1)
        .node(
            "Cast",
            List.of(name),
            name + "/gray",
            integer("to", TensorProto.DataType.FLOAT.getNumber()))
        .node("Sub", List.of(name + "/gray", name + "/mean"), name + "/centred")
        .node("Div", List.of(name + "/centred", name + "/deviation"), name + "/normalised");
    return name + "/normalised";
  }

  private static float[] floats(List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats;
  }

  /** The graph with its card. */
  byte[] onnx() {
    return graph("batch").metadata(ModelCard.METADATA_KEY, card().toJson()).build();
  }

  double[] probabilities(Radiograph film) {
    double[] values = new double[LABELS.size()];
    for (Member member : members) {
      double[] features = member.features(film);
      for (int label = 0; label < values.length; label++) {
        for (int i = 0; i < features.length; i++) {
          values[label] += member.dense[label * FEATURES + i / MAP] * features[i] / MAP;
        }
      }
    }
    double sum = 0;
    for (int label = 0; label < values.length; label++) {
      values[label] = Math.exp(values[label]);
      sum += values[label];
    }
    for (int label = 0; label < values.length; label++) {
      values[label] /= sum;
    }
    return values;
  }

  /** The heatmap of one label, divided by its maximum. */
  double[] heatmap(Radiograph film, int label) {
    double[] map = new double[MAP];
    for (Member member : members) {
      double[] features = member.features(film);
      for (int i = 0; i < features.length; i++) {
        map[i % MAP] += member.dense[label * FEATURES + i / MAP] * features[i] / MAP;
      }
    }
    double maximum = Math.max(0, Arrays.stream(map).max().orElseThrow());
    for (int i = 0; i < MAP; i++) {
      map[i] = maximum == 0 ? 0 : Math.max(0, map[i]) / maximum;
    }
    return map;
  }

  double novelty(Radiograph film) {
    double sum = 0;
    for (Member member : members) {
      double[] features = member.features(film);
      for (int feature = 0; feature < FEATURES; feature++) {
        double mean =
            Arrays.stream(features, feature * MAP, (feature + 1) * MAP).average().orElseThrow();
        sum += mean * mean;
      }
    }
    return sum;
  }
}
