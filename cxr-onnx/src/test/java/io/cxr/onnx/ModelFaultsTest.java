package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.Device;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.InferenceException;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.OutputActivation;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are no models, models that do not fit their card, and devices that are not there. */
class ModelFaultsTest {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();
  private static final String CARD = NETWORK.card().toJson();
  private static final Radiograph FILM = ClassifierContract.films(1, 1).get(0);

  @TempDir Path folder;

  private String refused(byte[] model) {
    Path file = SmallNetwork.write(folder, model);
    ModelFormatException refusal =
        assertThrows(ModelFormatException.class, () -> OnnxClassifier.open(file).close());
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains(file.toString()), message);
    // In memory it is refused in the same words.
    String inMemory = message.replace("Model " + file, "Model of " + model.length + " bytes");
    for (Callable<OnnxClassifier.Builder> way :
        List.<Callable<OnnxClassifier.Builder>>of(
            () -> OnnxClassifier.builder(model),
            () -> OnnxClassifier.builder(new ByteArrayInputStream(model)))) {
      ModelFormatException alike =
          assertThrows(ModelFormatException.class, () -> way.call().open().close());
      assertEquals(inMemory, alike.getMessage());
    }
    return message;
  }

  private static void assertSays(String message, String... parts) {
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "expected '" + part + "' in: " + message);
    }
  }

  private static byte[] withCard(OnnxModelBuilder graph, ModelCard card) {
    return graph.metadata(ModelCard.METADATA_KEY, card.toJson()).build();
  }

  private static SmallNetwork network(InputShape shape, String... labels) {
    return new SmallNetwork(shape, OutputActivation.SOFTMAX, labels);
  }

  @Test
  void aMissingFileIsAnIoFailure() {
    assertThrows(
        NoSuchFileException.class, () -> OnnxClassifier.open(folder.resolve("missing.onnx")));
    assertThrows(
        NoSuchFileException.class, () -> FeatureExtractor.open(folder.resolve("missing.onnx"), 1));
  }

  @Test
  void aDirectoryIsAnIoFailure() {
    assertThrows(IOException.class, () -> OnnxClassifier.open(folder));
  }

  @Test
  void anEmptyFileIsRefused() {
    assertSays(refused(new byte[0]), "no bytes", "again");
  }

  @Test
  void garbageIsRefused() {
    byte[] noise = new byte[5000];
    new Random(1).nextBytes(noise);
    assertSays(refused(noise), "expected a whole ONNX model", "found");
    refused("this is a text file\n".getBytes(StandardCharsets.UTF_8));
    refused(new byte[1000]);
  }

  @Test
  void aModelCutAnywhereIsRefused() {
    byte[] model = NETWORK.onnx();
    for (int length = 1; length < model.length; length += 97) {
      refused(Arrays.copyOf(model, length));
    }
    refused(Arrays.copyOf(model, model.length - 1));
  }

  @Test
  void aModelWithoutACardIsRefused() {
    assertSays(
        refused(NETWORK.graph("batch", true).build()),
        "no card",
        ModelCard.METADATA_KEY,
        "Export the model with cxr");
  }

  @Test
  void aBrokenCardIsRefusedWithTheFile() {
    assertSays(
        refused(NETWORK.graph("batch", true).metadata(ModelCard.METADATA_KEY, "{").build()),
        "Model card");
    assertSays(
        refused(
            NETWORK
                .graph("batch", true)
                .metadata(
                    ModelCard.METADATA_KEY,
                    CARD.replaceFirst("\"formatVersion\"\\s*:\\s*2", "\"formatVersion\" : 99"))
                .build()),
        "99");
  }

  @Test
  void aCardWithOtherLabelsIsRefused() {
    ModelCard two = network(NETWORK.shape(), "COVID19", "NORMAL").card();
    assertSays(
        refused(withCard(NETWORK.graph("batch", true), two)),
        "output 'output'",
        "[COVID19, NORMAL]",
        "[batch, 2]",
        "[batch, 3]",
        "export the model again");
  }

  @Test
  void aCardWithAnotherActivationIsRefused() {
    SmallNetwork two = network(NETWORK.shape(), "COVID19", "NORMAL");
    ModelCard single =
        new SmallNetwork(
                NETWORK.shape(), OutputActivation.SIGMOID_OF_SECOND_LABEL, "COVID19", "NORMAL")
            .card();
    assertSays(
        refused(withCard(two.graph("batch", true), single)),
        "SIGMOID_OF_SECOND_LABEL",
        "[batch, 1]",
        "[batch, 2]");
  }

  @Test
  void aCardWithAnotherInputSizeIsRefused() {
    InputShape wider = new InputShape(3, 8, 12, InputShape.Layout.CHANNELS_FIRST);
    ModelCard card = network(wider, "COVID19", "NORMAL", "PNEUMONIA").card();
    assertSays(
        refused(withCard(NETWORK.graph("batch", true), card)),
        "[batch, 3, 8, 12]",
        "[batch, 3, 8, 10]");
  }

  @Test
  void aCardWithTheOtherLayoutIsRefused() {
    InputShape last = new InputShape(3, 8, 10, InputShape.Layout.CHANNELS_LAST);
    ModelCard card = network(last, "COVID19", "NORMAL", "PNEUMONIA").card();
    assertSays(
        refused(withCard(NETWORK.graph("batch", true), card)),
        "[batch, 8, 10, 3]",
        "[batch, 3, 8, 10]");
  }

  @Test
  void anInputOfAnotherRankIsRefused() {
    byte[] flat =
        new OnnxModelBuilder()
            .input("input", "batch", 240)
            .weights("dense", new float[240 * 3], 240, 3)
            .node("MatMul", List.of("input", "dense"), "logits")
            .node("Softmax", List.of("logits"), "output")
            .output("output", "batch", 3)
            .metadata(ModelCard.METADATA_KEY, CARD)
            .build();
    assertSays(refused(flat), "[batch, 3, 8, 10]", "[batch, 240]");
  }

  /** A graph for the card whose output is made of its pooled channels by these nodes. */
  private static byte[] ending(String... operators) {
    OnnxModelBuilder graph =
        new OnnxModelBuilder()
            .input("input", "batch", 3, 8, 10)
            .weights("dense", new float[] {1, 0.1f, 0.2f, 0.3f, 2, 0.1f, 0, 0.2f, 3}, 3, 3)
            .weights("bias", new float[] {0.1f, 0.2f, 0.3f}, 3)
            .weights("mixing", new float[] {1, 0, 0, 0, 0, 1, 0, 1, 0}, 3, 3)
            .node("GlobalAveragePool", List.of("input"), "pooled")
            .node("Flatten", List.of("pooled"), "value0")
            .output("output", "batch", 3)
            .metadata(ModelCard.METADATA_KEY, CARD);
    for (int i = 0; i < operators.length; i++) {
      String from = "value" + i;
      String to = i + 1 == operators.length ? "output" : "value" + (i + 1);
      switch (operators[i]) {
        case "Gemm" -> graph.node("Gemm", List.of(from, "dense", "bias"), to);
        case "Bias" -> graph.node("Add", List.of(from, "bias"), to);
        case "Mixing" -> graph.node("MatMul", List.of(from, "mixing"), to);
        case "Share" -> {
          graph.node(
              "ReduceL1",
              List.of(from),
              "sum" + i,
              OnnxModelBuilder.integer("keepdims", 1),
              OnnxModelBuilder.ints("axes", 1));
          graph.node("Div", List.of(from, "sum" + i), to);
        }
        default -> graph.node(operators[i], List.of(from), to);
      }
    }
    return graph.build();
  }

  @Test
  void logitsInPlaceOfProbabilitiesAreRefused() {
    for (List<String> operators :
        List.of(
            List.of("Gemm"),
            List.of("Gemm", "Identity"),
            List.of("Gemm", "Bias"),
            List.of("Gemm", "LogSoftmax"),
            List.of("Gemm", "Relu"),
            List.of("Softmax", "Gemm"),
            // The graph does not tell: images do.
            List.of("Gemm", "Exp"),
            List.of("Gemm", "Neg"),
            List.of("Identity"))) {
      byte[] model = ending(operators.toArray(String[]::new));
      assertSays(refused(model), "promises probabilities", "SOFTMAX", "softmax or sigmoid");
    }
  }

  @Test
  void probabilitiesAreTakenHoweverTheyAreMade() throws IOException {
    for (List<String> operators :
        List.of(
            List.of("Gemm", "Softmax"),
            List.of("Gemm", "Softmax", "Identity"),
            List.of("Gemm", "Exp", "Share"),
            List.of("Gemm", "Softmax", "Mixing"))) {
      Path file = SmallNetwork.write(folder, ending(operators.toArray(String[]::new)));
      for (int i = 0; i < 2; i++) {
        try (OnnxClassifier classifier =
            OnnxClassifier.builder(file).cache(folder.resolve("cache")).open()) {
          assertEquals(3, classifier.classify(FILM).probabilities().size());
        }
      }
    }
  }

  @Test
  void logitsAreRefusedFromACacheToo() {
    for (byte[] model : List.of(ending("Gemm"), ending("Gemm", "Exp"))) {
      Path file = SmallNetwork.write(folder, model);
      for (int i = 0; i < 2; i++) {
        assertThrows(
            ModelFormatException.class,
            () -> OnnxClassifier.builder(file).cache(folder.resolve("cache")).open().close());
      }
    }
  }

  private static OnnxModelBuilder pooling(String input, String output) {
    return new OnnxModelBuilder()
        .node("GlobalAveragePool", List.of(input), "pooled")
        .node("Flatten", List.of("pooled"), "flat")
        .node("Softmax", List.of("flat"), output)
        .metadata(ModelCard.METADATA_KEY, CARD);
  }

  @Test
  void otherNamesAreRefused() {
    assertSays(
        refused(
            pooling("image", "output")
                .input("image", "batch", 3, 8, 10)
                .output("output", "batch", 3)
                .build()),
        "input named 'input'",
        "[image]");
    assertSays(
        refused(
            pooling("input", "probabilities")
                .input("input", "batch", 3, 8, 10)
                .output("probabilities", "batch", 3)
                .build()),
        "output 'output'",
        "[probabilities]");
  }

  @Test
  void aSecondInputIsRefused() {
    assertSays(
        refused(
            pooling("input", "output")
                .input("input", "batch", 3, 8, 10)
                .input("age", "batch", 1)
                .output("output", "batch", 3)
                .build()),
        "one input",
        "age");
  }

  @Test
  void inputsThatAreNotThoseOfTheCardAreRefused() {
    StackedNetwork stack = StackedNetwork.ofTwo();
    ModelCard card = stack.card();
    assertSays(
        refused(withCard(NETWORK.graph("batch", true), card)),
        "2 inputs named [small, large]",
        "found inputs [input]");
    assertSays(
        refused(withCard(stack.graph("batch"), NETWORK.card())),
        "one input named 'input'",
        "small",
        "large");
    ModelInput small = card.inputs().get(0);
    ModelInput large = card.inputs().get(1);
    List<ModelInput> exchanged =
        List.of(
            new ModelInput(small.name(), large.preprocessing()),
            new ModelInput(large.name(), small.preprocessing()));
    assertSays(
        refused(withCard(stack.graph("batch"), card.toBuilder().inputs(exchanged).build())),
        "input 'small' of shape [batch, 3, 16, 20]",
        "[batch, 1, 8, 10]");
    List<ModelInput> one = List.of(small, new ModelInput(large.name(), small.preprocessing()));
    assertSays(
        refused(withCard(stack.graph("batch"), card.toBuilder().inputs(one).build())),
        "input 'large' of shape [batch, 1, 8, 10]",
        "[batch, 3, 16, 20]");
  }

  @Test
  void anotherElementTypeIsRefused() {
    // Double in and float out, then float in and double out.
    OnnxModelBuilder input =
        new OnnxModelBuilder()
            .input("input", TensorProto.DataType.DOUBLE, "batch", 3, 8, 10)
            .node("Cast", List.of("input"), "cast", OnnxModelBuilder.integer("to", 1))
            .node("GlobalAveragePool", List.of("cast"), "pooled")
            .node("Flatten", List.of("pooled"), "output")
            .output("output", "batch", 3);
    assertSays(
        refused(withCard(input, NETWORK.card())), "input 'input'", "32-bit floats", "DOUBLE");
    OnnxModelBuilder output =
        new OnnxModelBuilder()
            .input("input", "batch", 3, 8, 10)
            .node("GlobalAveragePool", List.of("input"), "pooled")
            .node("Flatten", List.of("pooled"), "flat")
            .node("Cast", List.of("flat"), "output", OnnxModelBuilder.integer("to", 11))
            .output("output", TensorProto.DataType.DOUBLE, "batch", 3);
    assertSays(
        refused(withCard(output, NETWORK.card())), "output 'output'", "32-bit floats", "DOUBLE");
  }

  @Test
  void aBatchAxisFixedAtSeveralIsRefused() {
    assertSays(
        refused(withCard(NETWORK.graph(4, true), NETWORK.card())),
        "[batch, 3, 8, 10]",
        "[4, 3, 8, 10]");
  }

  @Test
  void heatmapsOfOtherLabelsAreRefused() {
    byte[] model =
        NETWORK
            .graph("batch", false)
            .node("Identity", List.of("features"), "heatmap")
            .output("heatmap", "batch", SmallNetwork.FEATURES, 4, 5)
            .metadata(ModelCard.METADATA_KEY, CARD)
            .build();
    assertSays(refused(model), "output 'heatmap'", "[batch, 3, any, any]", "[batch, 5, 4, 5]");
  }

  @Test
  void sizesThatTheGraphLeavesOpenAreMeasured() throws IOException {
    Path file =
        SmallNetwork.write(
            folder,
            pooling("input", "output")
                .input("input", "batch", "channels", "rows", "columns")
                .node("Relu", List.of("input"), "heatmap")
                .output("output", "batch", "units")
                .output("heatmap", "batch", "labels", "mapRows", "mapColumns")
                .build());
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      assertTrue(classifier.canExplain());
      assertEquals(10, classifier.explain(FILM).heatmap().columns());
      assertEquals(5, classifier.classify(ClassifierContract.films(1, 5)).size());
    }
    // The card still rules: with four labels the measured three units do not fit.
    ModelCard four = network(NETWORK.shape(), "A", "B", "C", "D").card();
    Path other =
        SmallNetwork.write(
            folder,
            new OnnxModelBuilder()
                .node("GlobalAveragePool", List.of("input"), "pooled")
                .node("Flatten", List.of("pooled"), "output")
                .input("input", "batch", "channels", "rows", "columns")
                .output("output", "batch", "units")
                .metadata(ModelCard.METADATA_KEY, four.toJson())
                .build());
    assertThrows(ModelFormatException.class, () -> OnnxClassifier.open(other).close());
  }

  @Test
  void aModelWithoutHeatmapsClassifiesAndNamesTheRemedy() throws IOException {
    Path file = SmallNetwork.write(folder, withCard(NETWORK.graph("batch", false), NETWORK.card()));
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      assertFalse(classifier.canExplain());
      classifier.classify(FILM);
      for (UnsupportedOperationException refusal :
          List.of(
              assertThrows(UnsupportedOperationException.class, () -> classifier.explain(FILM)),
              assertThrows(
                  UnsupportedOperationException.class, () -> classifier.explain(FILM, "NORMAL")))) {
        assertSays(String.valueOf(refusal.getMessage()), "heatmap", "OcclusionExplainer");
      }
    }
  }

  @Test
  void weightsThatAreNoNumbersAreAnInferenceFailure() throws IOException {
    try (OnnxClassifier classifier =
        OnnxClassifier.open(SmallNetwork.write(folder, poisoned("poisoned")))) {
      for (InferenceException failure :
          List.of(
              assertThrows(InferenceException.class, () -> classifier.classify(FILM)),
              assertThrows(InferenceException.class, () -> classifier.explain(FILM, "NORMAL")))) {
        assertSays(String.valueOf(failure.getMessage()), "from 0 to 1", "NaN");
      }
      List<Outcome<Prediction>> outcomes = classifier.classifyAll(List.of(FILM, FILM));
      for (Outcome<Prediction> outcome : outcomes) {
        assertInstanceOf(InferenceException.class, outcome.failure().orElseThrow());
      }
    }
    // Here the heatmap alone is none.
    try (OnnxClassifier classifier =
        OnnxClassifier.open(SmallNetwork.write(folder, poisoned("input")))) {
      classifier.classify(FILM);
      InferenceException heatmap =
          assertThrows(InferenceException.class, () -> classifier.explain(FILM, "NORMAL"));
      assertSays(String.valueOf(heatmap.getMessage()), "finite", "NaN");
    }
  }

  private static byte[] poisoned(String pooled) {
    return pooling(pooled, "output")
        .input("input", "batch", 3, 8, 10)
        .weights("nan", new float[] {Float.NaN}, 1)
        .node("Mul", List.of("input", "nan"), "poisoned")
        .node("Identity", List.of("poisoned"), "heatmap")
        .output("output", "batch", 3)
        .output("heatmap", "batch", 3, 8, 10)
        .build();
  }

  /** Looks up a table at an index that a film's brightest pixel gives: white is out of bounds. */
  private static byte[] failingOnWhite() {
    return new OnnxModelBuilder()
        .input("input", "batch", 3, 8, 10)
        .weights("table", new float[3], 3)
        .weights("thousand", new float[] {1000}, 1)
        .node("ReduceMax", List.of("input"), "brightest", OnnxModelBuilder.ints("axes", 1, 2, 3))
        .node("Flatten", List.of("brightest"), "each")
        .node("Mul", List.of("each", "thousand"), "scaled")
        .node("Cast", List.of("scaled"), "index", OnnxModelBuilder.integer("to", 7))
        .node("Gather", List.of("table", "index"), "found")
        .node("GlobalAveragePool", List.of("input"), "pooled")
        .node("Flatten", List.of("pooled"), "flat")
        .node("Add", List.of("flat", "found"), "logits")
        .node("Softmax", List.of("logits"), "output")
        .output("output", "batch", 3)
        .metadata(ModelCard.METADATA_KEY, CARD)
        .build();
  }

  @Test
  void aFilmThatTheModelFailsOnEndsNoOther() throws IOException {
    byte[] bright = new byte[400];
    Arrays.fill(bright, (byte) 255);
    Radiograph black = Radiograph.ofGray8(20, 20, new byte[400]);
    Radiograph white = Radiograph.ofGray8(20, 20, bright);
    List<Radiograph> films = new ArrayList<>(Collections.nCopies(21, black));
    films.set(3, white);
    films.set(9, white);
    films.set(10, white);
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(failingOnWhite()).batchLimit(16).open()) {
      for (int round = 0; round < 2; round++) {
        List<Outcome<Prediction>> outcomes = classifier.classifyAll(films);
        InferencePipeline<Radiograph> pipeline =
            InferencePipeline.<Radiograph>of(classifier, (film, buffers) -> film).build();
        try (PipelineResults<Radiograph> results = pipeline.run(films)) {
          for (int i = 0; i < films.size(); i++) {
            boolean fails = i == 3 || i == 9 || i == 10;
            assertEquals(fails, outcomes.get(i).failure().isPresent(), "film " + i);
            assertEquals(fails, results.next().failure().isPresent(), "item " + i);
          }
        }
        assertInstanceOf(InferenceException.class, outcomes.get(3).failure().orElseThrow());
        assertThrows(InferenceException.class, () -> classifier.classify(films));
      }
    }
  }

  @Test
  void aRunThatFailsNativelyIsAnInferenceFailureAndTheNextOneMayWork() throws IOException {
    byte[] model = failingOnWhite();
    Radiograph black = Radiograph.ofGray8(20, 20, new byte[400]);
    byte[] bright = new byte[400];
    Arrays.fill(bright, (byte) 255);
    Radiograph white = Radiograph.ofGray8(20, 20, bright);
    try (OnnxClassifier classifier = OnnxClassifier.open(SmallNetwork.write(folder, model))) {
      for (int i = 0; i < 3; i++) {
        InferenceException failure =
            assertThrows(InferenceException.class, () -> classifier.classify(white));
        assertSays(String.valueOf(failure.getMessage()), "native run", "Gather");
        assertThrows(InferenceException.class, () -> classifier.classify(List.of(black, white)));
        assertEquals(1.0 / 3, classifier.classify(black).probability("NORMAL"), 1e-6);
        assertEquals(2, classifier.classify(List.of(black, black)).size());
      }
    }
  }

  @Test
  void optionsAreCheckedAllAtOnce() {
    Path file = SmallNetwork.write(folder, NETWORK.onnx());
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> OnnxClassifier.builder(file).threads(0).batchLimit(-1).open());
    assertSays(String.valueOf(wrong.getMessage()), "threads", "0", "batchLimit", "-1");
  }

  @Test
  void aBatchLimitBeyondMemoryIsRefused() throws IOException {
    Path file = SmallNetwork.write(folder, NETWORK.onnx());
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> OnnxClassifier.builder(file).batchLimit(Integer.MAX_VALUE).open());
    assertSays(String.valueOf(wrong.getMessage()), "batchLimit", "at most 2236962");
    // The largest one takes no more memory than the lists that come.
    try (OnnxClassifier classifier = OnnxClassifier.builder(file).batchLimit(2236962).open()) {
      for (int films : List.of(2, 40, 3)) {
        assertEquals(films, classifier.classify(ClassifierContract.films(1, films)).size());
      }
    }
  }

  @Test
  void aFileTooLargeForAModelIsRefused() throws IOException {
    Path file = folder.resolve("large.onnx");
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      channel.position(1L << 31).write(ByteBuffer.allocate(1));
    }
    ModelFormatException refusal =
        assertThrows(ModelFormatException.class, () -> OnnxClassifier.open(file));
    assertSays(String.valueOf(refusal.getMessage()), "2 GiB", "2147483649");
  }

  @Test
  void bytesAndStreamsAreTheSameModelAsTheFile() throws Exception {
    byte[] model = NETWORK.onnx();
    Path file = SmallNetwork.write(folder, model);
    Path cache = folder.resolve("cache");
    AtomicBoolean closed = new AtomicBoolean();
    InputStream stream =
        new ByteArrayInputStream(model) {
          @Override
          public void close() {
            closed.set(true);
          }
        };
    try (OnnxClassifier ofFile = OnnxClassifier.open(file);
        OnnxClassifier ofBytes = OnnxClassifier.builder(model).open();
        OnnxClassifier kept = OnnxClassifier.builder(model).cache(cache).open();
        OnnxClassifier again = OnnxClassifier.builder(model).cache(cache).open();
        OnnxClassifier ofStream = OnnxClassifier.builder(stream).open()) {
      for (OnnxClassifier other : List.of(ofBytes, kept, again, ofStream)) {
        assertEquals(ofFile.model(), other.model());
        assertEquals(ofFile.card(), other.card());
        assertEquals(ofFile.explain(FILM), other.explain(FILM));
      }
    }
    assertFalse(closed.get(), "a stream is its caller's to close");
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the connection is gone");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        };
    assertThrows(IOException.class, () -> OnnxClassifier.builder(broken));
  }

  @Test
  void theIdentityIsThatOfTheFile() throws Exception {
    byte[] model = NETWORK.onnx();
    try (OnnxClassifier classifier = OnnxClassifier.open(SmallNetwork.write(folder, model))) {
      assertEquals("small", classifier.model().name());
      assertEquals("1", classifier.model().version());
      assertEquals(
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(model)),
          classifier.model().sha256());
      assertEquals(NETWORK.card(), classifier.card());
      assertEquals(Device.cpu(), classifier.device());
    }
  }

  @Test
  void cudaThatIsNotThereIsNamedWithWhatIsMissing() {
    Path file = SmallNetwork.write(folder, NETWORK.onnx());
    DeviceUnavailableException missing =
        assertThrows(
            DeviceUnavailableException.class,
            () -> OnnxClassifier.builder(file).device(Device.cuda(0)).open());
    assertSays(
        String.valueOf(missing.getMessage()),
        "cuda:0",
        "build for CPUs",
        "onnxruntime_gpu:" + RuntimeLibrary.environment().getVersion(),
        "CUDA 12");
  }

  @Test
  void theCpuInsteadIsASeparateChoiceAndNotHidden() throws IOException {
    Path file = SmallNetwork.write(folder, NETWORK.onnx());
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(file).deviceOrCpu(Device.cuda(0)).open()) {
      assertEquals(Device.cpu(), classifier.device());
      classifier.classify(FILM);
    }
  }

  @Test
  void theModelFileIsFreeOnceItIsOpen() throws IOException {
    Path file = SmallNetwork.write(folder, NETWORK.onnx());
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      Files.delete(file);
      classifier.classify(FILM);
    }
  }

  @Test
  void aRefusedListRunsNothingAndLeavesTheClassifierSound() throws IOException {
    Path file = SmallNetwork.write(folder, NETWORK.onnx());
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      Radiograph lateral = FILM.withViewPosition(ViewPosition.LL);
      assertThrows(
          UnsupportedRadiographException.class, () -> classifier.explain(List.of(FILM, lateral)));
      assertEquals(1, classifier.classify(List.of(FILM)).size());
    }
  }
}
