package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Classifier;
import io.cxr.Device;
import io.cxr.Explainer;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.LungFields;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What the audit says of classifiers that look at one place only. */
class ModelProbeTest {
  @TempDir Path folder;

  /** Tells phantoms apart by one number that it takes of the pixels, and shows where. */
  private static final class OneNumber implements Classifier, Explainer {
    private final List<String> labels;
    private final ToDoubleFunction<Radiograph> opacity;
    private final PixelRegion place;
    private final boolean refusesBlanks;

    OneNumber(
        List<String> labels,
        ToDoubleFunction<Radiograph> opacity,
        PixelRegion place,
        boolean refusesBlanks) {
      this.labels = labels;
      this.opacity = opacity;
      this.place = place;
      this.refusesBlanks = refusesBlanks;
    }

    @Override
    public ModelCard card() {
      return ModelCard.builder("one-number", "1")
          .architecture("threshold")
          .labels(labels)
          .output(OutputActivation.SOFTMAX)
          .preprocessing(
              new PreprocessingSpec(
                  List.of(
                      new PreprocessingStep.Resize(8, 8, Resampling.BILINEAR),
                      new PreprocessingStep.ChannelReplication(1),
                      new PreprocessingStep.Normalization(
                          PreprocessingStep.Normalization.Kind.UNIT_RANGE)),
                  InputShape.Layout.CHANNELS_FIRST))
          .build();
    }

    @Override
    public ModelIdentity model() {
      return new ModelIdentity("one-number", "1", "0".repeat(64));
    }

    @Override
    public Device device() {
      return Device.cpu();
    }

    @Override
    public Prediction classify(Radiograph radiograph) {
      if (refusesBlanks
          && radiograph.pixel(60, 60) == radiograph.pixel(61, 62)
          && radiograph.pixel(60, 60) == radiograph.pixel(70, 44)) {
        throw new UnsupportedRadiographException(
            UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW, "No chest");
      }
      double p = 1 / (1 + Math.exp(-opacity.applyAsDouble(radiograph)));
      return new Prediction(
          List.of(
              new LabelProbability(labels.get(0), 1 - p), new LabelProbability(labels.get(1), p)),
          model());
    }

    @Override
    public List<Prediction> classify(List<Radiograph> radiographs) {
      return radiographs.stream().map(this::classify).toList();
    }

    @Override
    public Explanation explain(Radiograph radiograph, String label) {
      float[] all = {1};
      return new Explanation(
          classify(radiograph),
          Heatmap.ofActivations(label, 1, 1, all, place, radiograph.rows(), radiograph.columns()));
    }

    @Override
    public void close() {}
  }

  private static double marker(Radiograph radiograph) {
    return (radiograph.pixel(5, 7) - 150) / 50.0;
  }

  private static double centre(Radiograph radiograph) {
    return (radiograph.pixel(64, 64) - 100) / 50.0;
  }

  private ImageFolder data() throws IOException {
    PhantomSet.write(folder, 30, PhantomSet.Plant.MARKER, 1);
    return ImageFolder.builder(folder).patients(folder.resolve("patients.csv")).open();
  }

  private static final List<String> LABELS = List.of(PhantomSet.CLEAR, PhantomSet.OPACITY);

  @Test
  void aModelThatReadsTheMarkerIsCaught() throws IOException {
    OneNumber model =
        new OneNumber(LABELS, ModelProbeTest::marker, new PixelRegion(0, 0, 12, 12), false);
    ShortcutReport report = ShortcutAudit.of(data()).model(model, model).run();
    ModelFigures figures = report.model().orElseThrow();
    assertTrue(figures.readsShortcut());
    assertEquals(1, figures.blanked().orElseThrow().auroc());
    assertEquals(1, figures.whole().orElseThrow().accuracy());
    assertEquals(60, figures.heatmaps());
    assertEquals(1, figures.heatOutside().orElseThrow(), 1e-9);
    assertTrue(report.verdict().contains("reads the source"), report.verdict());
    assertTrue(report.toHtml().contains("centre blanked"));
  }

  @Test
  void aModelThatLooksAtTheCentreLosesTheClasses() throws IOException {
    OneNumber model =
        new OneNumber(LABELS, ModelProbeTest::centre, new PixelRegion(32, 32, 64, 64), false);
    ModelFigures figures =
        ShortcutAudit.of(data()).copies(false).model(model, model).run().model().orElseThrow();
    assertFalse(figures.readsShortcut(), figures.toString());
    assertEquals(0, figures.heatOutside().orElseThrow(), 1e-9);
  }

  /** The left half of every film is taken for lung, but of one film, whose lungs are unknown. */
  private static Optional<LungFields> leftHalf(String file, Radiograph film) {
    return file.equals("CLEAR/image-3.jpg")
        ? Optional.empty()
        : Optional.of(LungFields.ofProbabilities(1, 2, new float[] {1, 0}));
  }

