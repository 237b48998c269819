package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.evaluation.OperatingPoints;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OperatingThreshold;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.nio.file.Path;
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
                QuickRecipe.in(folder).epochs(4).build(), TrainingData.of(images, split), model)
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
}
