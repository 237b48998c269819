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
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.evaluation.Interval;
import io.cxr.model.ModelCard;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Network;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real stacks of small CNNs on images whose classes differ in where they are bright. */
class StackingTest {
  private static final List<String> LABELS = List.of("LEFT", "RIGHT");

  @TempDir static Path shared;
  @TempDir Path folder;

  /** Two stacks that differ in the labels of the test images alone. */
  private static Path honestRoot;

  private static StackingResult honest;
  private static StackingResult swapped;
  private static final List<String> STAGES = new ArrayList<>();

  @BeforeAll
  static void stackTwice() throws IOException {
    honestRoot = setAside(shared.resolve("honest"), 18, false);
    Path swappedRoot = setAside(shared.resolve("swapped"), 18, true);
    honest = run(honestRoot, shared.resolve("out/stack.onnx"), 2, STAGES::add);
    swapped = run(swappedRoot, shared.resolve("swapped.onnx"), 2, stage -> {});
  }

  private static TrainingRecipe member(Resampling resampling, long seed, int epochs) {
    return TrainingRecipe.builder(new LocalMaximaCnn())
        .preprocessing(PreprocessingSpec.of(64, 64, resampling, 3, Normalization.Kind.UNIT_RANGE))
        .batchSize(10)
        .learningRate(1e-3)
        .epochs(epochs)
        .seed(seed)
        .build();
  }

  /** Two networks that want the radiograph in two ways. */
  private static StackingRecipe recipe(int epochs) {
    return StackingRecipe.builder(
            List.of(member(Resampling.NEAREST, 1, epochs), member(Resampling.BILINEAR, 2, epochs)))
        .folds(2)
        .build();
  }

  /** Moves six images a label into test/, under their label or the other. */
  private static Path setAside(Path root, int images, boolean labelsSwapped) throws IOException {
    BrightHalves.draw(root.resolve("train"), images);
    for (String label : LABELS) {
      String told = labelsSwapped ? LABELS.get(1 - LABELS.indexOf(label)) : label;
      Path target = Files.createDirectories(root.resolve("test").resolve(told));
      for (int i = images - 6; i < images; i++) {
        String name = i + ".png";
        Files.move(
            root.resolve("train").resolve(label).resolve(name), target.resolve(label + "-" + name));
      }
    }
    return root;
  }

  private static StackingResult run(Path root, Path model, int epochs, Consumer<String> stage)
      throws IOException {
    return new Stacking(
            ImageFolder.open(root), recipe(epochs), 0.2, model, TrainingProgress.SILENT, stage)
        .run();
  }

  @Test
  void writesOneFileThatAnswersAsWasMeasured() throws Exception {
    StackingResult result = honest;
    assertTrue(STAGES.contains("Fold 2 of 2, member 2 of 2: local-maxima-cnn 2"), "" + STAGES);

    StackingReport test = result.test();
    assertEquals(12, test.images());
    assertEquals(
        List.of("local-maxima-cnn", "local-maxima-cnn 2", "stack"),
        test.models().stream().map(StackingReport.Model::name).toList());
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

    try (OnnxClassifier classifier = OnnxClassifier.open(result.model())) {
      ModelCard card = classifier.card();
      assertEquals(result.card(), card);
      assertEquals(2, card.inputs().size());
      assertTrue(classifier.canExplain());
      assertTrue(card.calibration().isPresent());
      assertFalse(card.novelty().isPresent(), "24 films are too few to fit a gate to");
      assertEquals(4, card.thresholds().size());
      Map<String, String> settings = card.training().orElseThrow().settings();
      assertEquals(test.best(), settings.get("best"));
      assertTrue(settings.get("fitted.layer").contains("24 development images"), "" + settings);
      assertTrue(settings.get("member2.epochsOfFolds").matches("\\[\\d+, \\d+]"), "" + settings);
      assertTrue(Double.parseDouble(settings.get("member2.logitScale")) > 0, "" + settings);
      assertEquals(
          12,
          card.training().orElseThrow().validationImages().values().stream()
              .mapToInt(Integer::intValue)
              .sum());
      int right = 0;
      List<LabelledRadiograph> tested =
          SplitPlan.of(0.2, 1).split(ImageFolder.open(honestRoot)).test();
      for (LabelledRadiograph item : tested) {
        right += classifier.classify(item.read()).top().label().equals(item.label()) ? 1 : 0;
      }
      assertEquals(test.stack().report().accuracy(), right / 12.0, 1e-12);
      assertEquals(
          right / 12.0,
          card.figures(Subset.TEST).orElseThrow().metrics().get("accuracy").value(),
          1e-12);
    }
    try (var files = Files.list(shared.resolve("out"))) {
      assertEquals(1, files.count(), "the model, no draft");
    }
  }

