package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every pretrained network from a Keras file to an explained answer, on phantoms. Its weights are
 * random, and so say nothing of how well it would learn.
 */
@Tag("slow")
class EveryNetworkTest {
  private static final int SIZE = 96;

  @TempDir static Path shared;
  @TempDir Path folder;

  @BeforeAll
  static void draw() throws IOException {
    SyntheticChestPhantom.writeFolder(shared.resolve("phantoms"), 12, 1);
  }

  static Stream<String> networks() {
    return Network.all().stream().map(Network::name);
  }

  private Path weights(String name) {
    NetworkGraph graph = Network.named(name).orElseThrow().graph(Shape.map(3, SIZE, SIZE));
    Path file = folder.resolve(name + ".h5");
    RandomKerasWeights.write(graph, file, 7, 1);
    return file;
  }

  @ParameterizedTest
  @MethodSource
  void networks(String name) throws IOException {
    Path file = folder.resolve(name + ".onnx");
    Output trained =
        run(
            "train",
            "--data",
            shared.resolve("phantoms"),
            "--patients",
            shared.resolve("phantoms/patients.csv"),
            "--architecture",
            name,
            "--weights",
            weights(name),
            "--size",
            SIZE,
            "--epochs",
            3,
            "--out",
            file);
    assertEquals(0, trained.exitCode(), trained.err());
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      assertEquals(name, classifier.card().architecture());
      Radiograph radiograph = SyntheticChestPhantom.draw(true, 99);
      Explanation explanation = classifier.explain(radiograph, SyntheticChestPhantom.OPACITY);
      double sum =
          explanation.prediction().probabilities().stream()
              .mapToDouble(label -> label.probability())
              .sum();
      assertEquals(1, sum, 1e-5);
      double greatest = 0;
      for (String label : List.of(SyntheticChestPhantom.CLEAR, SyntheticChestPhantom.OPACITY)) {
        Heatmap heatmap = classifier.explain(radiograph, label).heatmap();
        for (int row = 0; row < heatmap.rows(); row++) {
          for (int column = 0; column < heatmap.columns(); column++) {
            float value = heatmap.value(row, column);
            assertTrue(Float.isFinite(value) && value >= 0, name + ": " + value);
            greatest = Math.max(greatest, value);
          }
        }
      }
      // A score that no channel raises has no map; the other label's has one then.
      assertTrue(greatest > 0, name + ": a heatmap for one of both labels");
    }
  }

  @Test
  void comparesNetworksThatTheReportHasNot() throws IOException {
    Output compared =
        run(
            "compare",
            "--data",
            shared.resolve("phantoms"),
            "--patients",
            shared.resolve("phantoms/patients.csv"),
            "--networks",
            "mobilenet,local-maxima-cnn",
            "--weights",
            "mobilenet=" + weights("mobilenet"),
            "--epochs",
            2,
            "--sweep-epochs",
            0,
            "--out",
            folder.resolve("out"));
    assertEquals(0, compared.exitCode(), compared.err());
    List<String> csv = Files.readAllLines(folder.resolve("out/compare.csv"));
    assertEquals(4, csv.size(), "the report has no line for mobilenet: " + csv);
    assertTrue(csv.get(1).startsWith("mobilenet,cxr,2,"), csv.get(1));
    assertTrue(csv.get(3).startsWith("local-maxima-cnn,report,"), csv.get(3));
    String page = Files.readString(folder.resolve("out/compare.html"));
    assertTrue(page.contains("mobilenet"), "the page shows it");
  }
}
