package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.Interval;
import io.cxr.model.ModelCard;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.LocalMaximaCnn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real stacks of small CNNs on images whose classes differ in where they are bright. */
class StackingTest {
  private static final List<String> LABELS = List.of("LEFT", "RIGHT");

  @TempDir Path folder;
  private Path images;

  @BeforeEach
  void drawImages() throws IOException {
    images = folder.resolve("images");
    BrightHalves.draw(images, 32);
  }

  private static TrainingRecipe member(Resampling resampling, long seed, int epochs) {
    return TrainingRecipe.builder(new LocalMaximaCnn())
        .preprocessing(
            PreprocessingSpec.of(64, 64, resampling, 3, Normalization.Kind.UNIT_RANGE))
        .batchSize(10)
        .learningRate(1e-3)
        .epochs(epochs)
        .seed(seed)
        .build();
  }

  /** Two networks that want the radiograph in two ways. */
  private static StackingRecipe recipe(int epochs) {
    return StackingRecipe.builder(
            List.of(
                member(Resampling.NEAREST, 1, epochs), member(Resampling.BILINEAR, 2, epochs)))
        .folds(2)
        .build();
  }

  /** Moves a fifth of the images into test/, which then is nobody's business but the test's. */
  private void setAside(Path root, boolean labelsSwapped) throws IOException {
    BrightHalves.draw(root.resolve("train"), 32);
    for (String label : LABELS) {
      String told = labelsSwapped ? LABELS.get(1 - LABELS.indexOf(label)) : label;
      Path target = Files.createDirectories(root.resolve("test").resolve(told));
      for (int i = 26; i < 32; i++) {
        String name = i + ".png";
        Files.move(
            root.resolve("train").resolve(label).resolve(name),
            target.resolve(label + "-" + name));
      }
    }
  }

  private StackingResult run(Path root, Path model, int epochs, List<String> stages)
      throws IOException {
    return new Stacking(
            ImageFolder.open(root),
            recipe(epochs),
            0.2,
            model,
            TrainingProgress.SILENT,
            stages::add)
        .run();
  }

