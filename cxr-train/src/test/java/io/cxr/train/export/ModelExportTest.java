package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ExportProvenance;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.Vgg16;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of other number formats and inputs: how near they are, and what is refused. */
class ModelExportTest {
  private static final Normalization.Kind KIND = Normalization.Kind.CAFFE_BGR_MEAN;
  @TempDir static Path shared;
  @TempDir Path folder;
  private static Path model;

  /** Calibration images, and a folder with the model's own labels, so that it is always right. */
  private static List<Path> images;

  private static Path labelled;

  @BeforeAll
  static void draw() throws IOException {
    images = new ArrayList<>();
    Random random = new Random(5);
    Files.createDirectories(shared.resolve("images"));
    for (int i = 0; i < 80; i++) {
      Path file = shared.resolve("images/" + i + ".png");
      draw(file, random.nextInt(150), random.nextInt(5), random.nextInt(90) + 1, i);
      images.add(file);
    }
    model = shared.resolve("model.onnx");
    Files.write(model, SmallResidualNetwork.model(KIND, 0));
    List<Double> odds = odds(model, images);
    double median = odds.stream().sorted().toList().get(odds.size() / 2);
    Files.write(model, SmallResidualNetwork.model(KIND, (float) -median));
    labelled = shared.resolve("labelled");
    List<Integer> order = new ArrayList<>(Stream.iterate(0, i -> i + 1).limit(80).toList());
    order.sort(Comparator.comparing(odds::get));
    for (int rank = 0; rank < 80; rank++) {
      if (rank < 30 || rank >= 50) {
        Path target = labelled.resolve(SmallResidualNetwork.LABELS.get(rank < 30 ? 0 : 1));
        Files.createDirectories(target);
        Path file = images.get(order.get(rank));
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }

  private static void draw(Path file, int base, int slope, int noise, int seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 36; y++) {
      for (int x = 0; x < 40; x++) {
        int level = base + slope * x / 2 + random.nextInt(noise);
        image.getRaster().setSample(x, y, 0, Math.min(255, level));
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }

  private static double[] probabilities(Path file, List<Path> of) throws IOException {
    double[] probabilities = new double[of.size()];
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      for (int i = 0; i < probabilities.length; i++) {
        probabilities[i] =
            classifier.classify(Radiograph.read(of.get(i))).probabilities().get(1).probability();
      }
    }
    return probabilities;
  }

  private static List<Double> odds(Path file, List<Path> of) throws IOException {
    return Arrays.stream(probabilities(file, of)).map(p -> Math.log(p / (1 - p))).boxed().toList();
  }

  private static double difference(Path a, Path b) throws IOException {
    double[] first = probabilities(a, images);
    double[] second = probabilities(b, images);
    double most = 0;
    for (int i = 0; i < first.length; i++) {
      most = Math.max(most, Math.abs(first[i] - second[i]));
    }
    return most;
  }

  private static ImageFolder validation() throws IOException {
    return ImageFolder.builder(labelled).classes(SmallResidualNetwork.LABELS).open();
  }

  private static ModelExport int8() throws IOException {
    return ModelExport.of(model)
        .precision(Precision.INT8)
        .calibration(images)
        .validation(validation());
  }

  /** The same without anything that is fitted to the new file's answers. */
  private static ModelExport unfitted() throws IOException {
    return ModelExport.of(model).precision(Precision.INT8).calibration(images).force(true);
  }

  private static List<String> nodes(Path file) throws IOException {
    return ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getNodeList().stream()
        .map(node -> node.getOpType())
        .toList();
  }

  @Test
  void computingInSixteenBitsIsNearAndLeavesTheHeadWide() throws IOException {
    Path file = folder.resolve("half.onnx");
    ModelExport.of(model).precision(Precision.FP16_COMPUTE).input(ExportInput.UINT8).write(file);
    double most = difference(model, file);
    assertTrue(most > 0 && most < 0.02, "" + most);
    ModelProto made = ModelProto.parseFrom(Files.readAllBytes(file));
    Map<String, TensorProto.DataType> types = new HashMap<>();
    made.getGraph()
        .getInitializerList()
        .forEach(
            tensor ->
                types.put(tensor.getName(), TensorProto.DataType.forNumber(tensor.getDataType())));
    made.getGraph()
        .getNodeList()
        .forEach(
            node -> {
              if (node.getOpType().equals("Conv")) {
                node.getInputList().stream()
                    .skip(1)
                    .forEach(of -> assertEquals(TensorProto.DataType.FLOAT16, types.get(of)));
              } else if (node.getOpType().equals("Gemm")) {
                assertEquals(TensorProto.DataType.FLOAT, types.get(node.getInput(1)));
              }
            });
    long casts = nodes(file).stream().filter("Cast"::equals).count();
    assertTrue(casts <= 5, "casts at the edges of the trunk alone: " + nodes(file));
  }

  /**
   * Between two convolutions, operators with constants and values that are no floats, and with
   * bounds that no 16-bit float can hold.
   */
  private static byte[] withShapes() {
    Random random = new Random(9);
    OnnxGraph graph = new OnnxGraph(Precision.FP32);
    int size = SmallResidualNetwork.SIZE;
    graph.input("input", Shape.map(3, size, size));
    String first =
        graph.node("Conv", "first", List.of("input", kernel(graph, random, "a", 3, 4, 0.02)));
    String padded =
        graph.node(
            "Pad",
            "padded",
            List.of(
                first,
                graph.integers("pads", 0, 0, 1, 1, 0, 0, 1, 1),
                graph.exactConstant("filling", new float[] {-1e30f})));
    String clipped =
        graph.node(
            "Clip",
            "clipped",
            List.of(
                padded,
                graph.exactConstant("least", new float[] {0}),
                graph.exactConstant("most", new float[] {Float.MAX_VALUE})));
    String sliced =
        graph.node(
            "Slice",
            "sliced",
            List.of(
                clipped,
                graph.integers("starts", 1, 1),
                graph.integers("ends", size - 1, size - 1),
                graph.integers("axes", 2, 3)));
    String shape = graph.node("Shape", "shape", List.of(sliced));
    String flat = graph.node("Reshape", "flat", List.of(sliced, graph.integers("rows", 0, 0, -1)));
    String again = graph.node("Reshape", "again", List.of(flat, shape));
    String resized =
        graph.node(
            "Resize",
            "resized",
            List.of(again, "", graph.exactConstant("scales", new float[] {1, 1, 2, 2}, 4)));
    String positive =
        graph.node(
            "Greater",
            "positive",
            List.of(resized, graph.exactConstant("zero", new float[] {0.05f})));
    String mask =
        graph.node(
            "Cast",
            "mask",
            List.of(positive),
            attribute("to", (long) TensorProto.DataType.FLOAT.getNumber()));
    String masked = graph.node("Mul", "masked", List.of(resized, mask));
    String second =
        graph.node("Conv", "second", List.of(masked, kernel(graph, random, "b", 4, 4, 1)));
    String means = graph.node("GlobalAveragePool", "means", List.of(second));
    graph.node("Flatten", "logits0", List.of(means));
    String head = graph.constant("head", new float[] {1, -1, 0.5f, -0.5f, 0.2f, 0.1f, -1, 1}, 4, 2);
    String logits = graph.node("MatMul", "logits", List.of("logits0", head));
    graph.node("Softmax", "output", List.of(logits));
    graph.output("output", 2);
    return SmallResidualNetwork.file(graph, SmallResidualNetwork.card(KIND));
  }

  private static String kernel(
      OnnxGraph graph, Random random, String name, int from, int to, double gain) {
    float[] values = new float[to * from * 9];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (gain * random.nextGaussian() * Math.sqrt(2.0 / (from * 9)));
    }
    return graph.constant(name, values, to, from, 3, 3);
  }

  @Test
  void shapesAndBoundsStayWhatTheyAreInSixteenBits() throws IOException {
    Path source = Files.write(folder.resolve("shapes.onnx"), withShapes());
    Path file = folder.resolve("shapes16.onnx");
    ModelExport.of(source).precision(Precision.FP16_COMPUTE).write(file);
    double most = 0;
    double[] wide = probabilities(source, images);
    double[] narrow = probabilities(file, images);
    for (int i = 0; i < wide.length; i++) {
      most = Math.max(most, Math.abs(wide[i] - narrow[i]));
    }
    assertTrue(most > 0 && most < 0.02, "" + most);
    double spread =
        Arrays.stream(wide).max().orElseThrow() - Arrays.stream(wide).min().orElseThrow();
    assertTrue(spread > 0.05, "answers differ: " + spread);
    for (Precision other : List.of(Precision.FP32, Precision.FP16)) {
      ModelExport.of(source).precision(other).write(file);
    }
  }

  @Test
  void batchNormalizationIsFoldedWithoutAChange() throws IOException {
    Path file = folder.resolve("folded.onnx");
    ModelExport.Result result = ModelExport.of(model).write(file);
    assertTrue(nodes(model).contains("BatchNormalization"), "the source has some");
    assertFalse(nodes(file).contains("BatchNormalization"), nodes(file).toString());
    assertTrue(difference(model, file) < 1e-5, "" + difference(model, file));
    ExportProvenance made = result.card().export().orElseThrow();
    assertEquals("fp32", made.precision());
    try (OnnxClassifier source = OnnxClassifier.open(model);
        OnnxClassifier export = OnnxClassifier.open(file)) {
      assertEquals(source.model().sha256(), made.sourceSha256());
      assertEquals(result.card(), export.card());
    }
  }

  @Test
  void sixteenBitWeightsAreNear() throws IOException {
    byte[] bytes = SmallResidualNetwork.model(KIND, 0);
    Path file = folder.resolve("half.onnx");
    ModelExport.of(model).precision(Precision.FP16).write(file);
    assertTrue(difference(model, file) < 1e-3, "" + difference(model, file));
    assertTrue(bytes.length > 0 && nodes(file).indexOf("Conv") >= 0);
    Path again = folder.resolve("whole.onnx");
    ModelExport.of(file).write(again);
    assertEquals(0, difference(file, again), "widening is exact");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "Z_SCORE")
  void grayPixelsGiveTheSameAnswers(Normalization.Kind kind) throws IOException {
    Path source = folder.resolve("source.onnx");
    Files.write(source, SmallResidualNetwork.model(kind, 0.5f));
    Path file = folder.resolve("gray.onnx");
    ModelExport.of(source).input(ExportInput.UINT8).write(file);
    ModelProto graph = ModelProto.parseFrom(Files.readAllBytes(file));
    assertEquals(
        TensorProto.DataType.UINT8.getNumber(),
        graph.getGraph().getInput(0).getType().getTensorType().getElemType());
    double difference = difference(source, file);
    assertTrue(difference <= 1e-5, "" + difference);
    double[] spread = probabilities(source, images).clone();
    Arrays.sort(spread);
    assertTrue(spread[spread.length - 1] - spread[0] > 0.01, "the answers differ by image");
  }

  @Test
  void eightBitsAreNearAndPassTheGate() throws IOException {
    Path file = folder.resolve("int8.onnx");
    unfitted().write(file);
    double difference = difference(model, file);
    assertTrue(difference < 0.08, "" + difference);
    ModelExport.Result result = int8().write(file);
    assertEquals(4, result.integerLayers(), "four convolutions; head and heatmap stay float");
    ExportProvenance made = result.card().export().orElseThrow();
    assertEquals(80, made.calibrationImages());
    ExportProvenance.Gate gate = made.gate().orElseThrow();
    assertTrue(gate.passed());
    assertEquals(60, gate.images());
    assertEquals(1, gate.sourceAccuracy(), "the labels are the model's own");
    try (OnnxClassifier export = OnnxClassifier.open(file)) {
      assertTrue(export.canExplain());
      assertEquals(result.card(), export.card());
      // The card speaks of this very file.
      assertTrue(export.card().calibration().isPresent());
      int right = 0;
      for (LabelledRadiograph item : validation().items()) {
        right += export.classify(item.read()).top().label().equals(item.label()) ? 1 : 0;
      }
      assertEquals(right / 60.0, export.card().metrics().getOrDefault("accuracy", 0.0), 1e-12);
    }
    for (TensorProto tensor :
        ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getInitializerList()) {
      if (tensor.getDataType() == TensorProto.DataType.INT8.getNumber()) {
        for (byte value : tensor.getRawData().toByteArray()) {
          assertTrue(Math.abs(value) <= Quantization.LARGEST_WEIGHT, "two products fit 16 bits");
        }
      }
    }
  }

  @Test
  void eightBitsOnGrayPixelsAreNear() throws IOException {
    Path file = folder.resolve("int8.onnx");
    unfitted().input(ExportInput.UINT8).write(file);
    assertTrue(difference(model, file) < 0.08, "" + difference(model, file));
  }

  /** Every product as large as it can be: with 8-bit weights two of them overflow 16 bits. */
  @Test
  void theLargestSumsDoNotSaturate() throws IOException {
    OnnxGraph graph = new OnnxGraph(Precision.FP32);
    int size = SmallResidualNetwork.SIZE;
    graph.input("input", Shape.map(3, size, size));
    float[] ones = new float[16 * 3 * 3 * 3];
    Arrays.fill(ones, 1);
    float[] wide = new float[16 * 16 * 3 * 3];
    Arrays.fill(wide, 1);
    String first =
        graph.node("Conv", "first", List.of("input", graph.constant("a", ones, 16, 3, 3, 3)));
    String map =
        graph.node("Conv", "second", List.of(first, graph.constant("b", wide, 16, 16, 3, 3)));
    String flat =
        graph.node(
            "Flatten", "flat", List.of(graph.node("GlobalAveragePool", "means", List.of(map))));
    float[] head = new float[32];
    for (int i = 0; i < 32; i += 2) {
      head[i + 1] = 1f / (16 * 27 * 144);
    }
    graph.node("Gemm", "logits", List.of(flat, graph.constant("head", head, 16, 2)));
    graph.node("Softmax", "output", List.of("logits"));
    graph.output("output", 2);
    graph.output("logits", 2);
    Path source = folder.resolve("white.onnx");
    Files.write(
        source,
        SmallResidualNetwork.file(graph, SmallResidualNetwork.card(Normalization.Kind.UNIT_RANGE)));
    Path white = folder.resolve("white.png");
    draw(white, 255, 0, 1, 1);
    Path file = folder.resolve("int8.onnx");
    ModelExport.of(source)
        .precision(Precision.INT8)
        .calibration(List.of(white))
        .force(true)
        .write(file);
    // White gives 27 * 144 * 16 / that many: a logit of 1.
    assertEquals(1, odds(source, List.of(white)).get(0), 1e-4);
    assertEquals(1, odds(file, List.of(white)).get(0), 0.01);
  }

  @Test
  void aBadCalibrationIsRefusedAndNothingIsWritten() throws IOException {
    // Near the mean that is subtracted: the range is so narrow that all else is cut off.
    Path flat = folder.resolve("flat.png");
    draw(flat, 115, 0, 1, 1);
    Path out = Files.createDirectories(folder.resolve("out"));
    ModelExport export = int8().calibration(List.of(flat));
    AccuracyLossException refusal =
        assertThrows(AccuracyLossException.class, () -> export.write(out.resolve("model.onnx")));
    assertFalse(refusal.gate().passed());
    assertTrue(refusal.getMessage().contains("accuracy 1.0000 to 0."), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("on 60 radiographs"), refusal.getMessage());
    try (Stream<Path> files = Files.list(out)) {
      assertEquals(0, files.count());
    }
    ModelExport.Result forced = export.force(true).write(out.resolve("model.onnx"));
    assertFalse(forced.card().export().orElseThrow().gate().orElseThrow().passed());
  }

  @Test
  void eightBitsNeedCalibrationAndAGate() throws IOException {
    Path file = folder.resolve("m.onnx");
    ModelExport bare = ModelExport.of(model).precision(Precision.INT8);
    assertRefused("--calibrate DIR", IllegalArgumentException.class, bare, file);
    assertRefused("--validate DIR", IllegalArgumentException.class, bare.calibration(images), file);
    assertRefused(
        "int8 only",
        IllegalArgumentException.class,
        ModelExport.of(model).calibration(images),
        file);
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Path file = folder.resolve("m.onnx");
    byte[] bytes = Files.readAllBytes(model);
    Path damaged = Files.write(folder.resolve("cut.onnx"), Arrays.copyOf(bytes, 500));
    assertRefused("cut.onnx", ModelFormatException.class, ModelExport.of(damaged), file);
    ModelProto foreign = ModelProto.parseFrom(bytes).toBuilder().clearMetadataProps().build();
    Path other = Files.write(folder.resolve("other.onnx"), foreign.toByteArray());
    assertRefused("other.onnx", ModelFormatException.class, ModelExport.of(other), file);
    Path int8 = folder.resolve("int8.onnx");
    int8().write(int8);
    assertRefused("quantised", ModelFormatException.class, ModelExport.of(int8), file);
    Path gray = folder.resolve("gray.onnx");
    ModelExport.of(model).input(ExportInput.UINT8).write(gray);
    assertRefused("no floats", ModelFormatException.class, ModelExport.of(gray), file);
    Path own = folder.resolve("own.onnx");
    Files.write(own, SmallResidualNetwork.model(Normalization.Kind.Z_SCORE, 0));
    assertRefused(
        "--input float",
        IllegalArgumentException.class,
        ModelExport.of(own).input(ExportInput.UINT8),
        file);
    assertThrows(IOException.class, () -> ModelExport.of(folder.resolve("none")).write(file));
    assertFalse(Files.exists(file));
  }

  private static void assertRefused(
      String word, Class<? extends RuntimeException> kind, ModelExport export, Path file) {
    RuntimeException refusal = assertThrows(kind, () -> export.write(file));
    assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    assertFalse(Files.exists(file));
  }

  @Test
  @Tag("slow")
  void vgg16InEightBitsHasLessThan15Megabytes() throws IOException {
    Vgg16 architecture = new Vgg16(OutputActivation.SOFTMAX);
    ModelCard card = ExportFixtures.card(3, 224, 224, 2, OutputActivation.SOFTMAX);
    Path source = folder.resolve("vgg16.onnx");
    OnnxExporter.export(
        ExportFixtures.randomized(architecture.joined(2), 5),
        card,
        Optional.empty(),
        Precision.FP32,
        source);
    ModelExport.Result result =
        ModelExport.of(source)
            .precision(Precision.INT8)
            .calibration(images.subList(0, 2))
            .force(true)
            .write(folder.resolve("int8.onnx"));
    assertEquals(13, result.integerLayers());
    assertTrue(result.bytes() <= 15_000_000, "" + result.bytes());
  }
}
