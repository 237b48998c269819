package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.Prediction;
import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import io.cxr.model.Measurement;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files as other exporters write them, adopted. */
class ModelAdoptionTest {
  private static final int SIZE = 32;
  private static final int CHANNELS = 12;
  private static final int SIDE = 8;
  private static final int POSITIONS = SIDE * SIDE;
  private static final String MAP = "/layer2/Relu_output_0";
  private static final Task LABELS = new Task.ExclusiveLabels(List.of("A", "B", "C"));
  private static final Task FINDINGS = new Task.Findings(List.of("A", "B", "C"));

  @TempDir Path folder;

  /** Two convolutions, up to the last map. */
  private static ForeignFile body(long operatorSet, Object batch) {
    ForeignFile file = new ForeignFile(operatorSet, batch, 3, SIZE, SIZE);
    file.convolution("/layer1/Relu_output_0", "pixel_values", 3, 8);
    return file.convolution(MAP, "/layer1/Relu_output_0", 8, CHANNELS);
  }

  private static float[] randoms(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static ForeignFile floats(ForeignFile file, String name, float[] values, long... sizes) {
    file.graph.addInitializer(ForeignFile.tensor(values, sizes).toBuilder().setName(name));
    return file;
  }

  private static void integers(ForeignFile file, String name, Long... values) {
    file.graph.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addDims(values.length)
            .addAllInt64Data(List.of(values)));
  }

  private static AttributeProto attribute(String name, long... values) {
    return values.length == 1
        ? OnnxGraph.attribute(name, values[0])
        : OnnxGraph.attribute(name, values);
  }

  /** Heads of exporters, each with weights {@code [channel, label]}, and the same logits. */
  private static void head(ForeignFile file, String kind, float[] weights) {
    float[] bias = randoms(3, 9);
    float[] transposed = new float[weights.length];
    for (int i = 0; i < CHANNELS; i++) {
      for (int label = 0; label < 3; label++) {
        transposed[label * CHANNELS + i] = weights[i * 3 + label];
      }
    }
    switch (kind) {
      case "gemm" -> {
        file.node("GlobalAveragePool", "pool", List.of(MAP));
        file.node("Flatten", "flat", List.of("pool"));
        floats(file, "fc.weight", transposed, 3, CHANNELS);
        floats(file, "fc.bias", bias, 3);
        file.node(
            "Gemm", "scores", List.of("flat", "fc.weight", "fc.bias"), attribute("transB", 1));
      }
      case "matmul" -> {
        file.node(
            "ReduceMean", "pool", List.of(MAP), OnnxGraph.attribute("axes", new long[] {-2, -1}));
        integers(file, "shape", -1L, (long) CHANNELS);
        file.node("Reshape", "flat", List.of("pool", "shape"));
        floats(file, "fc.weight", weights, CHANNELS, 3);
        floats(file, "fc.bias", bias, 3);
        file.node("MatMul", "product", List.of("flat", "fc.weight"));
        file.node("Add", "scores", List.of("fc.bias", "product"));
      }
      case "keras" -> {
        file.node("Transpose", "last", List.of(MAP), attribute("perm", 0, 2, 3, 1));
        file.node(
            "ReduceMean",
            "flat",
            List.of("last"),
            attribute("axes", 1, 2),
            attribute("keepdims", 0));
        floats(file, "fc.weight", weights, CHANNELS, 3);
        floats(file, "fc.bias", bias, 3);
        file.node("MatMul", "product", List.of("flat", "fc.weight"));
        file.node("Add", "scores", List.of("product", "fc.bias"));
      }
      case "convolution" -> {
        file.node("GlobalAveragePool", "pool", List.of(MAP));
        floats(file, "fc.weight", transposed, 3, CHANNELS, 1, 1);
        floats(file, "fc.bias", bias, 3);
        file.node("Conv", "conv", List.of("pool", "fc.weight", "fc.bias"));
        file.node("Flatten", "scores", List.of("conv"));
      }
      default -> throw new AssertionError(kind);
    }
  }

  private ModelAdoption adoption(ForeignFile file, Task task, OutputActivation activation)
      throws IOException {
    return ModelAdoption.of(file.write(folder.resolve("network.onnx")), task, activation);
  }

  private float[] look(String value, float[] image) throws Exception {
    ForeignGraph graph =
        ForeignGraph.read(Files.readAllBytes(folder.resolve("network.onnx")), "Model", "");
    return Objects.requireNonNull(
            TensorRun.run(
                    graph.original(value),
                    "pixel_values",
                    image,
                    new long[] {1, 3, SIZE, SIZE},
                    List.of(value))
                .get(value))
        .values();
  }

