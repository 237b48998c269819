package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.assertHeatmaps;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;
import static io.cxr.train.export.ExportFixtures.nodeTypes;
import static io.cxr.train.export.ExportFixtures.randomized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.DarkCovidNet;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.Pooling;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.ReportCnn;
import io.cxr.train.architecture.ResNet50;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.architecture.Vgg16;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * The networks at full size: outputs and heatmaps of the exported file equal Deeplearning4j's
 * forward and backward pass.
 */
class ArchitectureParityTest {
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void localMaximaCnn(int labels) throws Exception {
    check(new LocalMaximaCnn(), "conv3", labels, 3);
  }

  @Test
  void reportCnn() throws Exception {
    check(new ReportCnn(), "conv4", 2, 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SIGMOID_PER_LABEL", "SOFTMAX"})
  void resNet50(OutputActivation head) throws Exception {
    List<String> nodes = check(new ResNet50(head), "conv5_block3_out", 2);
    assertFalse(nodes.contains("BatchNormalization"), "batch norm is folded");
    assertFalse(nodes.contains("Pad"), "zero padding goes into the convolution");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void compactResNet50(int unfrozen) throws Exception {
    check(ResNet50.compact().unfrozen(unfrozen), "conv4_block3_out", 3);
  }

  @ParameterizedTest
  @EnumSource
  void unfrozenResNet50(Pooling pooling) throws Exception {
    ResNet50 network = ResNet50.asReported().withPooling(pooling).unfrozen(2);
    List<String> nodes = check(network, "conv5_block3_out", 2);
    assertFalse(nodes.contains("BatchNormalization"), "batch norm is folded");
  }

  @Test
  void unfrozenVgg16OnChannelMeans() throws Exception {
    // The map below the pool after block5 is explained, as without the global pool.
    check(new Vgg16(OutputActivation.SOFTMAX, Pooling.GLOBAL_AVERAGE, 1), "block5_conv3", 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void darkCovidNet(int labels) throws Exception {
    check(new DarkCovidNet(), "bn17", labels, 3);
  }

  @Test
  void vgg16() throws Exception {
    check(new Vgg16(OutputActivation.SOFTMAX), "block5_conv3", 2);
  }

  private static void check(UntrainedArchitecture architecture, String map, int labels, int batch)
      throws Exception {
    MultiLayerNetwork network = randomized(architecture.network(labels, 1, new NoOp()), 5);
    int rows = architecture.inputShape().rows();
    INDArray images = images(3, batch, 3, rows, rows);
    INDArray expected = network.output(images);
    int lastMap = network.getLayerNames().indexOf(map);
    INDArray heatmaps = GradCam.of(network, lastMap, images).heatmaps(labels);
    byte[] model = export(network, card(3, rows, rows, labels, architecture.output(labels)));
    compare(model, images, expected, heatmaps);
  }

  private static List<String> check(PretrainedArchitecture architecture, String map, int labels)
      throws Exception {
    ComputationGraph network = randomized(architecture.joined(labels), 5);
    for (Layer layer : network.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (name.endsWith("_3_conv") && network.getVertex(name.replace("_conv", "_bn")) == null) {
        // Without batch norm random residual blocks grow from one to the next, until float32 has
        // too few digits for the small difference of large terms that a heatmap then is.
        layer.getParam("W").muli(0.2);
      }
    }
    INDArray images = images(3, 1, 3, 224, 224);
    soften(network, images);
    INDArray expected = network.outputSingle(images);
    INDArray heatmaps = GradCam.of(network, map, images).heatmaps(labels);
    byte[] model = export(network, card(3, 224, 224, labels, architecture.output(labels)));
    compare(model, images, expected, heatmaps);
    return nodeTypes(model);
  }

  /** Scales the head so that outputs are neither 0 nor 1, which would hide differences. */
  private static void soften(ComputationGraph network, INDArray images) {
    String below = network.getConfiguration().getVertexInputs().get("predictions").get(0);
    INDArray features = network.feedForward(images, false).get(below);
    INDArray weights = network.getLayer("predictions").getParam("W");
    INDArray logits = features.dup('c').reshape(1, weights.size(0)).mmul(weights);
    weights.divi(logits.amaxNumber());
  }

  private static void compare(byte[] model, INDArray images, INDArray expected, INDArray heatmaps)
      throws Exception {
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      assertClose(expected, outputs.get("output"), 1e-5);
      assertHeatmaps(heatmaps, outputs.get("heatmap"));
    }
  }

  /** What the shipped model is: 16-bit weights, half the file, and a novelty statistic. */
  @Test
  void halfPrecisionAndNovelty(@TempDir Path folder) throws Exception {
    ResNet50 architecture = ResNet50.compact();
    ComputationGraph network = randomized(architecture.joined(3), 5);
    for (Layer layer : network.getLayers()) {
      if (layer.conf().getLayer().getLayerName().endsWith("_3_conv")) {
        layer.getParam("W").muli(0.2);
      }
    }
    INDArray images = images(3, 2, 3, 224, 224);
    soften(network, images.get(NDArrayIndex.interval(0, 1), all(), all(), all()));
    INDArray expected = network.outputSingle(images);
    INDArray map = network.feedForward(images, false).get("conv4_block3_out");
    float[][] pooled = map.mean(2, 3).toFloatMatrix();
    NoveltyStatistic statistic = NoveltyStatistic.fit(around(pooled));
    ModelCard card = card(3, 224, 224, 3, OutputActivation.SOFTMAX);
    Path whole = folder.resolve("whole.onnx");
    Path half = folder.resolve("half.onnx");
    OnnxExporter.export(network, card, Optional.of(statistic), Precision.FP32, whole);
    OnnxExporter.export(network, card, Optional.of(statistic), Precision.FP16, half);
    assertTrue(Files.size(half) < 0.52 * Files.size(whole) + 600_000, "" + Files.size(half));
    for (Path file : List.of(whole, half)) {
      boolean exact = file.equals(whole);
      try (OnnxModel onnx = new OnnxModel(Files.readAllBytes(file))) {
        Map<String, INDArray> outputs = onnx.run(images);
        assertClose(expected, outputs.get("output"), exact ? 1e-5 : 2e-3);
        for (int image = 0; image < 2; image++) {
          double score = statistic.score(pooled[image]);
          assertEquals(
              score, outputs.get("novelty").getDouble(image, 0), (exact ? 1e-3 : 2e-2) * score);
        }
      }
    }
  }

  /** One quantity: the file scores the very map that the statistic was fitted to. */
  @ParameterizedTest
  @ValueSource(strings = {"darkcovidnet", "vgg16"})
  void noveltyIsScoredOnTheMapThatItIsFittedTo(String name, @TempDir Path folder) throws Exception {
    boolean dark = name.equals("darkcovidnet");
    ComputationGraph network =
        randomized(
            dark
                ? new DarkCovidNet().graph(2, 1, new NoOp())
                : new Vgg16(OutputActivation.SOFTMAX).joined(2),
            5);
    int rows = dark ? new DarkCovidNet().inputShape().rows() : 224;
    INDArray images = images(3, 2, 3, rows, rows);
    ModelCard card = card(3, rows, rows, 2, OutputActivation.SOFTMAX);
    byte[] graph =
        OnnxExporter.lastMapMeans(network, card.preprocessing().inputShape(), Precision.FP32)
            .orElseThrow();
    float[][] means;
    try (OnnxModel onnx = new OnnxModel(graph)) {
      INDArray features = Objects.requireNonNull(onnx.run(images).get("features"));
      means = features.reshape(2, features.length() / 2).toFloatMatrix();
    }
    NoveltyStatistic statistic = NoveltyStatistic.fit(around(means));
    Path file = folder.resolve("model.onnx");
    OnnxExporter.export(network, card, Optional.of(statistic), Precision.FP32, file);
    try (OnnxModel onnx = new OnnxModel(Files.readAllBytes(file))) {
      INDArray novelty = Objects.requireNonNull(onnx.run(images).get("novelty"));
      for (int image = 0; image < 2; image++) {
        double score = statistic.score(means[image]);
        assertEquals(score, novelty.getDouble(image, 0), 1e-3 * score);
      }
    }
  }

  /** Training images about two others. */
  private static float[][] around(float[][] pooled) {
    Random random = new Random(7);
    float[][] images = new float[80][];
    for (int i = 0; i < images.length; i++) {
      images[i] = pooled[i % 2].clone();
      for (int c = 0; c < images[i].length; c++) {
        images[i][c] += (float) (0.1 * random.nextGaussian());
      }
    }
    return images;
  }
}
