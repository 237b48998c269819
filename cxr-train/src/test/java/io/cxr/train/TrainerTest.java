package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.Calibration;
import io.cxr.model.ModelCard;
import io.cxr.model.TrainingProvenance;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.ReportCnn;
import io.cxr.train.export.NoveltyStatistic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Real trainings of the small CNN on images whose classes differ in where they are bright. */
class TrainerTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void drawImages() throws IOException {
    model = folder.resolve("out/model.onnx");
    BrightHalves.draw(folder.resolve("images"), 20);
  }

  private static TrainingRecipe.Builder recipe() {
    return TrainingRecipe.builder(new LocalMaximaCnn()).batchSize(10).learningRate(1e-3).epochs(3);
  }

  private TrainingPlan plan(TrainingRecipe.Builder recipe) throws IOException {
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    PatientSplit split = PatientSplit.of(images, 0.25, 3);
    TrainingData data = TrainingData.of("bright halves", images.labels(), split);
    return TrainingPlan.builder(recipe.build(), data, model).build();
  }

  private TrainingResult train(TrainingRecipe.Builder recipe) throws IOException {
    return new Trainer(plan(recipe), TrainingProgress.SILENT).train();
  }

  @Test
  void learnsAndWritesWhatItMeasured() throws Exception {
    TrainingResult result =
        train(recipe().epochs(12).earlyStopping(new EarlyStopping(0.001, 4, true)));
    assertTrue(result.validation().accuracy() >= 0.9, result.validation().format());

    TrainingHistory.Epoch best = result.history().epochs().get(result.bestEpoch() - 1);
    for (TrainingHistory.Epoch epoch : result.history().epochs()) {
      assertTrue(epoch.validationLoss() >= best.validationLoss());
    }
    // The file answers as the network did, but for answers that hang in the balance.
    int images = result.validation().total();
    assertEquals(best.validationAccuracy(), result.validation().accuracy(), 1.5 / images);
    TrainingProvenance provenance = result.card().training().orElseThrow();
    assertEquals(result.bestEpoch(), provenance.bestEpoch());
    assertEquals("bright halves", provenance.data());

    // The file says the same as the training did, on images that it reads and preprocesses itself.
    PatientSplit split = PatientSplit.of(ImageFolder.open(folder.resolve("images")), 0.25, 3);
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals(result.card(), classifier.card());
      double loss = 0;
      for (LabelledRadiograph item : split.validation()) {
        loss -=
            Math.log(uncalibrated(classifier.classify(item.read()), item.label(), result.card()));
      }
      assertEquals(best.validationLoss(), loss / split.validation().size(), 1e-4);
    }

    List<String> csv = Files.readAllLines(folder.resolve("out/model.history.csv"));
    assertEquals(
        "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy,seconds",
        csv.get(0));
    assertEquals(1 + result.history().epochs().size(), csv.size());
    String json = Files.readString(folder.resolve("out/model.history.json"));
    assertTrue(json.contains("\"validationLoss\" : " + best.validationLoss()), json);
    try (var files = Files.list(folder.resolve("out"))) {
      assertEquals(3, files.count(), "model, CSV and JSON, no temporary file");
    }
  }

  /** Undoes Platt's calibration, which the classifier applied. */
  private static double uncalibrated(Prediction prediction, String label, ModelCard card) {
    Calibration.Platt platt = (Calibration.Platt) card.calibration().orElseThrow();
    double second = prediction.probability(card.labels().get(1));
    double logit = (Math.log(second / (1 - second)) - platt.intercept()) / platt.slope();
    double p = 1 / (1 + Math.exp(-logit));
    return label.equals(card.labels().get(1)) ? p : 1 - p;
  }

  @Test
  void theSeedDecidesTheWeights() throws Exception {
    train(recipe().epochs(1));
    byte[] first = Files.readAllBytes(model);
    train(recipe().epochs(1));
    assertArrayEquals(first, Files.readAllBytes(model), "same seed");
    train(recipe().epochs(1).seed(2));
    assertFalse(Arrays.equals(first, Files.readAllBytes(model)), "another seed");
  }

  @Test
  void anInterruptedTrainingLeavesItsBestModelWhole() throws Exception {
    TrainingProgress interruption =
        new TrainingProgress() {
          @Override
          public void stepDone(int epoch, int epochs, int step, int steps, double l, double a) {
            if (epoch == 2 && step == 2) {
              throw new IllegalStateException("interrupted");
            }
          }
        };
    Trainer trainer = new Trainer(plan(recipe()), interruption);
    assertThrows(IllegalStateException.class, trainer::train);
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals(1, classifier.card().training().orElseThrow().bestEpoch());
    }
    assertEquals(2, Files.readAllLines(folder.resolve("out/model.history.csv")).size());
  }

  @Test
  void stopsEarlyAndKeepsTheBestOrTheLast() throws Exception {
    // No gain is ever as large as 100, so patience runs out at once.
    TrainingResult best = train(recipe().epochs(9).earlyStopping(new EarlyStopping(100, 2, true)));
    assertEquals(3, best.history().epochs().size());
    TrainingResult last = train(recipe().epochs(9).earlyStopping(new EarlyStopping(100, 2, false)));
    assertEquals(3, last.card().training().orElseThrow().bestEpoch());
    double loss = 0;
    List<LabelledRadiograph> validation =
        PatientSplit.of(ImageFolder.open(folder.resolve("images")), 0.25, 3).validation();
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      for (LabelledRadiograph item : validation) {
        Prediction prediction = classifier.classify(item.read());
        loss -= Math.log(uncalibrated(prediction, item.label(), classifier.card()));
      }
    }
    assertEquals(last.history().epochs().get(2).validationLoss(), loss / validation.size(), 1e-4);
  }

  @Test
  void classWeightsMoveTheAnswersTowardsTheWeightedClass() throws Exception {
    double left = meanProbabilityOfLeft(Map.of("LEFT", 20.0));
    double right = meanProbabilityOfLeft(Map.of("RIGHT", 20.0));
    assertTrue(left > right + 0.1, left + " and " + right);
  }

  private double meanProbabilityOfLeft(Map<String, Double> weights) throws Exception {
    train(recipe().epochs(1).stepsPerEpoch(2).classWeights(weights));
    double sum = 0;
    List<LabelledRadiograph> items = ImageFolder.open(folder.resolve("images")).items();
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      for (LabelledRadiograph item : items) {
        // Calibration sees to it that the mean answer is the validation images' share.
        sum += uncalibrated(classifier.classify(item.read()), "LEFT", classifier.card());
      }
    }
    return sum / items.size();
  }

  @Test
  void balancedWeightsAreThoseOfScikitLearn() throws Exception {
    for (int i = 0; i < 12; i++) {
      Files.delete(folder.resolve("images/LEFT/" + i + ".png"));
    }
    TrainingPlan plan = plan(recipe().balancedClassWeights());
    Map<String, Integer> counts = plan.data().countByLabel(plan.data().training());
    int all = counts.get("LEFT") + counts.get("RIGHT");
    assertEquals(all / (2.0 * counts.get("LEFT")), plan.imageWeights().named().get("LEFT"));
    assertEquals(all / (2.0 * counts.get("RIGHT")), plan.imageWeights().named().get("RIGHT"));
  }

  @Test
  void anEpochThatIsNotTheBestIsInTheHistoryOnly() throws Exception {
    List<Boolean> best = new ArrayList<>();
    TrainingProgress progress =
        new TrainingProgress() {
          @Override
          public void epochDone(TrainingHistory.Epoch figures, int epochs, boolean written) {
            best.add(written);
          }
        };
    TrainingResult result =
        new Trainer(
                plan(recipe().epochs(5).noEarlyStopping().monitor(Monitor.VALIDATION_ACCURACY)),
                progress)
            .train();
    assertEquals(5, best.size());
    assertEquals(true, best.get(result.bestEpoch() - 1));
    assertFalse(best.subList(result.bestEpoch(), 5).contains(true));
  }

  @Test
  void aLossThatIsNoNumberStopsTheTraining() throws Exception {
    ComputationGraph head =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("features")
                .addLayer(
                    "predictions",
                    new OutputLayer.Builder(LossFunction.XENT)
                        .nIn(2)
                        .nOut(1)
                        .activation(Activation.SIGMOID)
                        .build(),
                    "features")
                .setOutputs("predictions")
                .build());
    head.init();
    float[][] features = {{0, 1}, {Float.NaN, 1}};
    Samples samples =
        new FeatureSamples(
            new FeatureSamples.Features() {
              @Override
              public int width() {
                return 2;
              }

              @Override
              public void copy(int index, int view, float[] into, int offset) {
                System.arraycopy(features[index], 0, into, offset, 2);
              }
            },
            new int[] {0, 1},
            Optional.empty(),
            0,
            false,
            1);
    LearningTask task =
        new LearningTask() {
          @Override
          public Learner learner(TrainingPlan plan) {
            return new GradientDescent(plan, head, samples, samples);
          }

          @Override
          public Samples training() {
            return samples;
          }

          @Override
          public Samples validation() {
            return samples;
          }

          @Override
          public Optional<String> weightsHash() {
            return Optional.empty();
          }

          @Override
          public Optional<byte[]> lastMapMeans() {
            return Optional.empty();
          }

          @Override
          public boolean lastMapIsFrozen() {
            return false;
          }

          @Override
          public void export(ModelCard card, Optional<NoveltyStatistic> novelty, Path file) {
            throw new AssertionError("nothing is worth writing");
          }
        };
    Trainer trainer = new Trainer(plan(recipe()), TrainingProgress.SILENT);
    TrainingDivergedException diverged =
        assertThrows(TrainingDivergedException.class, () -> trainer.fit(task));
    assertTrue(diverged.getMessage().contains("0.001"), diverged.getMessage());
    assertTrue(diverged.getMessage().contains("No model was written"), diverged.getMessage());
  }

  @Test
  void aDamagedImageIsNamed() throws Exception {
    Path damaged = folder.resolve("images/LEFT/3.png");
    Files.write(damaged, Arrays.copyOf(Files.readAllBytes(damaged), 200));
    UnsupportedRadiographException refused =
        assertThrows(UnsupportedRadiographException.class, () -> train(recipe()));
    assertTrue(refused.getMessage().contains("3.png"), refused.getMessage());
    assertFalse(Files.exists(model));
  }

  @Test
  void settingsThatDoNotFitAreRefused() throws Exception {
    assertThrows(IllegalArgumentException.class, () -> recipe().epochs(0).build());
    assertThrows(IllegalArgumentException.class, () -> recipe().batchSize(0).build());
    assertThrows(IllegalArgumentException.class, () -> recipe().stepsPerEpoch(0).build());
    assertThrows(IllegalArgumentException.class, () -> recipe().learningRate(Double.NaN).build());
    assertThrows(IllegalArgumentException.class, () -> recipe().weights(model).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> recipe().preprocessing(new ReportCnn().preprocessing()).build());
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> TrainingRecipe.builder(PretrainedArchitecture.resNet50()).build())
            .getMessage();
    assertTrue(message.contains(".h5"), message);
    message =
        assertThrows(
                IllegalArgumentException.class,
                () -> plan(recipe().classWeights(Map.of("UP", 1.0))))
            .getMessage();
    assertTrue(message.contains("UP"), message);
  }

  @Test
  void aRecipeIsOfItsOwnHoweverItsBuilderGoesOn() throws Exception {
    TrainingRecipe.Builder builder = recipe().epochs(2).classWeights(Map.of("LEFT", 3.0));
    TrainingRecipe first = builder.build();
    TrainingRecipe second = builder.epochs(9).balancedClassWeights().build();
    assertEquals(2, first.epochs());
    assertEquals(Map.of("LEFT", 3.0), plan(first.toBuilder()).imageWeights().named());
    assertEquals(9, second.epochs());
    assertEquals(
        Map.of("LEFT", 1.0, "RIGHT", 1.0), plan(second.toBuilder()).imageWeights().named());
  }

  @Test
  void dataThatCannotBeLearntFromIsRefused() throws Exception {
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    PatientSplit split = PatientSplit.of(images, 0.25, 3);
    assertThrows(
        IllegalArgumentException.class, () -> TrainingData.of("one", List.of("LEFT"), split));
    assertThrows(
        IllegalArgumentException.class,
        () -> TrainingData.of("twice", List.of("LEFT", "LEFT"), split));
    assertThrows(
        IllegalArgumentException.class,
        () -> TrainingData.of("no image", List.of("LEFT", "RIGHT", "UP"), split));
    assertThrows(
        IllegalArgumentException.class,
        () -> TrainingData.of("another label", List.of("LEFT", "UP"), split));
  }
}