  private static float[] adopted(Path model, String value, float[] image) throws Exception {
    return Objects.requireNonNull(
            TensorRun.run(
                    Files.readAllBytes(model),
                    "input",
                    image,
                    new long[] {1, 3, SIZE, SIZE},
                    List.of(value))
                .get(value))
        .values();
  }

  private static float[] cam(float[] map, float[] gradients, int label) {
    float[] cam = new float[POSITIONS];
    for (int p = 0; p < POSITIONS; p++) {
      double sum = 0;
      for (int c = 0; c < CHANNELS; c++) {
        sum += gradients[c * 3 + label] / POSITIONS * map[c * POSITIONS + p];
      }
      cam[p] = (float) Math.max(0, sum);
    }
    return cam;
  }

  private static void assertCam(float[] map, float[] gradients, float[] heatmap) {
    for (int label = 0; label < 3; label++) {
      float[] own = new float[POSITIONS];
      System.arraycopy(heatmap, label * POSITIONS, own, 0, POSITIONS);
      assertArrayEquals(cam(map, gradients, label), own, 1e-5f, "label " + label);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gemm, 9, N",
    "gemm, 17, 1",
    "matmul, 11, N",
    "keras, 13, N",
    "convolution, 17, 1",
    "gemm, 21, N"
  })
  void everyHeadHasItsHeatmap(String kind, long operatorSet, String batch) throws Exception {
    float[] weights = randoms(CHANNELS * 3, 4);
    ForeignFile file = body(operatorSet, batch.equals("1") ? (Object) 1 : batch);
    head(file, kind, weights);
    Path model = folder.resolve("adopted.onnx");
    ModelAdoption.Result made = adoption(file, LABELS, OutputActivation.SOFTMAX).write(model);
    assertEquals(MAP, made.heatmap().orElseThrow());
    assertTrue(made.freeBatch(), made.notes().toString());
    float[] image = TensorRun.noise(3 * SIZE * SIZE, 5);
    float[] scores = look("scores", image);
    assertArrayEquals(scores, adopted(model, "logits", image), 1e-5f);
    assertCam(look(MAP, image), weights, adopted(model, "heatmap", image));
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      List<Prediction> several = classifier.classify(films(5));
      for (int i = 0; i < 5; i++) {
        assertEquals(
            classifier.classify(films(5).get(i)).probability("B"),
            several.get(i).probability("B"),
            1e-5);
      }
    }
  }

  private static List<Radiograph> films(int count) {
    List<Radiograph> films = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] pixels = new byte[50 * 60];
      new Random(i).nextBytes(pixels);
      films.add(Radiograph.ofGray8(50, 60, pixels));
    }
    return films;
  }

  /** As VGG's: the derivative depends on the image. */
  @Test
  void twoDenseLayersOnAFlattenedMap() throws Exception {
    int hidden = 6;
    float[] low = randoms(CHANNELS * POSITIONS * hidden, 1);
    float[] top = randoms(hidden * 3, 2);
    ForeignFile file = body(17, "N");
    file.node("Flatten", "flat", List.of(MAP));
    floats(file, "low", low, (long) CHANNELS * POSITIONS, hidden);
    floats(file, "top", top, hidden, 3);
    file.node("MatMul", "hidden", List.of("flat", "low"));
    file.node("Relu", "active", List.of("hidden"));
    file.node("Dropout", "dropped", List.of("active"));
    file.node("MatMul", "scores", List.of("dropped", "top"));
    Path model = folder.resolve("adopted.onnx");
    ModelAdoption.Result made = adoption(file, FINDINGS, OutputActivation.SIGMOID).write(model);
    assertEquals(MAP, made.heatmap().orElseThrow());
    float[] image = TensorRun.noise(3 * SIZE * SIZE, 6);
    float[] active = look("active", image);
    assertTrue(active[0] == 0 || active[1] == 0 || active[2] == 0 || active[3] == 0);
    float[] gradients = new float[CHANNELS * 3];
    for (int c = 0; c < CHANNELS; c++) {
      for (int label = 0; label < 3; label++) {
        double sum = 0;
        for (int p = 0; p < POSITIONS; p++) {
          for (int h = 0; h < hidden; h++) {
            sum += active[h] > 0 ? low[(c * POSITIONS + p) * hidden + h] * top[h * 3 + label] : 0;
          }
        }
        gradients[c * 3 + label] = (float) sum;
      }
    }
    float[] map = look(MAP, image);
    float[] heatmap = adopted(model, "heatmap", image);
    float greatest = 0;
    for (float value : heatmap) {
      greatest = Math.max(greatest, value);
    }
    for (int label = 0; label < 3; label++) {
      float[] expected = cam(map, gradients, label);
      for (int p = 0; p < POSITIONS; p++) {
        assertEquals(expected[p], heatmap[label * POSITIONS + p], 1e-4 * greatest);
      }
    }
  }

  @Test
  void probabilitiesInTheGraphAreFoundAndKept() throws Exception {
    float[] weights = randoms(CHANNELS * 3, 4);
    ForeignFile file = body(17, "N");
    head(file, "gemm", weights);
    file.node("Sigmoid", "probabilities", List.of("scores"));
    Path model = folder.resolve("adopted.onnx");
    ModelAdoption.Result made = adoption(file, FINDINGS, OutputActivation.SIGMOID).write(model);
    assertTrue(made.heatmap().isPresent());
    float[] image = TensorRun.noise(3 * SIZE * SIZE, 5);
    assertArrayEquals(look("probabilities", image), adopted(model, "output", image), 1e-6f);
    // Another activation than that of the graph is no slip to pass over.
    String message =
        assertThrows(
                ModelFormatException.class,
                () -> adoption(file, LABELS, OutputActivation.SOFTMAX).write(model))
            .getMessage();
    assertTrue(message.contains("a Sigmoid in the graph"), message);
  }

  @Test
  void logarithmsOfProbabilitiesAreLogits() throws Exception {
    ForeignFile file = body(17, 1);
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    file.node("LogSoftmax", "logarithms", List.of("scores"));
    Path model = folder.resolve("adopted.onnx");
    assertTrue(adoption(file, LABELS, OutputActivation.SOFTMAX).write(model).heatmap().isPresent());
    float[] image = TensorRun.noise(3 * SIZE * SIZE, 5);
    float[] expected = look("logarithms", image);
    for (int i = 0; i < 3; i++) {
      assertEquals(Math.exp(expected[i]), adopted(model, "output", image)[i], 1e-6);
    }
  }

  /** TorchXRayVision rescales by its operating points: the logits below are named instead. */
  @Test
  void anInnerValueIsTakenForTheOutput() throws Exception {
    ForeignFile file = body(17, "N");
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    file.node("Sigmoid", "probabilities", List.of("scores"));
    floats(file, "points", new float[] {0.1f, 0.4f, 0.7f}, 3);
    file.node("Sub", "rescaled", List.of("probabilities", "points"));
    Path model = folder.resolve("adopted.onnx");
    String message =
        assertThrows(
                ModelFormatException.class,
                () -> adoption(file, FINDINGS, OutputActivation.SIGMOID).write(model))
            .getMessage();
    assertTrue(message.contains("--gives") && message.contains("Sub"), message);
    ModelAdoption.Result made =
        adoption(file, FINDINGS, OutputActivation.SIGMOID).output("scores").write(model);
    assertEquals(MAP, made.heatmap().orElseThrow());
  }

  @Test
  void measurementsAreGivenAsTheyAre() throws Exception {
    ForeignFile file = body(17, "N");
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    Task task =
        new Task.Measurements(
            List.of(
                new Measurement("a", "1"), new Measurement("b", "mm"), new Measurement("c", "1")));
    Path model = folder.resolve("adopted.onnx");
    assertTrue(adoption(file, task, OutputActivation.IDENTITY).write(model).heatmap().isPresent());
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals("mm", classifier.classify(films(1).get(0)).measurements().get(1).unit());
    }
  }

  /**
   * A shape that holds the batch is made free; one that has no place for it is not, and is told.
   */
  @Test
  void aFixedBatchIsMadeFree() throws Exception {
    float[] weights = randoms(CHANNELS * 3, 4);
    ForeignFile file = body(17, 1);
    file.node("GlobalAveragePool", "pool", List.of(MAP));
    integers(file, "shape", 1L, -1L);
    file.node("Reshape", "flat", List.of("pool", "shape"));
    floats(file, "fc", weights, CHANNELS, 3);
    file.node("MatMul", "scores", List.of("flat", "fc"));
    ModelAdoption.Result made =
        adoption(file, LABELS, OutputActivation.SOFTMAX).write(folder.resolve("adopted.onnx"));
    assertTrue(made.freeBatch());

    ForeignFile single = body(17, 1);
    single.node("GlobalAveragePool", "pool", List.of(MAP));
    integers(single, "shape", (long) CHANNELS);
    single.node("Reshape", "flat", List.of("pool", "shape"));
    floats(single, "fc", weights, CHANNELS, 3);
    single.node("MatMul", "scores", List.of("flat", "fc"));
    Path model = folder.resolve("single.onnx");
    ModelAdoption.Result fixed = adoption(single, LABELS, OutputActivation.SOFTMAX).write(model);
    assertFalse(fixed.freeBatch());
    assertTrue(fixed.notes().toString().contains("one image at a time"), fixed.notes().toString());
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals(3, classifier.classify(films(3)).size());
    }
  }

  @Test
  void stepsAreThoseThatWereTold() throws Exception {
    ForeignFile file = new ForeignFile(17, "N", 3, "rows", "columns");
    file.convolution("/layer1/Relu_output_0", "pixel_values", 3, 8);
    file.convolution(MAP, "/layer1/Relu_output_0", 8, CHANNELS);
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    Path model = folder.resolve("adopted.onnx");
    assertThrows(
        ModelFormatException.class,
        () -> adoption(file, LABELS, OutputActivation.SOFTMAX).write(model));
    ModelAdoption.Result made =
        adoption(file, LABELS, OutputActivation.SOFTMAX)
            .size(SIZE, SIZE)
            .fit(ModelAdoption.Fit.PAD)
            .resampling(Resampling.AREA)
            .cutFrom(36)
            .fullDepth(true)
            .normalization(new ChannelNormalization(List.of(127.5), List.of(0.125)))
            .write(model);
    List<PreprocessingStep> steps = made.card().preprocessing().steps();
    assertEquals(new PreprocessingStep.FullDepth(), steps.get(0));
    assertEquals(new PreprocessingStep.SquarePad(0), steps.get(1));
    assertEquals(new PreprocessingStep.Resize(36, 36, Resampling.AREA), steps.get(2));
    assertEquals(
        new InputShape(3, SIZE, SIZE, InputShape.Layout.CHANNELS_FIRST),
        made.card().preprocessing().inputShape());
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals(made.card(), classifier.card());
      classifier.explain(films(1).get(0));
    }
  }

  @Test
  void aNamedNodeIsTheHeatmap() throws Exception {
    ForeignFile file = body(17, "N");
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    file.node("Exp", "exponents", List.of("scores"));
    floats(file, "own", randoms(3 * CHANNELS, 8), 3, CHANNELS, 1, 1);
    file.node("Conv", "maps", List.of(MAP, "own"));
    file.graph.clearOutput();
    file.graph.addOutputBuilder().setName("scores");
    Path model = folder.resolve("adopted.onnx");
    assertEquals(
        "maps",
        adoption(file, LABELS, OutputActivation.SOFTMAX)
            .heatmap("maps")
            .write(model)
            .heatmap()
            .orElseThrow());
    float[] image = TensorRun.noise(3 * SIZE * SIZE, 5);
    float[] maps = look("maps", image);
    float[] heatmap = adopted(model, "heatmap", image);
    for (int i = 0; i < maps.length; i++) {
      assertEquals(Math.max(0, maps[i]), heatmap[i], 1e-5f);
    }
    assertTrue(
        adoption(file, LABELS, OutputActivation.SOFTMAX)
            .heatmap(ModelAdoption.NONE)
            .write(model)
            .heatmap()
            .isEmpty());
    // A way through other layers has none, which is said.
    ModelAdoption.Result other =
        adoption(file, LABELS, OutputActivation.SOFTMAX)
            .output("exponents")
            .gives(ModelAdoption.Values.LOGITS)
            .write(model);
    assertTrue(other.heatmap().isEmpty());
    assertTrue(other.notes().toString().contains("occlusion"), other.notes().toString());
    String message =
        assertThrows(
                ModelFormatException.class,
                () ->
                    adoption(file, LABELS, OutputActivation.SOFTMAX)
                        .heatmap("/layer1/Relu_output_0")
                        .write(model))
            .getMessage();
    assertTrue(message.contains("The way leads to '" + MAP + "'"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "two inputs",
        "labels",
        "condition",
        "external",
        "no such output",
        "two outputs",
        "size"
      })
  void refusals(String what) throws Exception {
    ForeignFile file = body(17, "N");
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    Task task = LABELS;
    String output = "";
    String expected;
    switch (what) {
      case "two inputs" -> {
        file.input("mask", TensorProto.DataType.FLOAT, "N", 1);
        expected = "one input of images";
      }
      case "labels" -> {
        task = new Task.ExclusiveLabels(List.of("A", "B"));
        expected = "2 values an image in 'scores'";
      }
      case "condition" -> {
        GraphProto.Builder branch = GraphProto.newBuilder().setName("branch");
        branch.addNode(ModelGraph.node("Abs", "chosen", List.of("scores")));
        branch.addOutputBuilder().setName("chosen");
        AttributeProto graph =
            AttributeProto.newBuilder()
                .setName("then_branch")
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(branch)
                .build();
        file.node("If", "result", List.of("scores"), graph);
        expected = "a graph within If";
      }
      case "external" -> {
        file.graph.getInitializerBuilder(0).setDataLocation(TensorProto.DataLocation.EXTERNAL);
        expected = "all weights in one file";
      }
      case "no such output" -> {
        output = "fc8";
        expected = "a value 'fc8'";
      }
      case "two outputs" -> {
        file.graph.addOutputBuilder().setName("scores");
        file.graph.addOutputBuilder().setName("flat");
        expected = "--output";
      }
      case "size" -> {
        expected = "64 rows";
        file.graph.addOutputBuilder().setName("scores");
      }
      default -> throw new AssertionError(what);
    }
    ModelAdoption adoption = adoption(file, task, OutputActivation.SOFTMAX).output(output);
    if (what.equals("size")) {
      adoption.size(64, 64);
    }
    String message =
        assertThrows(ModelFormatException.class, () -> adoption.write(folder.resolve("never.onnx")))
            .getMessage();
    assertTrue(message.startsWith("Model network.onnx: expected"), message);
    assertTrue(message.contains(expected), message);
    assertTrue(Files.notExists(folder.resolve("never.onnx")));
  }

  // Golden numbers -------------------------------------------------------------------------------

  private static byte[] npy(String type, int version, float[] values, String shape) {
    String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    header = header + " ".repeat(117 - header.length()) + "\n";
    int width = type.equals("|u1") ? 1 : type.equals("<f4") ? 4 : 8;
    int start = version == 1 ? 10 : 12;
    ByteBuffer bytes =
        ByteBuffer.allocate(start + header.length() + width * values.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    bytes.put((byte) version).put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) header.length());
    } else {
      bytes.putInt(header.length());
    }
    bytes.put(header.getBytes(StandardCharsets.US_ASCII));
    for (float value : values) {
      switch (type) {
        case "|u1" -> bytes.put((byte) value);
        case "<f4" -> bytes.putFloat(value);
        case "<f8" -> bytes.putDouble(value);
        default -> bytes.putLong((long) value);
      }
    }
    return bytes.array();
  }

  private Path npz(String... names) throws IOException {
    Path file = folder.resolve("golden.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name + ".npy"));
        zip.write(Files.readAllBytes(folder.resolve(name)));
      }
    }
    return file;
  }

  @Test
  void numbersOfTheFrameworkAreCompared() throws Exception {
    ForeignFile file = body(17, "N");
    head(file, "gemm", randoms(CHANNELS * 3, 4));
    ModelAdoption adoption = adoption(file, LABELS, OutputActivation.SOFTMAX);
    float[] image = TensorRun.noise(3 * SIZE * SIZE, 5);
    float[] scores = look("scores", image);
    Files.write(folder.resolve("input"), npy("<f4", 1, image, "1, 3, 32, 32"));
    Files.write(folder.resolve("output"), npy("<f8", 2, scores, "1, 3"));
    Path model = folder.resolve("adopted.onnx");
    ModelAdoption.Result made = adoption.verify(npz("input", "output"), 1e-4).write(model);
    assertTrue(made.notes().get(0).startsWith("Verified output: 3 values"), made.notes().get(0));
    scores[1] += 0.01f;
    Files.write(folder.resolve("output"), npy("<f4", 1, scores, "1, 3"));
    Files.delete(model);
    String message =
        assertThrows(
                VerificationException.class,
                () -> adoption.verify(npz("input", "output"), 1e-4).write(model))
            .getMessage();
    assertTrue(message.contains("value 1"), message);
    assertTrue(Files.notExists(model));
    // And what is no archive of arrays.
    for (byte[] bytes :
        List.of(
            npy("<c8", 1, scores, "3"),
            npy("<f4", 1, scores, "4"),
            new byte[] {1, 2, 3},
            npy("<f4", 9, scores, "3"))) {
      Files.write(folder.resolve("output"), bytes);
      Path broken = npz("output");
      assertThrows(IllegalArgumentException.class, () -> NumpyArchive.read(broken));
    }
    Files.write(folder.resolve("output"), npy("<i8", 1, new float[] {3, -4}, "2,"));
    assertArrayEquals(
        new float[] {3, -4},
        NumpyArchive.read(npz("output")).array("output").orElseThrow().values());
    assertArrayEquals(
        new int[] {2}, NumpyArchive.read(npz("output")).array("output").orElseThrow().shape());
  }
}
