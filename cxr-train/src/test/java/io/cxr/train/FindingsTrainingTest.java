package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.dataset.FindingStates;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelTable;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.model.Calibration;
import io.cxr.model.Measurement;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.model.SubsetFigures;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real trainings on findings of which some are unknown, and on measured values. */
class FindingsTrainingTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void draw() throws IOException {
    DrawnFindings.draw(folder, 160);
    model = folder.resolve("model.onnx");
  }

  private LabelTable findings() throws IOException {
    return LabelTable.builder(folder.resolve(DrawnFindings.CELLS))
        .findings(DrawnFindings.NAMES)
        .open();
  }

  private TrainingPlan plan(ImageSet images, TrainingRecipe.Builder recipe) throws IOException {
    TrainingData data = TrainingData.of(images, new SplitPlan(0.25, 0.2, List.of(), 3));
    return TrainingPlan.builder(recipe.build(), data, model).build();
  }

  private TrainingRecipe.Builder scratch() {
    return TrainingRecipe.builder(new LocalMaximaCnn())
        .batchSize(16)
        .learningRate(1e-3)
        .epochs(6)
        .noEarlyStopping();
  }

  private TrainingRecipe.Builder frozen(UnaryOperator<TrainingRecipe.Builder> settings)
      throws IOException {
    PretrainedArchitecture base =
        PretrainedArchitecture.vgg16()
            .withLastLayer("block2_pool")
            .withPooling(Pooling.FLATTEN)
            .withPreprocessing(
                PreprocessingSpec.of(
                    32, 32, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
    Path weights = folder.resolve("vgg16.h5");
    if (!Files.exists(weights)) {
      RandomKerasWeights.write(base.layers(), weights, 1, 0.5);
    }
    return settings.apply(
        TrainingRecipe.builder(base)
            .weights(weights)
            .featureCache(folder.resolve("cache"))
            .batchSize(16)
            .learningRate(3e-3)
            .epochs(12)
            .noEarlyStopping());
  }

  /** What every model of findings has to have, whatever found its weights. */
  private void assertLearnt(TrainingPlan plan, double least) throws IOException {
    TrainingResult result = new Trainer(plan, TrainingProgress.SILENT).train();
    ModelCard card = result.card();
    assertEquals(new Task.Findings(DrawnFindings.NAMES), card.task());
    assertEquals(OutputActivation.SIGMOID, card.output());
    assertTrue(result.report().isEmpty());
    assertThrows(IllegalStateException.class, result::validation);
    assertTrue(card.calibration().orElseThrow() instanceof Calibration.PlattPerFinding);
    SubsetFigures tested = card.figures(Subset.TEST).orElseThrow();
    for (String finding : DrawnFindings.NAMES) {
      double area = tested.metrics().get("auroc." + finding).value();
      assertTrue(area > least, () -> finding + " " + tested.metrics());
    }
    TrainingHistory.Epoch best = result.history().epochs().get(result.bestEpoch() - 1);
    for (TrainingHistory.Epoch epoch : result.history().epochs()) {
      assertTrue(epoch.validationAuroc() <= best.validationAuroc());
    }
    assertTrue(result.history().toCsv().contains("validation_auroc"));
    assertEquals(result.history(), TrainingHistory.fromJson(result.history().toJson()));
    assertEquals("validation_auroc", card.training().orElseThrow().settings().get("monitor"));

    // The file tells each finding by itself, and shows where it is.
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      int all = 0;
      int right = 0;
      int pointed = 0;
      int explained = 0;
      for (LabelledRadiograph item : plan.data().test()) {
        Prediction prediction = classifier.classify(item.read());
        FindingStates truth = item.findings();
        for (int i = 0; i < DrawnFindings.NAMES.size(); i++) {
          String finding = DrawnFindings.NAMES.get(i);
          LabelState state = truth.state(i);
          if (state.isKnown()) {
            all++;
            right +=
                prediction.probability(finding) >= 0.5 == (state == LabelState.PRESENT) ? 1 : 0;
          }
          if (state == LabelState.PRESENT && explained < 40) {
            Explanation explanation = classifier.explain(item.read(), finding);
            assertEquals(finding, explanation.heatmap().label());
            explained++;
            pointed += quarter(explanation.heatmap()) == i ? 1 : 0;
          }
        }
      }
      assertTrue(right >= 0.85 * all, right + " of " + all);
      // By chance a quarter.
      assertTrue(pointed >= 0.35 * explained, pointed + " of " + explained);
    }
  }

  /** The quarter in which most of the heat is. */
  private static int quarter(Heatmap heatmap) {
    double[] sums = new double[4];
    for (int row = 0; row < heatmap.rows(); row++) {
      for (int column = 0; column < heatmap.columns(); column++) {
        int quarter = (row < heatmap.rows() / 2 ? 0 : 2) + (column < heatmap.columns() / 2 ? 0 : 1);
        sums[quarter] += heatmap.value(row, column);
      }
    }
    int hottest = 0;
    for (int quarter = 1; quarter < 4; quarter++) {
      hottest = sums[quarter] > sums[hottest] ? quarter : hottest;
    }
    return hottest;
  }

  @Test
  @Tag("slow")
  void aNetworkFromScratchLearnsFindings() throws Exception {
    assertLearnt(plan(findings(), scratch().epochs(20)), 0.8);
  }

  @Test
  @Tag("slow")
  void aHeadLearnsFindingsByAdam() throws Exception {
    assertLearnt(plan(findings(), frozen(recipe -> recipe.balance(Balance.LABELS))), 0.9);
  }

  @Test
  void aHeadLearnsFindingsByLbfgs() throws Exception {
    TrainingPlan plan = plan(findings(), frozen(recipe -> recipe.solver(new Solver.Lbfgs())));
    assertLearnt(plan, 0.9);
    // Findings do not touch each other: one alone is learnt to the same weights.
    LinearHead three = fitted(plan);
    LabelTable one =
        LabelTable.builder(folder.resolve(DrawnFindings.CELLS))
            .findings(List.of(DrawnFindings.NAMES.get(1)))
            .open();
    TrainingData alone =
        TrainingData.of(
            "one",
            new Task.Findings(one.labels()),
            new PatientSplit(
                same(one, plan.data().training()),
                same(one, plan.data().validation()),
                true,
                List.of()));
    LinearHead single = fitted(TrainingPlan.builder(plan.recipe(), alone, model).build());
    double[] expected = new double[single.model().features()];
    double[] found = new double[expected.length];
    for (int feature = 0; feature < expected.length; feature++) {
      expected[feature] = single.model().weight(feature, 0);
      found[feature] = three.model().weight(feature, 1);
    }
    assertArrayEquals(expected, found, 2e-3);
  }

  private static List<LabelledRadiograph> same(LabelTable table, List<LabelledRadiograph> items) {
    List<Path> files = items.stream().map(LabelledRadiograph::file).toList();
    return table.items().stream().filter(item -> files.contains(item.file())).toList();
  }

  private static LinearHead fitted(TrainingPlan plan) throws IOException {
    FrozenBaseTask task = FrozenBaseTask.of(plan, List.of(), TrainingProgress.SILENT);
    LinearHead head = (LinearHead) task.learner(plan);
    head.startEpoch(1);
    assertTrue(head.step());
    return head;
  }

  private void assertMeasures(TrainingPlan plan, double error) throws IOException {
    TrainingResult result = new Trainer(plan, TrainingProgress.SILENT).train();
    ModelCard card = result.card();
    assertEquals(
        new Task.Measurements(List.of(new Measurement("brightness", "{level}"))), card.task());
    assertEquals(OutputActivation.IDENTITY, card.output());
    Map<String, ?> metrics = card.figures(Subset.TEST).orElseThrow().metrics();
    SubsetFigures tested = card.figures(Subset.TEST).orElseThrow();
    // Values lie from 10 to 22; by chance an error of 3 is usual.
    assertTrue(
        tested.metrics().get("meanAbsoluteError.brightness").value() < error, metrics::toString);
    assertTrue(tested.metrics().get("pearson.brightness").value() > 0.75, metrics::toString);
    assertTrue(Double.isNaN(result.history().epochs().get(0).validationAccuracy()));
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      LabelledRadiograph item = plan.data().test().get(0);
      double value = classifier.classify(item.read()).measurement("brightness").value();
      assertEquals(item.measured().value(0).orElseThrow(), value, 5);
    }
  }

  private LabelTable brightness() throws IOException {
    return LabelTable.builder(folder.resolve(DrawnFindings.CELLS))
        .measurements(Map.of("brightness", "{level}"))
        .open();
  }

  @Test
  void aHeadMeasuresInTheUnitOfTheTable() throws Exception {
    assertMeasures(plan(brightness(), frozen(recipe -> recipe.solver(new Solver.Lbfgs()))), 1.5);
  }

  @Test
  @Tag("slow")
  void aNetworkFromScratchMeasuresInTheUnitOfTheTable() throws Exception {
    assertMeasures(plan(brightness(), scratch().epochs(12).loss(new Loss.Huber(1))), 2.4);
  }

  @Test
  void whatDoesNotFitTheTaskIsRefused() throws Exception {
    LabelTable images = findings();
    for (TrainingRecipe.Builder wrong :
        List.of(
            scratch().loss(new Loss.Focal(2)),
            scratch().loss(new Loss.Huber(1)),
            frozen(recipe -> recipe.blankedCentres(true)),
            frozen(recipe -> recipe.balance(Balance.SOURCES)))) {
      assertThrows(IllegalArgumentException.class, () -> plan(images, wrong));
    }
    LabelTable values = brightness();
    for (TrainingRecipe.Builder wrong :
        List.of(
            scratch().monitor(Monitor.VALIDATION_AUROC),
            scratch().labelSmoothing(0.1),
            scratch().balance(Balance.LABELS))) {
      assertThrows(IllegalArgumentException.class, () -> plan(values, wrong));
    }
    assertFalse(Files.exists(model));
  }

  @Test
  @Tag("slow")
  void aTrainingOfFindingsIsTheSameTwice() throws Exception {
    TrainingPlan plan = plan(findings(), scratch().epochs(1));
    new Trainer(plan, TrainingProgress.SILENT).train();
    byte[] first = Files.readAllBytes(model);
    new Trainer(plan, TrainingProgress.SILENT).train();
    assertArrayEquals(first, Files.readAllBytes(model));
  }
}
