package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.evaluation.OperatingPoints;
import io.cxr.evaluation.SubsetEvaluation;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.SubsetFigures;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.LocalMaximaCnn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is fitted after a training, from the images to the answers of the file. */
class FinishingTest {
  @TempDir Path folder;

  @Test
  void calibrationThresholdsAndGateHoldForTheFile() throws Exception {
    BrightHalves.draw(folder.resolve("images"), 120);
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    PatientSplit split = PatientSplit.of(images, 0.5, 3);
    Path model = folder.resolve("model.onnx");
    TrainingPlan plan =
        TrainingPlan.builder(
                TrainingRecipe.builder(new LocalMaximaCnn()).learningRate(1e-3).epochs(4).build(),
                TrainingData.of(images, split),
                model)
            .build();
    ModelCard card = new Trainer(plan, TrainingProgress.SILENT).train().card();
    assertTrue(card.metrics().get("expectedCalibrationError") >= 0);
    assertTrue(card.metrics().get("calibratedError") >= 0);
    assertEquals(4, card.thresholds().size(), "two labels, two aims");
    NoveltyGate gate = card.novelty().orElseThrow();
    assertEquals(0.98, gate.kept());
    assertEquals(0.95, gate.confidence());
    assertTrue(card.training().orElseThrow().finished());
    try (OnnxClassifier open = OnnxClassifier.builder(model).noveltyGate(false).open()) {
      int kept = 0;
      for (LabelledRadiograph item : split.validation()) {
        kept += open.novelty(item.read()) <= gate.threshold() ? 1 : 0;
      }
      // A bound for images that it was not fitted to.
      assertTrue(kept >= 0.97 * split.validation().size(), kept + " kept");
      for (OperatingThreshold threshold : card.thresholds()) {
        assertHolds(threshold, open, split.validation());
      }
    }
    try (OnnxClassifier gated = OnnxClassifier.open(model)) {
      // Neither half of a black image is bright.
      Radiograph black = Radiograph.ofGray8(64, 64, new byte[64 * 64]);
      UnsupportedRadiographException refused =
          assertThrows(UnsupportedRadiographException.class, () -> gated.classify(black));
      assertEquals(UnsupportedRadiographException.Reason.NOT_A_CHEST_RADIOGRAPH, refused.reason());
    }
  }

  /** The card's figure is what the file's calibrated answers give. */
  private static void assertHolds(
      OperatingThreshold threshold, OnnxClassifier classifier, List<LabelledRadiograph> items)
      throws Exception {
    boolean sensitivity = threshold.aim() == OperatingThreshold.Aim.SENSITIVITY;
    int all = 0;
    int right = 0;
    for (LabelledRadiograph item : items) {
      if (item.label().equals(threshold.label()) == sensitivity) {
        double p = classifier.classify(item.read()).probability(threshold.label());
        all++;
        boolean counts = p >= threshold.threshold();
        right += counts == sensitivity ? 1 : 0;
        assertTrue(
            Math.abs(p - threshold.threshold()) >= 0.9 * OperatingPoints.TOLERANCE,
            p + " is on the edge of " + threshold);
      }
    }
    double expected = (sensitivity ? threshold.sensitivity() : threshold.specificity()).value();
    assertTrue(expected >= 0.95 - 1e-9 || threshold.threshold() == 1, threshold.toString());
    // Exactly: the figures were taken from this very file.
    assertEquals(expected, (double) right / all, 1e-12, threshold.toString());
  }

  /** Whatever the test images are called, the file is the same but for its figures on them. */
  @Test
  void nothingIsFittedToTestImages() throws Exception {
    Path first = folder.resolve("first");
    BrightHalves.draw(first.resolve("images"), 40);
    ImageFolder images = ImageFolder.open(first.resolve("images"));
    SplitPlan plan = new SplitPlan(0.25, 0.25, List.of(), 3);
    PatientSplit split = plan.split(images);
    assertEquals(20, split.test().size());
    ModelCard card = trained(TrainingData.of(images, plan), first.resolve("model.onnx"));
    SubsetFigures test = card.figures(Subset.TEST).orElseThrow();
    assertEquals(20, test.images().values().stream().mapToInt(Integer::intValue).sum());
    assertEquals("0.25", card.training().orElseThrow().settings().get("testShare"));
    List<String> hashes = new ArrayList<>();
    int right = 0;
    int inSet = 0;
    try (OnnxClassifier open =
        OnnxClassifier.builder(first.resolve("model.onnx")).noveltyGate(false).open()) {
      for (LabelledRadiograph item : split.test()) {
        hashes.add(item.contentHash());
        Prediction prediction = open.classify(item.read());
        right += prediction.top().label().equals(item.label()) ? 1 : 0;
        inSet += prediction.labelSet().orElseThrow().labels().contains(item.label()) ? 1 : 0;
      }
    }
    assertEquals(SubsetEvaluation.filesSha256(hashes), test.filesSha256());
    assertEquals(right / 20.0, test.metrics().get("accuracy").value(), 1e-12);
    assertEquals(inSet / 20.0, test.metrics().get("labelSetCoverage").value(), 1e-12);
    assertTrue(test.metrics().containsKey("sensitivity.LEFT.at-sensitivity-0.95"), "" + test);
    // The same images with the labels of the test images exchanged.
    List<LabelledRadiograph> exchanged = new ArrayList<>();
    for (LabelledRadiograph item : split.test()) {
      String other = images.labels().get(1 - images.labels().indexOf(item.label()));
      exchanged.add(
          new LabelledRadiograph(item.file(), other, item.patient(), item.source(), item.subset()));
    }
    PatientSplit wrong =
        new PatientSplit(
            split.training(), split.validation(), exchanged, split.patientsApart(), List.of());
    ModelCard again = trained(TrainingData.of(images, wrong), folder.resolve("again.onnx"));
    assertEquals(card.metrics(), again.metrics());
    assertEquals(card.calibration(), again.calibration());
    assertEquals(card.thresholds(), again.thresholds());
    assertEquals(card.conformal(), again.conformal());
    assertEquals(card.novelty(), again.novelty());
    assertEquals(
        1 - right / 20.0,
        again.figures(Subset.TEST).orElseThrow().metrics().get("accuracy").value(),
        1e-12);
  }

  private static ModelCard trained(TrainingData data, Path model) throws Exception {
    TrainingPlan plan =
        TrainingPlan.builder(
                TrainingRecipe.builder(new LocalMaximaCnn()).learningRate(1e-3).epochs(3).build(),
                data,
                model)
            .build();
    return new Trainer(plan, TrainingProgress.SILENT).train().card();
  }
}