  @Test
  void writesOneFileThatAnswersAsWasMeasured() throws Exception {
    Path root = folder.resolve("sides");
    setAside(root, false);
    Path model = folder.resolve("out/stack.onnx");
    List<String> stages = new ArrayList<>();
    StackingResult result = run(root, model, 6, stages);
    assertTrue(stages.contains("Fold 2 of 2, member 2 of 2: local-maxima-cnn 2"), "" + stages);

    StackingReport test = result.test();
    assertEquals(12, test.images());
    assertEquals(
        List.of("local-maxima-cnn", "local-maxima-cnn 2", "stack"),
        test.models().stream().map(StackingReport.Model::name).toList());
    assertTrue(test.stack().report().accuracy() >= 0.9, test.format());
    for (StackingReport.Model each : test.models()) {
      assertEquals(12, each.report().total());
      Interval accuracy = each.figures().get("accuracy");
      assertEquals(each.report().accuracy(), accuracy.value(), 1e-12);
      assertTrue(accuracy.low() <= accuracy.value() && accuracy.value() <= accuracy.high());
    }
    StackingReport.Model best =
        test.models().stream().filter(each -> each.name().equals(test.best())).findFirst().get();
    assertEquals(
        test.stack().report().accuracy() - best.report().accuracy(),
        test.differences().get("accuracy").value(),
        1e-12);
    assertTrue(test.format().contains("stack - " + test.best()), test.format());

    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      ModelCard card = classifier.card();
      assertEquals(result.card(), card);
      assertEquals(2, card.inputs().size());
      assertTrue(classifier.canExplain());
      assertTrue(card.novelty().isPresent() && card.calibration().isPresent());
      assertEquals(4, card.thresholds().size());
      Map<String, String> settings = card.training().orElseThrow().settings();
      assertEquals(test.best(), settings.get("best"));
      assertTrue(settings.get("fitted.layer").contains("52 development images"), "" + settings);
      assertTrue(settings.get("member2.epochsOfFolds").matches("\\[\\d+, \\d+]"), "" + settings);
      assertEquals(12, card.training().orElseThrow().validationImages().values().stream()
          .mapToInt(Integer::intValue).sum());
      int right = 0;
      List<LabelledRadiograph> tested =
          ImageFolder.open(root).givenSplit().orElseThrow().validation();
      for (LabelledRadiograph item : tested) {
        right += classifier.classify(item.read()).top().label().equals(item.label()) ? 1 : 0;
      }
      assertEquals(test.stack().report().accuracy(), right / 12.0, 1e-12);
    }
    try (var files = Files.list(folder.resolve("out"))) {
      assertEquals(1, files.count(), "the model, no draft");
    }
  }

  /** Everything in the file but the figures is the same whatever the test images are called. */
  @Test
  void noLabelOfATestImageReachesTheFile() throws Exception {
    Path honest = folder.resolve("honest");
    Path swapped = folder.resolve("swapped");
    setAside(honest, false);
    setAside(swapped, true);
    StackingResult first = run(honest, folder.resolve("a.onnx"), 3, new ArrayList<>());
    StackingResult second = run(swapped, folder.resolve("b.onnx"), 3, new ArrayList<>());
    assertEquals(
        ModelProto.parseFrom(Files.readAllBytes(first.model())).getGraph(),
        ModelProto.parseFrom(Files.readAllBytes(second.model())).getGraph());
    assertEquals(first.card().calibration(), second.card().calibration());
    assertEquals(first.card().thresholds(), second.card().thresholds());
    assertEquals(first.card().novelty(), second.card().novelty());
    assertEquals(
        first.card().training().orElseThrow().settings(),
        second.card().training().orElseThrow().settings());
    // The other labels did arrive where they belong.
    assertEquals(
        1,
        first.test().stack().report().accuracy() + second.test().stack().report().accuracy(),
        1e-12);
    assertNotEquals(first.card().metrics(), second.card().metrics());
  }

  /** A member of a fold answers the same whatever the images held out are called. */
  @Test
  void noLabelOfAHeldOutImageReachesItsAnswers() throws Exception {
    Set<String> held = Set.of("3.png", "7.png", "20.png");
    float[][] honest = heldOut(images, held);
    for (String name : held) {
      Path spare = folder.resolve("spare.png");
      Files.move(images.resolve("LEFT").resolve(name), spare);
      Files.move(images.resolve("RIGHT").resolve(name), images.resolve("LEFT").resolve(name));
      Files.move(spare, images.resolve("RIGHT").resolve(name));
    }
    float[][] swapped = heldOut(images, held);
    assertEquals(6, honest.length);
    for (int i = 0; i < 6; i++) {
      assertArrayEquals(honest[i], swapped[(i + 3) % 6]);
    }
    assertFalse(honest[0][0] == honest[3][0], "images of two classes");
  }

  private float[][] heldOut(Path root, Set<String> names) throws IOException {
    ImageFolder all = ImageFolder.open(root);
    List<LabelledRadiograph> held =
        all.items().stream()
            .filter(item -> names.contains(item.file().getFileName().toString()))
            .toList();
    MemberTraining trained =
        StackFit.trained(
            member(Resampling.NEAREST, 1, 1),
            all.without(new HashSet<>(held)),
            recipe(1),
            folder,
            TrainingProgress.SILENT);
    return GraphValues.of(
        trained.member().columnsGraph(), trained.member().preprocessing(), held);
  }

  @Test
  void crossValidationAnswersEveryImageOnce() throws Exception {
    StackingReport report =
        new StackingCrossValidation(
                ImageFolder.open(images), recipe(2), 2, TrainingProgress.SILENT, stage -> {})
            .run();
    assertEquals(64, report.images());
    assertFalse(report.patientsApart(), "nobody knows the patients");
    assertEquals(3, report.models().size());
    report.models().forEach(model -> assertEquals(64, model.report().total()));
    assertTrue(report.best().contains("local-maxima-cnn"), report.best());
    assertTrue(report.format().contains("patients may be on both sides"), report.format());
  }

  @Test
  void refusesWhatIsNoStack() {
    assertThrows(
        IllegalArgumentException.class,
        () -> StackingRecipe.builder(List.of(member(Resampling.NEAREST, 1, 1))).build());
    StackingRecipe.Builder untrained =
        StackingRecipe.builder(
                List.of(member(Resampling.NEAREST, 1, 1), member(Resampling.NEAREST, 2, 1)))
            .form(StackingRecipe.Form.FEATURES);
    String message =
        assertThrows(IllegalArgumentException.class, untrained::build).getMessage();
    assertTrue(message.contains("pretrained"), message);
  }
}