  @Test
  void measuresHeatInTheLungsByClass() throws IOException {
    OneNumber inside =
        new OneNumber(LABELS, ModelProbeTest::centre, new PixelRegion(32, 8, 64, 40), false);
    ShortcutReport report =
        ShortcutAudit.of(data())
            .copies(false)
            .model(inside, inside)
            .lungs(ModelProbeTest::leftHalf)
            .run();
    List<LungHeat> heats = report.model().orElseThrow().lungHeat();
    assertEquals(LABELS, heats.stream().map(LungHeat::label).toList());
    assertEquals(List.of(29, 30), heats.stream().map(LungHeat::films).toList());
    for (LungHeat heat : heats) {
      assertEquals(1, heat.share().value(), 0.01, "all of the heat is in the left half");
      assertEquals(0.5, heat.area(), 0.01);
      assertEquals(2, heat.gain().value(), 0.02);
    }
    assertTrue(report.verdict().contains("In the lungs lies 100 %"), report.verdict());
    assertTrue(report.toHtml().contains("Share in the lungs"));
    assertEquals(2, new JsonMapper().readTree(report.toJson()).at("/model/lungHeat").size());
    OneNumber even =
        new OneNumber(LABELS, ModelProbeTest::centre, new PixelRegion(0, 0, 128, 128), false);
    LungHeat chance =
        ShortcutAudit.of(data())
            .copies(false)
            .model(even, even)
            .lungs(ModelProbeTest::leftHalf)
            .run()
            .model()
            .orElseThrow()
            .lungHeat()
            .get(0);
    assertEquals(1, chance.gain().value(), 0.01);
  }

  @Test
  void saysWhetherFeaturesHoldTheSource() throws IOException {
    data();
    Path table = folder.resolve("patients.csv");
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(table)) {
      String patient = line.substring(line.lastIndexOf('-') + 1);
      boolean even = !line.startsWith("file") && Integer.parseInt(patient) % 2 == 0;
      lines.add(line + (line.startsWith("file") ? ",source" : even ? ",even" : ",odd"));
    }
    Files.write(table, lines);
    ImageFolder data = ImageFolder.builder(folder).patients(table).open();
    OneNumber model =
        new OneNumber(LABELS, ModelProbeTest::marker, new PixelRegion(0, 0, 12, 12), false);
    ShortcutReport report =
        ShortcutAudit.of(data)
            .copies(false)
            .model(model)
            .features(film -> new float[] {film.pixel(5, 7), film.pixel(64, 64)})
            .run();
    SourceFigures source = report.model().orElseThrow().source().orElseThrow();
    assertFalse(source.tellsSource(), source.toString());
    assertEquals(List.of("even", "odd"), source.sources());
    assertTrue(report.verdict().contains("From its features, the source"), report.verdict());
    assertTrue(report.toHtml().contains("Source told from the features"));
    assertFalse(
        new JsonMapper().readTree(report.toJson()).at("/model/source/tellsSource").asBoolean());
  }

  @Test
  void isAskedAboutTheImagesThatAreGiven() throws IOException {
    OneNumber model =
        new OneNumber(LABELS, ModelProbeTest::marker, new PixelRegion(0, 0, 12, 12), true);
    ImageFolder folder = data();
    List<LabelledRadiograph> some = new ArrayList<>(folder.items().subList(0, 7));
    some.addAll(folder.items().subList(40, 45));
    ShortcutReport report =
        ShortcutAudit.of(folder).copies(false).model(model).modelImages(some).run();
    assertEquals(12, report.model().orElseThrow().blankedRefused());
    assertEquals(12, report.model().orElseThrow().whole().orElseThrow().images());
    assertEquals(12, report.model().orElseThrow().exchanged().orElseThrow().images());
    assertTrue(report.format().contains("looks exchanged"), report.format());
  }

  @Test
  void refusalsAreCounted() throws IOException {
    OneNumber model =
        new OneNumber(LABELS, ModelProbeTest::marker, new PixelRegion(0, 0, 128, 128), true);
    ShortcutReport report = ShortcutAudit.of(data()).copies(false).model(model).run();
    ModelFigures figures = report.model().orElseThrow();
    assertEquals(60, figures.blankedRefused());
    assertTrue(figures.blanked().isEmpty());
    assertFalse(figures.readsShortcut());
    assertTrue(figures.heatOutside().isEmpty());
    assertTrue(report.verdict().contains("refused 60 images"), report.verdict());
  }

  @Test
  void aModelOfOtherClassesIsAMistake() throws IOException {
    OneNumber model =
        new OneNumber(
            List.of("A", "B"), ModelProbeTest::marker, new PixelRegion(0, 0, 9, 9), false);
    ImageFolder data = data();
    assertThrows(IllegalArgumentException.class, () -> ShortcutAudit.of(data).model(model).run());
  }

  @Test
  void anEvenHeatmapHasTheShareOfTheArea() {
    Heatmap even =
        Heatmap.ofActivations(
            "A", 1, 1, new float[] {1}, new PixelRegion(0, 0, 300, 200), 300, 200);
    assertEquals(ModelFigures.AREA_OUTSIDE, ModelProbe.shareOutside(even), 1e-9);
  }

  @Test
  void blankingLeavesTheBordersAndNothingOfTheCentre() {
    byte[] pixels = new byte[50 * 40];
    new java.util.Random(1).nextBytes(pixels);
    Radiograph original = Radiograph.ofGray8(50, 40, pixels);
    byte[] blank = ModelProbe.withoutCentre(original).toGray8();
    for (int i = 0; i < blank.length; i++) {
      int row = i / 40;
      int column = i % 40;
      boolean centre = row >= 5 && row < 45 && column >= 4 && column < 36;
      assertEquals(centre ? blank[20 * 40 + 20] : pixels[i], blank[i], row + ", " + column);
    }
    GrayGrid before = new GrayGrid(50, 40, pixels);
    GrayGrid after = new GrayGrid(50, 40, blank);
    assertArrayEquals(before.histogram(32, false, true), after.histogram(32, false, true));
  }
}
