package io.cxr.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Prediction;
import io.cxr.UnsupportedRadiographException;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.explain.Explanation;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The model that comes with the library. */
class DefaultModelTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final Path DATA = SHARED.resolve("data/chest-xray-900");

  /** Probabilities of COVID19, NORMAL and PNEUMONIA, and the novelty, of phantoms 1 to 4. */
  private static final double[][] RECORDED = {
    {0.00034, 0.99722, 0.00243, 15.4590},
    {0.00072, 0.98505, 0.01424, 9.2556},
    {0.00086, 0.99130, 0.00785, 13.0220},
    {0.00015, 0.99431, 0.00554, 9.8098}
  };

  private static OnnxClassifier gated;
  private static OnnxClassifier open;

  @BeforeAll
  static void openModel() throws IOException {
    gated = OnnxClassifier.openDefault();
    open = OnnxClassifier.builder().noveltyGate(false).open();
  }

  @AfterAll
  static void closeModel() {
    gated.close();
    open.close();
  }

  private static Radiograph phantom(int number) {
    return SyntheticChestPhantom.draw(number % 2 == 0, number);
  }

  @Test
  void answersPhantomsAsRecorded() {
    for (int i = 0; i < RECORDED.length; i++) {
      Radiograph phantom = phantom(i + 1);
      Explanation explanation = open.explain(phantom);
      double[] expected = RECORDED[i];
      Prediction prediction = explanation.prediction();
      String found = prediction.probabilities() + ", " + open.novelty(phantom);
      for (int label = 0; label < 3; label++) {
        assertEquals(
            expected[label], prediction.probabilities().get(label).probability(), 1e-3, found);
      }
      assertEquals(expected[3], open.novelty(phantom), 1e-3 * expected[3], found);
      assertEquals(14, explanation.heatmap().rows());
    }
    assertEquals(4, RECORDED.length);
  }

  @Test
  void saysWhatItIs() throws IOException {
    ModelCard card = gated.card();
    assertEquals(List.of("COVID19", "NORMAL", "PNEUMONIA"), card.labels());
    assertEquals("chest-xray", card.name());
    assertTrue(card.training().orElseThrow().patientsApart());
    assertTrue(card.calibration().isPresent());
    assertTrue(card.shortcuts().orElseThrow().found(), "the classes differ by source");
    assertEquals(6, card.thresholds().size());
    assertEquals(0.99, card.novelty().orElseThrow().kept());
    try (var file = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      assertTrue(file.readAllBytes().length <= 12_000_000);
    }
  }

  private static void assertRefused(String what, Radiograph image) {
    UnsupportedRadiographException refused =
        assertThrows(UnsupportedRadiographException.class, () -> gated.classify(image), what);
    assertEquals(UnsupportedRadiographException.Reason.NOT_A_CHEST_RADIOGRAPH, refused.reason());
  }

  @Test
  void refusesWhatIsNoChestRadiograph() {
    byte[] noise = new byte[300 * 300];
    new Random(1).nextBytes(noise);
    assertRefused("noise", Radiograph.ofGray8(300, 300, noise));
    for (int level : new int[] {0, 128, 255}) {
      byte[] flat = new byte[300 * 300];
      Arrays.fill(flat, (byte) level);
      assertRefused("gray " + level, Radiograph.ofGray8(300, 300, flat));
    }
    byte[] ramp = new byte[300 * 300];
    byte[] checks = new byte[300 * 300];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (byte) (i % 300 * 255 / 299);
      checks[i] = (byte) ((i / 300 / 30 + i % 300 / 30) % 2 * 255);
    }
    assertRefused("ramp", Radiograph.ofGray8(300, 300, ramp));
    assertRefused("checks", Radiograph.ofGray8(300, 300, checks));
    for (int number = 1; number <= 10; number++) {
      assertRefused("phantom " + number, phantom(number));
    }
  }

  @Test
  void hasTheFiguresOfItsCard() throws IOException {
    assumeTrue(Files.isDirectory(DATA), "SKIPPED: no " + DATA + "; pass -Dcxr.shared=FOLDER");
    ImageFolder folder =
        ImageFolder.builder(DATA)
            .classes(gated.card().labels())
            .patients(DATA.resolve("patients.csv"))
            .open();
    long seed = gated.card().training().orElseThrow().seed();
    List<LabelledRadiograph> validation = PatientSplit.of(folder, 0.2, seed).validation();
    int right = 0;
    int refused = 0;
    for (LabelledRadiograph item : validation) {
      Radiograph radiograph = item.read();
      right += open.classify(radiograph).top().label().equals(item.label()) ? 1 : 0;
      try {
        gated.classify(radiograph);
      } catch (UnsupportedRadiographException e) {
        refused++;
      }
    }
    double accuracy = gated.card().metrics().getOrDefault("accuracy", Double.NaN);
    // 16-bit weights may turn an answer that hangs in the balance.
    assertEquals(accuracy, (double) right / validation.size(), 1.5 / validation.size());
    assertTrue(refused <= 0.01 * validation.size() + 1, refused + " refused");
  }
}