  /** Everything in the file but the figures is the same whatever the test images are called. */
  @Test
  void noLabelOfATestImageReachesTheFile() throws Exception {
    assertEquals(
        ModelProto.parseFrom(Files.readAllBytes(honest.model())).getGraph(),
        ModelProto.parseFrom(Files.readAllBytes(swapped.model())).getGraph());
    assertEquals(honest.card().calibration(), swapped.card().calibration());
    assertEquals(honest.card().thresholds(), swapped.card().thresholds());
    assertEquals(honest.card().novelty(), swapped.card().novelty());
    assertEquals(
        honest.card().training().orElseThrow().settings(),
        swapped.card().training().orElseThrow().settings());
    // The other labels did arrive where they belong.
    assertEquals(
        1,
        honest.test().stack().report().accuracy() + swapped.test().stack().report().accuracy(),
        1e-12);
    assertEquals(honest.card().metrics(), swapped.card().metrics());
    assertEquals(honest.card().conformal(), swapped.card().conformal());
    assertNotEquals(honest.card().figures(), swapped.card().figures());
  }

  /** A member of a fold answers the same whatever the images held out are called. */
  @Test
  void noLabelOfAHeldOutImageReachesItsAnswers() throws Exception {
    Path images = folder.resolve("images");
    BrightHalves.draw(images, 10);
    Set<String> held = Set.of("3.png", "7.png", "9.png");
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

  /**
   * Training for longer makes logits larger. The same network with logits of three times the size
   * is the same member: the layer sees the same of it.
   */
  @Test
  void theSizeOfAMembersLogitsDoesNotMatter() throws Exception {
    Path images = folder.resolve("images");
    BrightHalves.draw(images, 10);
    ImageFolder all = ImageFolder.open(images);
    MemberTraining trained =
        StackFit.trained(
            member(Resampling.NEAREST, 1, 1),
            all,
            recipe(1),
            new ImageFiles(),
            folder,
            TrainingProgress.SILENT);
    PatientSplit split = PatientSplit.of(all, recipe(1).validation(), recipe(1).seed());
    float[][] logits = logits(trained, split.validation());
    float[][] larger = new float[logits.length][];
    int[] truth = new int[logits.length];
    for (int i = 0; i < logits.length; i++) {
      larger[i] = new float[] {3 * logits[i][0]};
      truth[i] = LABELS.indexOf(split.validation().get(i).label());
    }
    assertEquals(
        trained.scale(), MemberScale.fit(trained.card().output(), logits, truth, LABELS.size()));
    MemberScale other = MemberScale.fit(trained.card().output(), larger, truth, LABELS.size());
    for (int i = 0; i < logits.length; i++) {
      assertArrayEquals(trained.scale().columns(logits[i]), other.columns(larger[i]), 1e-3f);
    }
  }

  private static float[][] logits(MemberTraining trained, List<LabelledRadiograph> films)
      throws IOException {
    return GraphValues.of(
        trained.member().columnsGraph(),
        trained.member().preprocessing(),
        films,
        SessionSettings.defaults());
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
            new ImageFiles(),
            folder,
            TrainingProgress.SILENT);
    return logits(trained, held);
  }

