package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ExportProvenance;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file whose members take inputs of their own, in other number formats and on gray pixels. */
class SeveralInputsExportTest {
  private static final List<String> LABELS = List.of("CLEAR", "OPACITY");
  @TempDir static Path shared;
  @TempDir Path folder;
  private static final List<Path> IMAGES = new ArrayList<>();
  private static Path model;
  private static Path labelled;

  @BeforeAll
  static void write() throws IOException {
    for (int i = 0; i < 40; i++) {
      IMAGES.add(draw(shared.resolve(i + ".png"), i));
    }
    model = shared.resolve("model.onnx");
    Files.write(model, network(0));
    double[] odds = answers(model).stream().mapToDouble(SeveralInputsExportTest::odds).toArray();
    double median = Arrays.stream(odds).sorted().skip(20).findFirst().orElseThrow();
    Files.write(model, network((float) -median));
    // Labels as the model gives them, of images that it is sure about.
    labelled = shared.resolve("labelled");
    TreeMap<Double, Path> byOdds = new TreeMap<>();
    for (int i = 0; i < odds.length; i++) {
      byOdds.put(odds[i], IMAGES.get(i));
    }
    List<Path> ordered = List.copyOf(byOdds.values());
    for (int rank = 0; rank < ordered.size(); rank++) {
      if (rank < 15 || rank >= ordered.size() - 15) {
        Path of = Files.createDirectories(labelled.resolve(LABELS.get(rank < 15 ? 0 : 1)));
        Files.copy(ordered.get(rank), of.resolve(ordered.get(rank).getFileName()));
      }
    }
  }

