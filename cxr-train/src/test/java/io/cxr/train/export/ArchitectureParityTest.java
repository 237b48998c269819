package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.assertHeatmaps;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;
import static io.cxr.train.export.ExportFixtures.randomized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.train.architecture.DarkCovidNet;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.ReportCnn;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.network.Pooling;
import io.cxr.train.weights.NetworkWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The report's networks, at full size and, the pretrained ones, with smaller images, too: outputs
 * and heatmaps of the exported file equal Deeplearning4j's forward and backward pass.
 */
@Tag("slow")
class ArchitectureParityTest {
  /** Rows and columns of small images. */
  private static final int SMALL = 64;

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void localMaximaCnn(int labels) throws Exception {
    check(new LocalMaximaCnn(), "conv3", labels, 3);
  }

  @Test
  void reportCnn() throws Exception {
    check(new ReportCnn(), "conv4", 2, 2);
  }

  static Stream<Arguments> bases() {
    PretrainedArchitecture resNet = PretrainedArchitecture.resNet50();
    PretrainedArchitecture vgg = PretrainedArchitecture.vgg16();
    return Stream.of(
        Arguments.of(resNet, 2),
        Arguments.of(resNet.withHead(OutputActivation.SOFTMAX), 2),
        Arguments.of(resNet.withPooling(Pooling.GLOBAL_AVERAGE), 2),
        Arguments.of(PretrainedArchitecture.compactResNet50(), 3),
        Arguments.of(vgg, 2),
        // The map below the pool after block5 is explained, as without the global pool.
        Arguments.of(vgg.withPooling(Pooling.GLOBAL_AVERAGE), 2));
  }

  @ParameterizedTest
  @MethodSource("bases")
  void basesOnSmallImages(PretrainedArchitecture base, int labels) throws Exception {
    List<PreprocessingStep> steps = new ArrayList<>(base.preprocessing().steps());
    steps.replaceAll(
        step ->
            step instanceof PreprocessingStep.Resize resize
                ? new PreprocessingStep.Resize(SMALL, SMALL, resize.resampling())
                : step);
    checkBase(
        base.withPreprocessing(new PreprocessingSpec(steps, base.preprocessing().layout())),
        labels);
  }

  @ParameterizedTest
  @MethodSource("bases")
  void basesAtFullSize(PretrainedArchitecture base, int labels) throws Exception {
    checkBase(base, labels);
  }

  private static void checkBase(PretrainedArchitecture base, int labels) throws Exception {
    List<String> nodes = BaseParity.check(base, labels);
    assertFalse(nodes.contains("BatchNormalization"), "batch norm is folded");
    assertFalse(nodes.contains("Pad"), "zero padding goes into the convolution");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void darkCovidNet(int labels) throws Exception {
    check(new DarkCovidNet(), "bn17", labels, 3);
  }

  private static void check(UntrainedArchitecture architecture, String map, int labels, int batch)
      throws Exception {
    MultiLayerNetwork network = randomized(architecture.network(labels, 1, new NoOp()), 5);
    int rows = architecture.inputShape().rows();
    INDArray images = images(3, batch, 3, rows, rows);
    MultiLayerNetwork exact = network.convertDataType(DataType.DOUBLE);
    INDArray wide = images.castTo(DataType.DOUBLE);
    INDArray expected = exact.output(wide);
    int lastMap = network.getLayerNames().indexOf(map);
    INDArray heatmaps = GradCam.of(exact, lastMap, wide).heatmaps(labels);
    byte[] model = export(network, card(3, rows, rows, labels, architecture.output(labels)));
    compare(architecture.name(), model, images, expected, heatmaps);
  }

  private static void compare(
      String name, byte[] model, INDArray images, INDArray expected, INDArray heatmaps)
      throws Exception {
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      assertClose(expected, outputs.get("output"), 1e-5);
      assertHeatmaps(name, heatmaps, outputs.get("heatmap"));
    }
  }

  /** What the shipped model is: 16-bit weights, half the file, and a novelty statistic. */
  @Test
  void halfPrecisionAndNovelty(@TempDir Path folder) throws Exception {
    PretrainedArchitecture architecture = PretrainedArchitecture.compactResNet50();
    NetworkWeights weights = NetworkWeights.random(architecture.layers(), 5, 1);
    INDArray images = images(3, 2, 3, 224, 224);
    float[][] pooled;
    try (OnnxModel onnx = new OnnxModel(architecture.base(weights).features(Pooling.FLATTEN))) {
      pooled = Objects.requireNonNull(onnx.run(images).get("features")).mean(2, 3).toFloatMatrix();
    }
    INDArray head = images(7, 1024, 3).muli(0.02);
    TrainedNetwork network = BaseParity.frozen(architecture, weights, head);
    INDArray expected = Transforms.softmax(Nd4j.createFromArray(pooled).mmul(head));
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
              score,
              outputs.get("novelty").getDouble(image, 0),
              exact ? 1e-3 * score : 2e-2 * Math.max(1, score));
        }
      }
    }
  }

  /** One quantity: the file scores the very map that the statistic was fitted to. */
  @ParameterizedTest
  @ValueSource(strings = {"darkcovidnet", "vgg16"})
  void noveltyIsScoredOnTheMapThatItIsFittedTo(String name, @TempDir Path folder) throws Exception {
    boolean dark = name.equals("darkcovidnet");
    PretrainedArchitecture vgg = PretrainedArchitecture.vgg16();
    int rows = dark ? new DarkCovidNet().inputShape().rows() : 224;
    INDArray images = images(3, 2, 3, rows, rows);
    ModelCard card = card(3, rows, rows, 2, OutputActivation.SOFTMAX);
    TrainedNetwork network =
        dark
            ? TrainedNetwork.of(
                randomized(new DarkCovidNet().graph(2, 1, new NoOp()), 5),
                card.preprocessing().inputShape())
            : BaseParity.frozen(
                vgg, NetworkWeights.random(vgg.layers(), 5, 1), images(7, 25_088, 2).muli(0.005));
    byte[] graph = OnnxExporter.lastMapMeans(network, Precision.FP32).orElseThrow();
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
