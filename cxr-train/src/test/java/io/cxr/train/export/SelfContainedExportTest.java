package io.cxr.train.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.Calibration;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file with all in its graph answers as {@link OnnxClassifier} does, in it and beside it. */
class SelfContainedExportTest {
  private static final double NEAR = 1e-6;
  @TempDir static Path shared;
  @TempDir Path folder;

  /** The model that ships: a view head, a novelty gate, a calibration, 16-bit weights. */
  private static Path ordinary;

  private static Path selfContained;
  private static ModelExport.Result result;

  @BeforeAll
  static void export() throws IOException {
    ordinary = shared.resolve("ordinary.onnx");
    try (InputStream model =
        Objects.requireNonNull(OnnxClassifier.class.getResourceAsStream("chest-xray.onnx"))) {
      Files.write(ordinary, SelfContainedModel.network(model.readAllBytes()));
    }
    selfContained = shared.resolve("self-contained.onnx");
    result = ModelExport.of(ordinary).input(ExportInput.RADIOGRAPH_UINT8).write(selfContained);
  }

  /** A bright oval body with two dark lungs; other numbers give other sizes and noise. */
  private static Radiograph film(int number) {
    Random random = new Random(number);
    int rows = 200 + random.nextInt(300);
    int columns = 200 + random.nextInt(300);
    byte[] pixels = new byte[rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      int row = i / columns;
      double y = 2.0 * row / rows - 1;
      double x = 2.0 * (i % columns) / columns - 1;
      double lung = Math.exp(-12 * Math.pow(Math.abs(x) - 0.42, 2) - 3 * y * y);
      double body = 190 - 60 * x * x - 30 * y;
      pixels[i] = (byte) Math.max(0, Math.min(255, body - 130 * lung + 8 * random.nextGaussian()));
    }
    return Radiograph.ofGray8(rows, columns, pixels);
  }

  private static List<Radiograph> films() {
    Radiograph first = film(1);
    return List.of(
        first,
        film(2),
        first.rotate(1),
        first.rotate(2),
        first.rotate(3),
        first.mirror(),
        Radiograph.ofGray8(1, 1, new byte[1]),
        Radiograph.ofGray8(30, 700, new byte[21000]));
  }

  private static OnnxClassifier open(Path file, boolean gated) throws IOException {
    return OnnxClassifier.builder(file).noveltyGate(gated).viewGate(gated).open();
  }

  private static void assertSameAnswer(
      OnnxClassifier classifier, Radiograph film, SelfContainedRun.Answer answer, String what) {
    Prediction prediction = classifier.classifyUngated(List.of(film)).get(0);
    for (int i = 0; i < answer.probabilities().length; i++) {
      assertEquals(
          prediction.probabilities().get(i).probability(), answer.probabilities()[i], NEAR, what);
      assertEquals(prediction.probabilities().get(i).label(), answer.labels().get(i), what);
    }
    assertEquals(
        prediction.novelty().orElseThrow().score(),
        answer.novelty(),
        NEAR * Math.max(1, answer.novelty()),
        what);
    int label = 0;
    for (Explanation explanation : classifier.explain(film, classifier.card().labels())) {
      assertSameMap(explanation.heatmap(), answer, label++, what);
    }
  }

  private static void assertSameMap(
      Heatmap expected, SelfContainedRun.Answer answer, int label, String what) {
    int cells = expected.rows() * expected.columns();
    float[] map = Arrays.copyOfRange(answer.heatmap(), label * cells, (label + 1) * cells);
    float most = 0;
    for (float value : map) {
      most = Math.max(most, value);
    }
    for (int i = 0; i < cells; i++) {
      float share = most > 0 ? map[i] / most : 0;
      assertEquals(
          expected.value(i / expected.columns(), i % expected.columns()), share, NEAR, what);
    }
    PixelRegion region = expected.region();
    assertArrayEquals(
        new long[] {region.row(), region.column(), region.rows(), region.columns()},
        answer.region(),
        what);
  }

