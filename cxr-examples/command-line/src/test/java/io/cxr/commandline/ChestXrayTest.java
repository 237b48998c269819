package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The main job on 900 real chest X-rays with real ImageNet weights, patients kept apart. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChestXrayTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final Path DATA = SHARED.resolve("data/chest-xray-900");
  private static final Path ORIGINALS = SHARED.resolve("data/originals");
  private static final Path WEIGHTS =
      SHARED.resolve("weights/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5");

  @TempDir static Path folder;
  private double firstSeconds;
  private JsonNode trained;

  @BeforeAll
  void trainTwoClasses() {
    assumeTrue(
        Files.exists(WEIGHTS) && Files.isDirectory(DATA) && Files.isDirectory(ORIGINALS),
        "SKIPPED: no data and weights in " + SHARED + "; pass -Dcxr.shared=FOLDER");
    long start = System.nanoTime();
    trained = trainResNet50("COVID19,NORMAL", "covid.onnx");
    firstSeconds = (System.nanoTime() - start) / 1e9;
  }

  private JsonNode trainResNet50(String classes, String model) {
    return new JsonMapper()
        .readTree(
            run(
                "train",
                "--data",
                DATA,
                "--patients",
                DATA.resolve("patients.csv"),
                "--classes",
                classes,
                "--architecture",
                "resnet50",
                "--weights",
                WEIGHTS,
                "--cache",
                folder.resolve("cache"),
                "--out",
                folder.resolve(model),
                "--seed",
                1,
                "--json"));
  }

  private static String run(Object... arguments) {
    Output output = Output.run(arguments);
    assertEquals(0, output.exitCode(), output.err());
    return output.out();
  }

  @Test
  void twoClassesAreToldApartAndTheSecondTrainingTakesTheFeaturesOfTheFirst() throws IOException {
    double accuracy = trained.get("validation").get("accuracy").asDouble();
    Map<Path, String> features = features();
    long bytes = 0;
    for (Path file : features.keySet()) {
      bytes += Files.size(file);
    }
    // Each of 500 images has 2,048 channels of 7 x 7 float32 values.
    assertTrue(bytes >= 500L * 2048 * 7 * 7 * 4, bytes + " bytes of features");
    long start = System.nanoTime();
    JsonNode again = trainResNet50("COVID19,NORMAL", "again.onnx");
    double secondSeconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "ResNet-50, two classes: validation accuracy %.4f; first training %.0f s, second %.0f s%n",
        accuracy,
        firstSeconds,
        secondSeconds);
    assertEquals(accuracy, again.get("validation").get("accuracy").asDouble());
    assertTrue(accuracy >= 0.95, "accuracy " + accuracy);
    // What takes minutes was not done again: the features are those of the first training.
    assertEquals(features, features());
  }

  /** The files of kept features, which only ever grow, and the hashes of what is in them. */
  private Map<Path, String> features() throws IOException {
    Map<Path, String> kept = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        kept.put(file, Sha256.hex(file));
      }
    }
    return kept;
  }

  @Test
  void threeClassesAreToldApart() {
    JsonNode result = trainResNet50("COVID19,NORMAL,PNEUMONIA", "three.onnx");
    double accuracy = result.get("validation").get("accuracy").asDouble();
    System.out.printf(Locale.ROOT, "ResNet-50, three classes: accuracy %.4f%n", accuracy);
    assertTrue(accuracy >= 0.80, "accuracy " + accuracy);
  }

  @Test
  void everyOriginalIsClassifiedAndExplained() throws IOException {
    Path heatmaps = folder.resolve("heatmaps");
    List<String> lines =
        Output.run(
                "classify",
                "--model",
                folder.resolve("covid.onnx"),
                ORIGINALS,
                "--heatmap",
                heatmaps,
                "--json")
            .lines();
    assertEquals(55, lines.size());
    int right = 0;
    int labelled = 0;
    int refused = 0;
    List<String> wrong = new ArrayList<>();
    for (String line : lines) {
      JsonNode json = new JsonMapper().readTree(line);
      if (json.has("error")) {
        assertTrue(json.get("error").asString().contains("novelty"), line);
        refused++;
        continue;
      }
      String truth = Path.of(json.get("file").asString()).getParent().getFileName().toString();
      if (!truth.equals("PNEUMONIA")) {
        labelled++;
        boolean agrees = truth.equals(json.get("label").asString());
        right += agrees ? 1 : 0;
        if (!agrees) {
          wrong.add(json.get("file").asString());
        }
      }
    }
    System.out.printf(
        "Originals: %d refused; of the others %d of %d right; wrong: %s%n",
        refused, right, labelled, wrong);
    // They are stored otherwise than the images of the training, and 12 show a label that it did
    // not
    // have; they are chest radiographs all the same.
    assertEquals(0, refused, "refused");
    assertTrue(right >= 0.9 * labelled, right + " of " + labelled);
    try (Stream<Path> files = Files.walk(heatmaps)) {
      assertEquals(55 - refused, files.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void theSmallCnnLearnsInMinutes() {
    long start = System.nanoTime();
    JsonNode result =
        new JsonMapper()
            .readTree(
                run(
                    "train",
                    "--data",
                    DATA,
                    "--patients",
                    DATA.resolve("patients.csv"),
                    "--classes",
                    "COVID19,NORMAL",
                    "--architecture",
                    "local-maxima-cnn",
                    "--out",
                    folder.resolve("small.onnx"),
                    "--epochs",
                    15,
                    "--seed",
                    1,
                    "--json"));
    double accuracy = result.get("validation").get("accuracy").asDouble();
    System.out.printf(
        Locale.ROOT,
        "Small CNN, two classes: accuracy %.4f in %.0f s%n",
        accuracy,
        (System.nanoTime() - start) / 1e9);
    assertTrue(accuracy >= 0.85, "accuracy " + accuracy);
  }
}
