package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Cards, random weights, random images and comparisons for the tests of exports. */
final class ExportFixtures {
  private ExportFixtures() {}

  static ModelCard card(int channels, int rows, int columns, int labels, OutputActivation output) {
    return ModelCard.builder("synthetic", "1")
        .architecture("test network")
        .labels(IntStream.range(0, labels).mapToObj(i -> "LABEL" + i).toList())
        .output(output)
        .preprocessing(
            PreprocessingSpec.of(
                rows, columns, Resampling.BILINEAR, channels, Normalization.Kind.UNIT_RANGE))
        .metrics(Map.of("accuracy", 0.5))
        .build();
  }

  static MultiLayerNetwork randomized(MultiLayerNetwork network, long seed) {
    randomize(network.getLayers(), seed);
    return network;
  }

  static ComputationGraph randomized(ComputationGraph network, long seed) {
    randomize(network.getLayers(), seed);
    return network;
  }

  /** Every parameter becomes random, the statistics of batch normalisation and biases, too. */
  private static void randomize(Layer[] layers, long seed) {
    Random random = new Random(seed);
    for (Layer layer : layers) {
      layer
          .paramTable()
          .forEach(
              (name, parameter) -> {
                float[] values = new float[Math.toIntExact(parameter.length())];
                double fanIn =
                    name.equals("W")
                        ? (double) parameter.length()
                            / parameter.size(parameter.rank() == 4 ? 0 : 1)
                        : 1;
                for (int i = 0; i < values.length; i++) {
                  values[i] =
                      (float)
                          switch (name) {
                            case "W" -> random.nextGaussian() * Math.sqrt(2 / fanIn);
                            case "var" -> 0.5 + random.nextDouble();
                            case "gamma" -> 0.5 + random.nextDouble();
                            case "log10stdev" -> random.nextDouble() - 0.5;
                            default -> random.nextGaussian() * 0.3;
                          };
                }
                parameter.assign(
                    Nd4j.createFromArray(values)
                        .reshape(parameter.shape())
                        .castTo(parameter.dataType()));
              });
    }
  }

  static INDArray images(long seed, long... shape) {
    Random random = new Random(seed);
    float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape(shape);
  }

  static byte[] export(MultiLayerNetwork network, ModelCard card) throws Exception {
    return export(TrainedNetwork.of(network, card.preprocessing().inputShape()), card);
  }

  static byte[] export(ComputationGraph network, ModelCard card) throws Exception {
    return export(TrainedNetwork.of(network, card.preprocessing().inputShape()), card);
  }

  static byte[] export(TrainedNetwork network, ModelCard card) throws Exception {
    Path folder = Files.createTempDirectory("cxr-export");
    Path file = folder.resolve("model.onnx");
    try {
      OnnxExporter.export(network, card, file);
      return Files.readAllBytes(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  static void export(MultiLayerNetwork network, ModelCard card, Path file) throws Exception {
    OnnxExporter.export(TrainedNetwork.of(network, card.preprocessing().inputShape()), card, file);
  }

  static List<String> nodeTypes(byte[] model) throws Exception {
    return ModelProto.parseFrom(model).getGraph().getNodeList().stream()
        .map(node -> node.getOpType())
        .toList();
  }

  /** Largest difference at most {@code tolerance}; never vacuous, for shapes must be equal. */
  static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    assertArrayEquals(expected.shape(), actual.shape());
    double difference =
        expected
            .castTo(DataType.DOUBLE)
            .sub(actual.castTo(DataType.DOUBLE))
            .amaxNumber()
            .doubleValue();
    assertTrue(
        difference <= tolerance, "difference " + difference + ", expected at most " + tolerance);
  }

  /**
   * To 1e-5 of the reference's maximum, on any processor. The reference is in double precision:
   * what remains is the rounding of the file alone.
   */
  static void assertHeatmaps(String name, INDArray expected, INDArray actual) {
    assertEquals(DataType.DOUBLE, expected.dataType(), "a reference that rounds proves less");
    double maximum = expected.maxNumber().doubleValue();
    assertTrue(maximum > 0, "the reference map is empty: choose another seed");
    assertArrayEquals(expected.shape(), actual.shape());
    double difference =
        expected.sub(actual.castTo(DataType.DOUBLE)).amaxNumber().doubleValue() / maximum;
    assertTrue(difference <= 1e-5, name + ": heatmap differs by " + difference + " of its maximum");
  }
}