  @Test
  void answersAsTheClassifierDoes() throws IOException, OrtException {
    int refused = 0;
    try (OnnxClassifier open = open(ordinary, false);
        OnnxClassifier gated = open(ordinary, true);
        SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(selfContained))) {
      for (Radiograph film : films()) {
        SelfContainedRun.Answer answer = graph.ask(film);
        assertSameAnswer(open, film, answer, film.toString());
        Outcome<Prediction> outcome = gated.classifyAll(List.of(film)).get(0);
        assertEquals(reason(outcome), reason(answer.refusal()), film.toString());
        refused += answer.refusal() > 0 ? 1 : 0;
      }
    }
    assertTrue(refused >= 3, refused + " of them are refused");
  }

  private static String reason(Outcome<Prediction> outcome) {
    try {
      outcome.orThrow();
      return "none";
    } catch (UnsupportedRadiographException refusal) {
      return refusal.reason().name();
    }
  }

  private static String reason(long code) {
    if (code == RefusalCode.NONE.code()) {
      return "none";
    } else if (code == RefusalCode.NOVEL.code()) {
      return Reason.NOT_A_CHEST_RADIOGRAPH.name();
    }
    return Arrays.stream(FilmView.values())
        .filter(view -> RefusalCode.of(view).code() == code)
        .map(view -> view.reason().name())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void isOpenedAsAnyOtherFile() throws IOException {
    try (OnnxClassifier before = open(ordinary, false);
        OnnxClassifier after = open(selfContained, false);
        OnnxClassifier cached =
            OnnxClassifier.builder(selfContained)
                .cache(folder.resolve("cache"))
                .noveltyGate(false)
                .viewGate(false)
                .open();
        OnnxClassifier cachedAgain =
            OnnxClassifier.builder(selfContained)
                .cache(folder.resolve("cache"))
                .noveltyGate(false)
                .viewGate(false)
                .open()) {
      List<Radiograph> films = films();
      List<Prediction> expected = before.classify(films);
      for (OnnxClassifier opened : List.of(after, cached, cachedAgain)) {
        List<Prediction> found = opened.classify(films);
        for (int i = 0; i < films.size(); i++) {
          assertEquals(
              expected.get(i).probabilities().toString(), found.get(i).probabilities().toString());
          assertEquals(expected.get(i).novelty(), found.get(i).novelty());
        }
        assertEquals(
            io.cxr.file.Sha256.hex(Files.readAllBytes(selfContained)), opened.model().sha256());
      }
    }
  }

  @Test
  void keepsTheNetworkBitForBit() throws IOException {
    byte[] file = Files.readAllBytes(selfContained);
    ModelProto before = ModelProto.parseFrom(Files.readAllBytes(ordinary));
    ModelProto network = ModelProto.parseFrom(SelfContainedModel.network(file));
    assertEquals(before.getGraph(), network.getGraph());
    // Its card is its own.
    ModelCard card = result.card();
    assertEquals("radiograph_uint8", card.export().orElseThrow().input());
    assertEquals("fp16", card.export().orElseThrow().precision());
    assertEquals(
        card.toBuilder().export(null).build(), cardOf(ordinary).toBuilder().export(null).build());
    assertTrue(file.length - Files.size(ordinary) < 60_000, file.length + " bytes");
    byte[] plain = Files.readAllBytes(ordinary);
    assertSame(plain, SelfContainedModel.network(plain), "an ordinary file is left alone");
  }

  private static ModelCard cardOf(Path file) throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      return classifier.card();
    }
  }

  @Test
  void takesSixteenBits() throws IOException, OrtException {
    Path deep = folder.resolve("deep.onnx");
    // From a self-contained file, too.
    ModelExport.of(selfContained).input(ExportInput.RADIOGRAPH_UINT16).write(deep);
    try (OnnxClassifier open = open(ordinary, false);
        SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(deep))) {
      for (int bits : new int[] {10, 12, 16}) {
        Random random = new Random(bits);
        short[] pixels = new short[180 * 150];
        for (int i = 0; i < pixels.length; i++) {
          pixels[i] =
              (short)
                  (((i / 150 + i % 150) / 330.0 * 0.9 + 0.1 * random.nextDouble())
                      * ((1 << bits) - 1));
        }
        Radiograph film = Radiograph.ofGray16(180, 150, bits, pixels);
        assertSameAnswer(open, film, graph.ask(film), film.toString());
      }
    }
  }

  /** Every output and calibration that a card can have, on networks of random weights. */
  @Test
  void calibratesInTheGraph() throws IOException, OrtException {
    Radiograph film = film(4);
    for (Calibration calibration :
        List.of(new Calibration.Temperature(2.5), new Calibration.Platt(1.7, -0.4))) {
      ModelCard card =
          SmallResidualNetwork.card(Normalization.Kind.UNIT_RANGE).toBuilder()
              .calibration(calibration)
              .build();
      for (OutputActivation output :
          List.of(OutputActivation.SOFTMAX, OutputActivation.SIGMOID_PER_LABEL)) {
        Path file = folder.resolve("calibrated.onnx");
        byte[] model = SmallResidualNetwork.model(Normalization.Kind.UNIT_RANGE, 0.5f);
        ModelCard of = card.toBuilder().output(output).build();
        Files.write(file, ModelGraph.read(model, "test").build(of).toByteArray());
        assertCalibrated(file, film);
      }
    }
  }

  private void assertCalibrated(Path file, Radiograph film) throws IOException, OrtException {
    Path made = folder.resolve("made.onnx");
    ModelExport.of(file).input(ExportInput.RADIOGRAPH_UINT8).write(made);
    try (OnnxClassifier classifier = OnnxClassifier.open(file);
        SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(made))) {
      Prediction prediction = classifier.classify(film);
      SelfContainedRun.Answer answer = graph.ask(film);
      assertEquals(0, answer.refusal());
      assertFalse(answer.has(OnnxExporter.NOVELTY));
      for (int i = 0; i < 2; i++) {
        assertEquals(
            prediction.probabilities().get(i).probability(), answer.probabilities()[i], NEAR);
      }
      double raw = answer.output()[1];
      assertTrue(
          Math.abs(raw - answer.probabilities()[1]) > 1e-3, "the calibration does something");
    }
  }

  /** Of a model that pads and keeps all bits; its heatmap has the part that the film is in. */
  @Test
  void padsAndKeepsAllBits() throws IOException, OrtException {
    PreprocessingSpec plain =
        SmallResidualNetwork.card(Normalization.Kind.UNIT_RANGE).preprocessing();
    List<PreprocessingStep> steps = new ArrayList<>(plain.steps());
    steps.addAll(0, List.of(new FullDepth(), new SquarePad(40)));
    ModelCard card =
        SmallResidualNetwork.card(Normalization.Kind.UNIT_RANGE).toBuilder()
            .preprocessing(new PreprocessingSpec(steps, plain.layout()))
            .build();
    byte[] model = SmallResidualNetwork.model(Normalization.Kind.UNIT_RANGE, 0.5f);
    Path file = folder.resolve("padded.onnx");
    Files.write(file, ModelGraph.read(model, "test").build(card).toByteArray());
    Path made = folder.resolve("made.onnx");
    ModelExport.of(file).input(ExportInput.RADIOGRAPH_UINT16).write(made);
    short[] pixels = new short[50 * 100];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (short) (i * 8);
    }
    Radiograph wide = Radiograph.ofGray16(50, 100, 16, pixels);
    try (OnnxClassifier classifier = OnnxClassifier.open(file);
        SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(made))) {
      SelfContainedRun.Answer answer = graph.ask(wide);
      assertEquals(
          classifier.classify(wide).probabilities().get(1).probability(),
          answer.probabilities()[1],
          NEAR);
      assertArrayEquals(new float[] {0.25f, 0, 0.75f, 1}, answer.visible());
      assertArrayEquals(new long[] {0, 0, 50, 100}, answer.region());
    }
  }

  /** Of one sigmoid for two labels the graph gives both. */
  @Test
  void givesBothLabelsOfOneSigmoid() {
    GraphArithmetic graph = new GraphArithmetic("answer/");
    ModelCard card =
        SmallResidualNetwork.card(Normalization.Kind.UNIT_RANGE).toBuilder()
            .output(OutputActivation.SIGMOID_OF_SECOND_LABEL)
            .calibration(new Calibration.Platt(2, 0.5))
            .build();
    new AnswerGraph(graph, card).probabilities().named("probabilities");
    double[] found = SmallGraph.run(graph, "output", new float[] {0.3f}, 1, 1);
    double[] expected =
        card.calibration().orElseThrow().calibrate(card.output().probabilities(new float[] {0.3f}));
    assertArrayEquals(expected, found, NEAR);
  }

  @Test
  void goesWithSmallNumberFormats() throws IOException, OrtException {
    Path file = folder.resolve("small.onnx");
    Files.write(file, SmallResidualNetwork.model(Normalization.Kind.CAFFE_BGR_MEAN, 0));
    List<Path> images = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Path image = folder.resolve(i + ".png");
      film(i).writePng(image);
      images.add(image);
    }
    for (Precision precision : Precision.values()) {
      Path made = folder.resolve(precision + ".onnx");
      ModelExport export =
          ModelExport.of(file).precision(precision).input(ExportInput.RADIOGRAPH_UINT8);
      if (precision == Precision.INT8) {
        export.calibration(images).force(true);
      }
      export.write(made);
      try (OnnxClassifier classifier = OnnxClassifier.open(made);
          SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(made))) {
        Radiograph film = film(9);
        Prediction prediction = classifier.classify(film);
        float[] found = graph.ask(film).probabilities();
        // Halves and bytes round at steps that a fused layer meets from another side.
        double near = precision == Precision.FP16_COMPUTE ? 1e-3 : 1e-4;
        assertEquals(prediction.probabilities().get(1).probability(), found[1], near);
        assertEquals(
            precision.name().toLowerCase(java.util.Locale.ROOT),
            classifier.card().export().orElseThrow().precision());
      }
    }
  }

  @Test
  void refusesWhatIsNotANumberWhereThereIsANoveltyGate() {
    GraphArithmetic graph = new GraphArithmetic("answer/");
    ModelCard card =
        SmallResidualNetwork.card(Normalization.Kind.UNIT_RANGE).toBuilder()
            .novelty(new NoveltyGate("distance", 3.5, 0.98, 0.95))
            .build();
    new AnswerGraph(graph, card).refusal().asFloats().named("probabilities");
    assertArrayEquals(new double[] {0}, SmallGraph.run(graph, "novelty", new float[] {3.5f}, 1, 1));
    assertArrayEquals(new double[] {1}, SmallGraph.run(graph, "novelty", new float[] {3.6f}, 1, 1));
    assertArrayEquals(
        new double[] {1}, SmallGraph.run(graph, "novelty", new float[] {Float.NaN}, 1, 1));
  }

  @Test
  void refusesNamesThatAreTaken() throws IOException {
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(ordinary));
    ModelProto.Builder taken = model.toBuilder();
    taken
        .getGraphBuilder()
        .addNode(ModelGraph.node("Identity", "probabilities", List.of("output")));
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> SelfContainedGraph.of(taken.build(), cardOf(ordinary), false));
    assertTrue(refusal.getMessage().contains("found [probabilities]"), refusal.getMessage());
  }

  @Test
  void refusesAnOperatorSetThatIsTooOld() throws IOException {
    ModelProto.Builder old = ModelProto.parseFrom(Files.readAllBytes(ordinary)).toBuilder();
    old.getOpsetImportBuilder(0).setVersion(13);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> SelfContainedGraph.of(old.build(), cardOf(ordinary), false));
    assertTrue(refusal.getMessage().contains("found 13"), refusal.getMessage());
  }

  /** All DICOM files at hand that can be read, of 8 to 16 bits, in the form for 16. */
  @Test
  @Tag("slow")
  void answersAsTheClassifierDoesOnDicomFiles() throws IOException, OrtException {
    Path cases = Path.of(System.getProperty("cxr.shared", "../shared"), "cases");
    assumeTrue(Files.isDirectory(cases), "SKIPPED: no " + cases + "; set -Dcxr.shared");
    Path deep = folder.resolve("deep.onnx");
    ModelExport.of(ordinary).input(ExportInput.RADIOGRAPH_UINT16).write(deep);
    List<Path> files;
    try (Stream<Path> all = Files.walk(cases)) {
      files = all.filter(file -> file.toString().endsWith(".dcm")).sorted().toList();
    }
    TreeMap<Integer, Integer> depths = new TreeMap<>();
    try (OnnxClassifier open = open(ordinary, false);
        SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(deep))) {
      for (Path file : files) {
        Radiograph film;
        try {
          film = Radiograph.read(file);
        } catch (IOException | UnsupportedRadiographException broken) {
          // Some are broken on purpose.
          continue;
        }
        // explain() looks at a stated view, the graph cannot.
        film = film.withViewPosition(ViewPosition.PA);
        if (film.bitsStored() > 8) {
          Radiograph bright = bright(film);
          assertSameAnswer(open, film, graph.ask(bright), file.toString());
          depths.merge(film.bitsStored(), 1, Integer::sum);
        }
      }
    }
    assertFalse(depths.isEmpty(), "no film of more than 8 bits");
  }

  /** As a caller of another runtime turns MONOCHROME1: from the highest value. */
  private static Radiograph bright(Radiograph film) {
    if (film.photometricInterpretation() == PhotometricInterpretation.MONOCHROME2) {
      return film;
    }
    short[] pixels = new short[film.rows() * film.columns()];
    for (int i = 0; i < pixels.length; i++) {
      int value = film.pixel(i / film.columns(), i % film.columns());
      pixels[i] = (short) ((1 << film.bitsStored()) - 1 - value);
    }
    return Radiograph.ofGray16(film.rows(), film.columns(), film.bitsStored(), pixels);
  }

  /** All films at hand. */
  @Test
  @Tag("slow")
  void answersAsTheClassifierDoesOnRealRadiographs() throws IOException, OrtException {
    Path data = Path.of(System.getProperty("cxr.shared", "../shared"), "data");
    assumeTrue(Files.isDirectory(data), "SKIPPED: no " + data + "; set -Dcxr.shared");
    int films = 0;
    try (OnnxClassifier open = open(ordinary, false);
        SelfContainedRun graph = new SelfContainedRun(Files.readAllBytes(selfContained))) {
      for (String set : List.of("originals", "chest-xray-900")) {
        List<Path> files;
        try (Stream<Path> all = Files.walk(data.resolve(set))) {
          files = all.filter(file -> file.toString().matches(".*\\.(png|jpe?g)")).sorted().toList();
        }
        for (Path file : files) {
          Radiograph film = Radiograph.read(file);
          assertSameAnswer(open, film, graph.ask(film), file.getFileName().toString());
          films++;
        }
      }
    }
    assertTrue(films > 900, films + " films");
  }
}
