package io.cxr.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.ModelCard;
import io.cxr.model.TrainingProvenance;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model that comes with the library. */
class DefaultModelTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final Path DATA = SHARED.resolve("data/chest-xray-900");
  private static final Path MANY = SHARED.resolve("data/many-hospitals");
  private static final Path ORIGINALS = SHARED.resolve("data/originals");

  /** Probabilities of COVID19, NORMAL and PNEUMONIA, and the novelty, of phantoms 1 to 4. */
  private static final double[][] RECORDED = {
    {0.99907, 0.00014, 0.00078, 9.0141},
    {0.98069, 0.00123, 0.01808, 4.7958},
    {0.99970, 0.00011, 0.00019, 7.8656},
    {0.98999, 0.00018, 0.00983, 5.0350}
  };

  private static OnnxClassifier gated;
  private static OnnxClassifier open;

  @BeforeAll
  static void openModel() throws IOException {
    gated = OnnxClassifier.openDefault();
    open = OnnxClassifier.builder().noveltyGate(false).viewGate(false).open();
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
    assertEquals(0.98, card.novelty().orElseThrow().kept());
    assertTrue(card.training().orElseThrow().finished());
    try (var file = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      assertTrue(file.readAllBytes().length <= 1_000_000);
    }
  }

  private static void assertRefused(String what, Radiograph image) {
    UnsupportedRadiographException refused =
        assertThrows(UnsupportedRadiographException.class, () -> gated.classify(image), what);
    assertEquals(Reason.NOT_A_CHEST_RADIOGRAPH, refused.reason(), what);
    assertTrue(open.novelty(image) > threshold(), what);
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
    // Drawings of chests are close to them; most are refused all the same.
    int refused = 0;
    for (int number = 1; number <= 10; number++) {
      refused += open.classify(phantom(number)).refusal().isPresent() ? 1 : 0;
    }
    assertTrue(refused >= 7, refused + " of 10 phantoms");
  }

  /** The images of the model's card, in one folder of links, with their patients and sources. */
  private static ImageFolder trainingData(Path folder) throws IOException {
    List<String> table = new ArrayList<>(List.of("file,label,patient,source"));
    link(folder, "many", MANY, Files.readAllLines(MANY.resolve("images.csv")), "LATERAL", table);
    link(folder, "nih", DATA, Files.readAllLines(DATA.resolve("patients.csv")), "COVID19", table);
    Path csv = folder.resolve("images.csv");
    Files.write(csv, table);
    return ImageFolder.builder(folder).classes(gated.card().labels()).patients(csv).open();
  }

  private static void link(
      Path folder, String name, Path data, List<String> lines, String without, List<String> table)
      throws IOException {
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.strip().split(",", -1);
      String label = fields[1];
      if (label.equals(without)) {
        continue;
      }
      Path link = folder.resolve(label).resolve(name);
      if (!Files.exists(link)) {
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, data.resolve(label).toAbsolutePath());
      }
      String source = fields.length > 3 ? fields[3] : name;
      table.add(
          fields[0].replaceFirst("/", "/" + name + "/")
              + ","
              + label
              + ","
              + fields[2]
              + ","
              + source);
    }
  }

  @Test
  @Tag("slow")
  void hasTheFiguresOfItsCard(@TempDir Path folder) throws IOException {
    assumeTrue(
        Files.isDirectory(DATA) && Files.isDirectory(MANY),
        "SKIPPED: no " + DATA + " and " + MANY + "; pass -Dcxr.shared=FOLDER");
    TrainingProvenance training = gated.card().training().orElseThrow();
    List<LabelledRadiograph> test =
        SplitPlan.of(training.settings(), training.seed())
            .orElseThrow()
            .split(trainingData(folder))
            .test();
    int right = 0;
    int refused = 0;
    for (LabelledRadiograph item : test) {
      Prediction prediction = open.classify(item.read());
      right += prediction.top().label().equals(item.label()) ? 1 : 0;
      refused += prediction.refusal().isPresent() ? 1 : 0;
    }
    double accuracy =
        gated.card().figures(Subset.TEST).orElseThrow().metrics().get("accuracy").value();
    // Answers between two labels that hang in the balance may turn on another processor.
    assertEquals(accuracy, (double) right / test.size(), 2.5 / test.size());
    System.out.printf(
        Locale.ROOT, "%d test images, %.3f right, %d refused%n", test.size(), accuracy, refused);
    assertTrue(refused <= 0.03 * test.size(), refused + " of " + test.size());
  }

  private static double threshold() {
    return gated.card().novelty().orElseThrow().threshold();
  }

  @Test
  void answersTheOriginals() throws IOException {
    assumeTrue(
        Files.isDirectory(ORIGINALS), "SKIPPED: no " + ORIGINALS + "; pass -Dcxr.shared=FOLDER");
    int answered = 0;
    for (LabelledRadiograph item : ImageFolder.open(ORIGINALS).items()) {
      Prediction prediction = open.classify(item.read());
      double novelty = prediction.novelty().orElseThrow().score();
      assertTrue(novelty <= threshold(), item.file() + " has a novelty of " + novelty);
      answered += prediction.refusal().isEmpty() ? 1 : 0;
    }
    assertTrue(answered >= 54, answered + " of 55 answered");
  }

  /** Radiologists' boxes (NIH): the heat of PNEUMONIA is denser in them than elsewhere. */
  @Test
  void heatmapsAreHotterWhereRadiologistsSawSomething() throws IOException {
    Path boxes = DATA.resolve("boxes.csv");
    assumeTrue(Files.exists(boxes), "SKIPPED: no " + boxes + "; pass -Dcxr.shared=FOLDER");
    Map<String, List<double[]>> byFile = new LinkedHashMap<>();
    for (String line : Files.readAllLines(boxes)) {
      String[] fields = line.strip().split(",", -1);
      if (fields.length > 5 && !fields[0].equals("file")) {
        double[] box = new double[4];
        Arrays.setAll(box, i -> Double.parseDouble(fields[2 + i]));
        byFile.computeIfAbsent(fields[0], file -> new ArrayList<>()).add(box);
      }
    }
    int hits = 0;
    double heat = 0;
    double area = 0;
    for (Map.Entry<String, List<double[]>> film : byFile.entrySet()) {
      Heatmap map =
          open.explain(Radiograph.read(DATA.resolve(film.getKey())), "PNEUMONIA").heatmap();
      float hottest = -1;
      boolean hit = false;
      double inside = 0;
      double all = 1e-9;
      int cells = 0;
      for (int row = 0; row < map.rows(); row++) {
        for (int column = 0; column < map.columns(); column++) {
          double x = (column + 0.5) / map.columns();
          double y = (row + 0.5) / map.rows();
          boolean in =
              film.getValue().stream()
                  .anyMatch(
                      box ->
                          x >= box[0]
                              && x <= box[0] + box[2]
                              && y >= box[1]
                              && y <= box[1] + box[3]);
          float value = map.value(row, column);
          all += value;
          inside += in ? value : 0;
          cells += in ? 1 : 0;
          if (value > hottest) {
            hottest = value;
            hit = in;
          }
        }
      }
      hits += hit ? 1 : 0;
      heat += inside / all / byFile.size();
      area += (double) cells / map.rows() / map.columns() / byFile.size();
    }
    System.out.printf(
        Locale.ROOT,
        "Heatmaps of PNEUMONIA on %d films: hottest point in a box in %d; %.3f of the heat in %.3f"
            + " of the area%n",
        byFile.size(),
        hits,
        heat,
        area);
    assertTrue(heat > 1.2 * area, heat + " of the heat in " + area + " of the area");
  }
}