  private static Path draw(Path file, int seed) throws IOException {
    Random random = new Random(seed);
    int base = random.nextInt(150);
    int slope = random.nextInt(5);
    int noise = random.nextInt(90) + 1;
    BufferedImage image = new BufferedImage(44, 52, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 52; y++) {
      for (int x = 0; x < 44; x++) {
        image
            .getRaster()
            .setSample(x, y, 0, Math.min(255, base + slope * x / 2 + random.nextInt(noise)));
      }
    }
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private static ModelCard card() {
    return ModelCard.builder("stack", "1")
        .architecture("stack")
        .labels(LABELS)
        .output(OutputActivation.SOFTMAX)
        .inputs(
            List.of(
                new ModelInput(
                    "a/input",
                    PreprocessingSpec.of(
                        24, 24, Resampling.BILINEAR, 3, Normalization.Kind.TORCH_MEAN_DEVIATION)),
                new ModelInput(
                    "b/input",
                    PreprocessingSpec.of(
                        32, 28, Resampling.BILINEAR, 1, Normalization.Kind.SIGNED_UNIT_RANGE)),
                new ModelInput(
                    "c/input",
                    PreprocessingSpec.of(
                        24,
                        24,
                        Resampling.BILINEAR,
                        new ChannelNormalization(
                            List.of(90.0, 100.0, 110.0), List.of(60.0, 61.0, 62.0))))))
        .novelty(new NoveltyGate("squared means", 1e6, 0.98, 0.95))
        .build();
  }

  private static byte[] network(float bias) {
    Random random = new Random(3);
    OnnxGraph graph = new OnnxGraph(Precision.FP32);
    List<String> logits = new ArrayList<>();
    List<String> means = new ArrayList<>();
    List<String> maps = new ArrayList<>();
    for (ModelInput input : card().inputs()) {
      String name = input.name().substring(0, 1);
      InputShape shape = input.preprocessing().inputShape();
      graph.input(input.name(), Shape.map(shape.channels(), shape.rows(), shape.columns()));
      String first = relu(graph, convolution(graph, random, name + "/1", input.name(), shape.channels(), 8));
      String second = relu(graph, convolution(graph, random, name + "/2", first, 8, 16));
      String pooled = graph.node("GlobalAveragePool", name + "/means", List.of(second));
      String flat = graph.node("Flatten", name + "/flat", List.of(pooled));
      String head = graph.constant(name + "/head", gaussian(random, 32, 0.5), 16, 2);
      logits.add(graph.node("MatMul", name + "/logits", List.of(flat, head)));
      means.add(flat);
      String weights = graph.constant(name + "/mapping", gaussian(random, 32, 1), 2, 16, 1, 1);
      String map = graph.node("Conv", name + "/map", List.of(second, weights));
      // Maps of a common size, 8 x 7; scaled sizes are rounded down.
      float[] scales = {1, 1, 8.01f / shape.rows(), 7.01f / shape.columns()};
      maps.add(
          graph.node(
              "Resize",
              name + "/resized",
              List.of(map, "", graph.exactConstant(name + "/scales", scales, 4))));
    }
    String sum = graph.node("Sum", "sum", logits);
    graph.node(
        "Add", "logits", List.of(sum, graph.exactConstant("bias", new float[] {0, bias}, 2)));
    graph.node("Softmax", "output", List.of("logits"));
    graph.node("Relu", "heatmap", List.of(graph.node("Sum", "maps", maps)));
    String all = graph.node("Concat", "all", means, attribute("axis", 1L));
    graph.node("ReduceSumSquare", "novelty", List.of(all), attribute("axes", new long[] {1}));
    graph.output("output", 2);
    graph.output("logits", 2);
    graph.output("heatmap", 2, 8, 7);
    graph.output("novelty", 1);
    return SmallResidualNetwork.file(graph, card());
  }

  private static String convolution(
      OnnxGraph graph, Random random, String name, String input, int from, int to) {
    String weights =
        graph.constant(
            name + "/W",
            gaussian(random, to * from * 9, Math.sqrt(2.0 / (from * 9))),
            to,
            from,
            3,
            3);
    return graph.node(
        "Conv", name, List.of(input, weights), attribute("pads", 1, 1, 1, 1));
  }

  private static String relu(OnnxGraph graph, String input) {
    return graph.node("Relu", input + "/relu", List.of(input));
  }

  private static float[] gaussian(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  private static List<Prediction> answers(Path file) throws IOException {
    List<Prediction> answers = new ArrayList<>();
    try (OnnxClassifier classifier = OnnxClassifier.builder(file).calibration(false).open()) {
      for (Path image : IMAGES) {
        answers.add(classifier.classify(Radiograph.read(image)));
      }
    }
    return answers;
  }

  private static double odds(Prediction prediction) {
    double p = prediction.probability("OPACITY");
    return Math.log(p / (1 - p));
  }

  private static double difference(Path file) throws IOException {
    List<Prediction> expected = answers(model);
    List<Prediction> found = answers(file);
    double most = 0;
    for (int i = 0; i < expected.size(); i++) {
      most =
          Math.max(
              most,
              Math.abs(
                  expected.get(i).probability("OPACITY") - found.get(i).probability("OPACITY")));
    }
    return most;
  }

  private static void assertMade(Path file, boolean gray) throws IOException {
    Map<String, Integer> types = new TreeMap<>();
    for (ValueInfoProto input :
        ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getInputList()) {
      types.put(input.getName(), input.getType().getTensorType().getElemType());
    }
    int type = (gray ? TensorProto.DataType.UINT8 : TensorProto.DataType.FLOAT).getNumber();
    assertEquals(Map.of("a/input", type, "b/input", type, "c/input", type), types);
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      assertEquals(card().inputs(), classifier.card().inputs());
      assertEquals(8, classifier.explain(Radiograph.read(IMAGES.get(0))).heatmap().rows());
    }
  }

  @Test
  void answersDifferByImage() throws IOException {
    double[] odds = answers(model).stream().mapToDouble(SeveralInputsExportTest::odds).toArray();
    double spread =
        Arrays.stream(odds).max().orElseThrow()
            - Arrays.stream(odds).min().orElseThrow();
    assertTrue(spread > 0.3, "" + spread);
  }

  @Test
  void sixteenBitsAreNear() throws IOException {
    Path weights = folder.resolve("fp16.onnx");
    ModelExport.of(model).precision(Precision.FP16).write(weights);
    assertMade(weights, false);
    assertTrue(difference(weights) < 1e-3, "" + difference(weights));
    Path computed = folder.resolve("fp16-compute.onnx");
    ModelExport.of(model).precision(Precision.FP16_COMPUTE).write(computed);
    assertMade(computed, false);
    double difference = difference(computed);
    assertTrue(difference > 0 && difference < 0.01, "" + difference);
    long halfKernels =
        ModelProto.parseFrom(Files.readAllBytes(computed)).getGraph().getInitializerList().stream()
            .filter(tensor -> tensor.getDataType() == TensorProto.DataType.FLOAT16.getNumber())
            .filter(tensor -> tensor.getDimsCount() == 4)
            .count();
    assertEquals(9, halfKernels, "three convolutions of each member");
  }

  @Test
  void everyInputTakesGrayPixels() throws IOException {
    Path file = folder.resolve("gray.onnx");
    ModelExport.of(model).input(ExportInput.UINT8).write(file);
    assertMade(file, true);
    assertTrue(difference(file) < 1e-5, "" + difference(file));
    Path half = folder.resolve("gray16.onnx");
    ModelExport.of(model).precision(Precision.FP16_COMPUTE).input(ExportInput.UINT8).write(half);
    assertMade(half, true);
    assertTrue(difference(half) < 0.01, "" + difference(half));
    // A source must take floats.
    ModelFormatException refusal =
        assertThrows(
            ModelFormatException.class,
            () -> ModelExport.of(file).write(folder.resolve("again.onnx")));
    assertTrue(refusal.getMessage().contains("no floats"), refusal.getMessage());
  }

  @Test
  void eightBitsAreCalibratedOnEveryInputAndGated() throws IOException {
    Path file = folder.resolve("int8.onnx");
    ModelExport.Result result =
        ModelExport.of(model)
            .precision(Precision.INT8)
            .input(ExportInput.UINT8)
            .calibration(IMAGES)
            .validation(ImageFolder.builder(labelled).classes(LABELS).open())
            .write(file);
    assertMade(file, true);
    assertTrue(difference(file) < 0.05, "" + difference(file));
    assertTrue(result.integerLayers() >= 6, "two convolutions of each member");
    ExportProvenance.Gate gate = result.card().export().orElseThrow().gate().orElseThrow();
    assertTrue(gate.passed());
    assertEquals(30, gate.images());
    assertEquals(1, gate.sourceAccuracy(), "the labels are the model's own");
    assertTrue(result.card().calibration().isPresent());
    double threshold = result.card().novelty().orElseThrow().threshold();
    assertTrue(threshold > 0.8e6 && threshold < 1.2e6, "" + threshold);
  }
}