  /** Two frozen bases of random weights and one head on both: InstaCovNet-19's form, in small. */
  @Test
  void oneHeadLearnsOnTheFeaturesOfAllBases() throws Exception {
    Path root = setAside(folder.resolve("features"), 16, false);
    Path weights = folder.resolve("resnet.h5");
    RandomKerasWeights.write(
        Network.named("resnet50")
            .orElseThrow()
            .graph(Shape.map(3, 64, 64))
            .upTo("conv2_block3_out"),
        weights,
        1,
        64);
    StackingRecipe recipe =
        StackingRecipe.builder(
                List.of(base("conv2_block1", 64, weights), base("conv2_block3", 48, weights)))
            .form(StackingRecipe.Form.FEATURES)
            .folds(3)
            .build();
    Path model = folder.resolve("features.onnx");
    StackingResult result =
        new Stacking(
                ImageFolder.open(root), recipe, 0.2, model, TrainingProgress.SILENT, stage -> {})
            .run();
    assertTrue(result.test().stack().report().accuracy() >= 0.75, result.test().format());
    assertEquals(3, result.test().models().size());
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals(2, classifier.card().inputs().size());
      assertTrue(classifier.canExplain());
      Map<String, String> settings = classifier.card().training().orElseThrow().settings();
      assertEquals("features", settings.get("form"));
      assertEquals("frozen bases, fitted to nothing", settings.get("fitted.members"));
    }
  }

  private TrainingRecipe base(String lastBlock, int size, Path weights) {
    return TrainingRecipe.builder(
            PretrainedArchitecture.compactResNet50()
                .withLastLayer(lastBlock + "_out")
                .withPreprocessing(
                    PreprocessingSpec.of(
                        size, size, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN)))
        .weights(weights)
        .featureCache(folder.resolve("cache"))
        .build();
  }

  @Test
  @Tag("slow")
  void learnsAndHasANoveltyGate() throws Exception {
    Path root = setAside(folder.resolve("more"), 32, false);
    StackingResult result = run(root, folder.resolve("stack.onnx"), 8, stage -> {});
    assertTrue(result.test().stack().report().accuracy() >= 0.9, result.test().format());
    try (OnnxClassifier classifier = OnnxClassifier.open(result.model())) {
      double threshold = classifier.card().novelty().orElseThrow().threshold();
      List<LabelledRadiograph> films = ImageFolder.open(root).items();
      int familiar = 0;
      for (LabelledRadiograph film : films) {
        familiar += novelty(classifier, film.read()) <= threshold ? 1 : 0;
      }
      assertTrue(familiar >= 0.9 * films.size(), familiar + " of " + films.size());
      // Finer ones pass: see docs/training.md on channels that are dead in few training images.
      for (int square : new int[] {16, 32}) {
        double score = novelty(classifier, checkerboard(square));
        assertTrue(score > threshold, "squares of " + square + ": " + score + " of " + threshold);
      }
    }
  }

  private static double novelty(OnnxClassifier classifier, Radiograph radiograph) {
    return classifier.classifyUngated(List.of(radiograph)).get(0).novelty().orElseThrow().score();
  }

  private static Radiograph checkerboard(int square) {
    byte[] pixels = new byte[64 * 64];
    for (int i = 0; i < pixels.length; i++) {
      boolean white = (i / 64 / square + i % 64 / square) % 2 == 0;
      pixels[i] = (byte) (white ? 255 : 0);
    }
    return Radiograph.ofGray8(64, 64, pixels);
  }

  @Test
  @Tag("slow")
  void crossValidationAnswersEveryImageOnce() throws Exception {
    Path images = folder.resolve("images");
    BrightHalves.draw(images, 16);
    StackingReport report =
        new StackingCrossValidation(
                ImageFolder.open(images), recipe(2), 2, TrainingProgress.SILENT, stage -> {})
            .run();
    assertEquals(32, report.images());
    assertFalse(report.patientsApart(), "nobody knows the patients");
    assertEquals(3, report.models().size());
    report.models().forEach(model -> assertEquals(32, model.report().total()));
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
    String message = assertThrows(IllegalArgumentException.class, untrained::build).getMessage();
    assertTrue(message.contains("pretrained"), message);
  }
}
