package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.images;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.error.ModelFormatException;
import io.cxr.file.Sha256;
import io.cxr.model.OutputActivation;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.NetworkWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Files of other makers as frozen bases: what they compute stays, and what cannot be is named. */
class OnnxBaseTest {
  private static final String MAP = "/layer2/Relu_output_0";

  @TempDir Path folder;

  private Path file(ForeignFile file) throws IOException {
    return file.write(folder.resolve("base.onnx"));
  }

  private static TrainedNetwork headed(FrozenBase base) {
    int features = base.map().channels();
    return TrainedNetwork.of(
        base,
        Pooling.GLOBAL_AVERAGE,
        images(7, features, 3).data().asFloat(),
        new float[] {0.1f, -0.2f, 0.3f},
        OutputActivation.SOFTMAX);
  }

  private Map<String, INDArray> run(TrainedNetwork network, Precision precision, INDArray images)
      throws Exception {
    Path model = folder.resolve("model.onnx");
    OnnxExporter.export(
        network,
        card(3, (int) images.size(2), (int) images.size(3), 3, OutputActivation.SOFTMAX),
        Optional.empty(),
        precision,
        model);
    try (OnnxModel onnx = new OnnxModel(Files.readAllBytes(model))) {
      return onnx.run(images);
    }
  }

  private static float[] original(Path file, String value, INDArray images) throws Exception {
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
    model.getGraphBuilder().clearOutput().addOutputBuilder().setName(value);
    try (ai.onnxruntime.OrtSession session =
            ai.onnxruntime.OrtEnvironment.getEnvironment()
                .createSession(model.build().toByteArray());
        ai.onnxruntime.OnnxTensor tensor =
            ai.onnxruntime.OnnxTensor.createTensor(
                ai.onnxruntime.OrtEnvironment.getEnvironment(),
                java.nio.FloatBuffer.wrap(images.dup('c').data().asFloat()),
                images.shape());
        ai.onnxruntime.OrtSession.Result result = session.run(Map.of("pixel_values", tensor))) {
      var buffer = ((ai.onnxruntime.OnnxTensor) result.get(0)).getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    }
  }

  /** The same network by our own way and through a file give the same model. */
  @Test
  void aFileOfOursGivesWhatItsNetworkGives() throws Exception {
    NetworkGraph network =
        Network.named("resnet50")
            .orElseThrow()
            .graph(Shape.map(3, 64, 48))
            .upTo("conv2_block2_out");
    FrozenBase own = FrozenBase.of(network, NetworkWeights.random(network, 5, 1));
    Path file = folder.resolve("own.onnx");
    Files.write(file, own.features(Pooling.FLATTEN));
    OnnxBase read = OnnxBase.read(file);
    assertEquals(Sha256.hex(file), read.sha256());
    assertEquals(OptionalInt.of(64), read.rows());
    assertEquals(OptionalInt.of(48), read.columns());
    FrozenBase imported = read.frozen("features", 64, 48);
    assertEquals(own.map(), imported.map());
    INDArray images = images(3, 2, 3, 64, 48);
    Map<String, INDArray> expected = run(headed(own), Precision.FP32, images);
    Map<String, INDArray> found = run(headed(imported), Precision.FP32, images);
    for (String output : List.of("output", "logits", "heatmap")) {
      INDArray value = Objects.requireNonNull(expected.get(output));
      double largest = value.amaxNumber().doubleValue();
      assertTrue(largest > 0, output);
      assertClose(value, found.get(output), 1e-5 * Math.max(1, largest));
    }
    long whole = Files.size(folder.resolve("model.onnx"));
    assertClose(
        Objects.requireNonNull(expected.get("output")),
        run(headed(imported), Precision.FP16, images).get("output"),
        2e-2);
    assertTrue(Files.size(folder.resolve("model.onnx")) < 0.6 * whole, "weights are halved, too");
  }

  /** Constants that are nodes, open axes, nodes without names, an inner value, several sets. */
  @ParameterizedTest
  @ValueSource(ints = {13, 17, 19, 21})
  void otherConventions(int operatorSet) throws Exception {
    ForeignFile foreign = new ForeignFile(operatorSet, "batch", 3, "height", "width");
    foreign.convolution("layer1", "pixel_values", 3, 8);
    foreign.constantNode("scale", ForeignFile.tensor(new float[] {0.5f}, 1));
    foreign.node("Mul", "scaled", List.of("layer1", "scale"));
    foreign.convolution("images/input", "scaled", 8, 6);
    foreign.node("Softmax", "unused", List.of("images/input"));
    Path file = file(foreign);
    OnnxBase read = OnnxBase.read(file);
    assertEquals(OptionalInt.empty(), read.rows());
    FrozenBase base = read.frozen("images/input", 40, 32);
    assertEquals(Shape.map(6, 10, 8), base.map());
    INDArray images = images(3, 2, 3, 40, 32);
    try (OnnxModel onnx = new OnnxModel(base.features(Pooling.FLATTEN))) {
      INDArray features = Objects.requireNonNull(onnx.run(images).get("features"));
      assertClose(
          org.nd4j.linalg.factory.Nd4j.createFromArray(original(file, "images/input", images))
              .reshape(2, 6, 10, 8),
          features,
          1e-5);
    }
    Map<String, INDArray> outputs = run(headed(base), Precision.FP32, images);
    assertEquals(10, Objects.requireNonNull(outputs.get("heatmap")).size(2));
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("model.onnx")));
    assertEquals(Math.max(17, operatorSet), model.getOpsetImport(0).getVersion());
    assertFalse(
        model.getGraph().getNodeList().stream()
            .anyMatch(node -> node.getOutput(0).endsWith("unused")),
        "what the value does not need stays behind");
  }

  @Test
  void vectorsHaveNoHeatmapButANoveltyStatistic() throws Exception {
    OnnxBase read = OnnxBase.read(file(ForeignFile.usual(18, "N", 3, 32, 32)));
    INDArray images = images(3, 2, 3, 32, 32);
    Random random = new Random(7);
    for (String value : List.of("/flatten", "/avgpool")) {
      FrozenBase base = read.frozen(value, 32, 32);
      assertEquals(Shape.vector(12), base.map());
      TrainedNetwork network = headed(base);
      byte[] graph = OnnxExporter.lastMapMeans(network, Precision.FP32).orElseThrow();
      float[][] rows;
      try (OnnxModel onnx = new OnnxModel(graph)) {
        INDArray features = Objects.requireNonNull(onnx.run(images).get("features"));
        assertEquals(4, features.rank());
        rows = features.reshape(2, 12).toFloatMatrix();
      }
      // In every direction, so that no component or rest is rounding alone.
      float[][] fitted = new float[40][];
      for (int i = 0; i < fitted.length; i++) {
        fitted[i] = rows[i % 2].clone();
        for (int c = 0; c < 12; c++) {
          fitted[i][c] += (float) random.nextGaussian();
        }
      }
      NoveltyStatistic statistic = NoveltyStatistic.fit(fitted);
      Path model = folder.resolve("model.onnx");
      OnnxExporter.export(
          network,
          card(3, 32, 32, 3, OutputActivation.SOFTMAX),
          Optional.of(statistic),
          Precision.FP32,
          model);
      try (OnnxModel onnx = new OnnxModel(Files.readAllBytes(model))) {
        Map<String, INDArray> outputs = onnx.run(images);
        assertNull(outputs.get("heatmap"));
        INDArray novelty = Objects.requireNonNull(outputs.get("novelty"));
        for (int i = 0; i < 2; i++) {
          double score = statistic.score(rows[i]);
          assertEquals(score, novelty.getDouble(i, 0), 1e-3 * score);
        }
      }
    }
  }

  /** As TensorFlow has them: images and maps with channels last. */
  @Test
  void channelsLastAreTransposed() throws Exception {
    ForeignFile foreign = new ForeignFile(15, "N", 32, 32, 3);
    foreign.node(
        "Transpose", "first", List.of("pixel_values"), ForeignFile.integers("perm", 0, 3, 1, 2));
    foreign.convolution("map", "first", 3, 7);
    foreign.node("Transpose", "last", List.of("map"), ForeignFile.integers("perm", 0, 2, 3, 1));
    OnnxBase read = OnnxBase.read(file(foreign));
    INDArray images = images(3, 2, 3, 32, 32);
    INDArray first = features(read.frozen("map", 32, 32), images);
    INDArray last = features(read.frozen("last", 32, 32), images);
    assertEquals(7, last.size(1));
    assertClose(first, last, 1e-6);
  }

  private static INDArray features(FrozenBase base, INDArray images) throws Exception {
    try (OnnxModel onnx = new OnnxModel(base.features(Pooling.FLATTEN))) {
      return Objects.requireNonNull(onnx.run(images).get("features"));
    }
  }

  /** A batch of one that only the declared shapes have is widened; one in the graph is refused. */
  @Test
  void batchesOfOne() throws Exception {
    FrozenBase base = OnnxBase.read(file(ForeignFile.usual(17, 1, 3, 32, 32))).frozen(MAP, 32, 32);
    assertEquals(2, features(base, images(3, 2, 3, 32, 32)).size(0));

    ForeignFile fixed = new ForeignFile(17, 1, 3, 32, 32);
    fixed.convolution("map", "pixel_values", 3, 4);
    fixed.graph.addInitializer(
        TensorProto.newBuilder()
            .setName("shape")
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addDims(4)
            .addAllInt64Data(List.of(1L, 4L, 16L, 16L)));
    fixed.node("Reshape", "same", List.of("map", "shape"));
    OnnxBase read = OnnxBase.read(file(fixed));
    assertNotNull(read.frozen("map", 32, 32));
    String message =
        assertThrows(ModelFormatException.class, () -> read.frozen("same", 32, 32)).getMessage();
    assertTrue(message.contains("open batch axis"), message);
  }

  /** Graphs within nodes take values from outside, which have new names. */
  @Test
  void graphsWithinNodesAreRenamed() throws Exception {
    ForeignFile foreign = new ForeignFile(16, "N", 3, 32, 32);
    foreign.convolution("map", "pixel_values", 3, 4);
    foreign.constantNode(
        "yes",
        TensorProto.newBuilder()
            .setDataType(TensorProto.DataType.BOOL.getNumber())
            .addInt32Data(1)
            .build());
    GraphProto.Builder then = GraphProto.newBuilder().setName("then");
    then.addNode(ModelGraph.node("Abs", "chosen", List.of("map")));
    then.addOutputBuilder().setName("chosen");
    GraphProto.Builder otherwise = GraphProto.newBuilder().setName("else");
    otherwise.addNode(ModelGraph.node("Neg", "other", List.of("map")));
    otherwise.addOutputBuilder().setName("other");
    for (GraphProto.Builder branch : List.of(then, otherwise)) {
      branch
          .getOutputBuilder(0)
          .getTypeBuilder()
          .getTensorTypeBuilder()
          .setElemType(TensorProto.DataType.FLOAT.getNumber());
    }
    foreign.node(
        "If",
        "result",
        List.of("yes"),
        graph("then_branch", then),
        graph("else_branch", otherwise));
    OnnxBase read = OnnxBase.read(file(foreign));
    INDArray images = images(3, 2, 3, 32, 32);
    assertClose(
        features(read.frozen("map", 32, 32), images),
        features(read.frozen("result", 32, 32), images),
        1e-6);
  }

  private static AttributeProto graph(String name, GraphProto.Builder graph) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.GRAPH)
        .setG(graph)
        .build();
  }

  @Test
  void anUnknownValueIsAnsweredWithThoseThatWouldDo() throws Exception {
    OnnxBase read = OnnxBase.read(file(ForeignFile.usual(17, "N", 3, 32, 32)));
    String message =
        assertThrows(ModelFormatException.class, () -> read.frozen("layer4", 32, 32)).getMessage();
    assertTrue(message.contains("'layer4'"), message);
    assertTrue(message.contains(MAP + " [N, 12, 8, 8]"), message);
    assertTrue(message.contains("/flatten [N, 12]"), message);
  }

  @Test
  void otherSizesAreRefused() throws Exception {
    OnnxBase read = OnnxBase.read(file(ForeignFile.usual(17, "N", 3, 32, 32)));
    String message =
        assertThrows(ModelFormatException.class, () -> read.frozen(MAP, 64, 64)).getMessage();
    assertTrue(message.contains("32 x 32"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "four channels | C 1 or 3",
        "half floats | 32-bit floats at its input",
        "two inputs | one input of images",
        "operator set 11 | operator set 13 to 21",
        "external weights | save_as_external_data=False",
        "custom operator | my.domain.Magic",
        "no model | expected an ONNX file",
        "nothing | without a graph",
        "tokens | 3 axes",
      })
  void refusals(String what, String expected) throws Exception {
    ForeignFile usual = ForeignFile.usual(17, "N", 3, 32, 32);
    Path file = folder.resolve("base.onnx");
    String value = MAP;
    switch (what) {
      case "four channels" ->
          new ForeignFile(17, "N", 4, 32, 32).convolution(MAP, "pixel_values", 4, 2).write(file);
      case "half floats" -> {
        usual.graph.clearInput();
        usual.input("pixel_values", TensorProto.DataType.FLOAT16, "N", 3, 32, 32).write(file);
      }
      case "two inputs" -> usual.input("mask", TensorProto.DataType.FLOAT, "N", 1).write(file);
      case "operator set 11" -> ForeignFile.usual(11, "N", 3, 32, 32).write(file);
      case "external weights" -> {
        usual.graph.getInitializerBuilder(0).setDataLocation(TensorProto.DataLocation.EXTERNAL);
        usual.write(file);
      }
      case "custom operator" -> {
        usual.model.addOpsetImportBuilder().setDomain("my.domain").setVersion(1);
        usual.node(
            ModelGraph.node("Magic", "magic", List.of(MAP)).toBuilder()
                .setDomain("my.domain")
                .build());
        usual.write(file);
        value = "magic";
      }
      case "no model" -> Files.writeString(file, "<!DOCTYPE html><html>Not found</html>");
      case "nothing" -> Files.write(file, new byte[0]);
      case "tokens" -> {
        usual.graph.addInitializer(
            TensorProto.newBuilder()
                .setName("three")
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(3)
                .addAllInt64Data(List.of(0L, 12L, 64L)));
        usual.node("Reshape", "tokens", List.of(MAP, "three")).write(file);
        value = "tokens";
      }
      default -> throw new AssertionError(what);
    }
    String asked = value;
    String message =
        assertThrows(ModelFormatException.class, () -> OnnxBase.read(file).frozen(asked, 32, 32))
            .getMessage();
    assertTrue(message.startsWith("base.onnx: expected"), message);
    assertTrue(message.contains(expected), message);
  }

  /** What only needs operators of ONNX is taken, whatever else the file has. */
  @Test
  void aValueBelowAForeignOperatorIsTaken() throws Exception {
    ForeignFile usual = ForeignFile.usual(17, "N", 3, 32, 32);
    usual.model.addOpsetImportBuilder().setDomain("com.microsoft").setVersion(1);
    usual.node(
        ModelGraph.node("QuickGelu", "gelu", List.of(MAP)).toBuilder()
            .setDomain("com.microsoft")
            .build());
    OnnxBase read = OnnxBase.read(file(usual));
    assertNotNull(read.frozen("gelu", 32, 32));
    assertNotNull(read.frozen(MAP, 32, 32));
  }
}
