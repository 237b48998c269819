package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.network.Window;
import io.cxr.train.weights.NetworkWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A head on an ONNX file, and what its heatmaps point at, on phantoms with a bright disc. */
class OnnxBaseCommandTest {
  private static final int SIZE = 64;
  private static final int RADIUS = 7;

  @TempDir Path folder;

  /** Discs anywhere, and boxes around them. */
  @BeforeEach
  void draw() throws IOException {
    Random random = new Random(5);
    List<String> boxes = new ArrayList<>(List.of("file,left,top,width,height"));
    for (String label : List.of("CLEAR", "DISC")) {
      Path target = Files.createDirectories(folder.resolve("films").resolve(label));
      for (int i = 0; i < 20; i++) {
        int x = RADIUS + random.nextInt(SIZE - 2 * RADIUS);
        int y = RADIUS + random.nextInt(SIZE - 2 * RADIUS);
        byte[] pixels = new byte[SIZE * SIZE];
        for (int p = 0; p < pixels.length; p++) {
          double away = Math.hypot(p % SIZE - x, p / SIZE - y);
          boolean disc = label.equals("DISC") && away < RADIUS;
          pixels[p] = (byte) ((disc ? 190 : 60) + random.nextInt(30));
        }
        String file = String.format(Locale.ROOT, "%02d.png", i);
        Radiograph.ofGray8(SIZE, SIZE, pixels).writePng(target.resolve(file));
        if (label.equals("DISC")) {
          boxes.add(
              String.format(
                  Locale.ROOT,
                  "DISC/%s,%.4f,%.4f,%.4f,%.4f",
                  file,
                  (x - RADIUS) / (double) SIZE,
                  (y - RADIUS) / (double) SIZE,
                  2.0 * RADIUS / SIZE,
                  2.0 * RADIUS / SIZE));
        }
      }
    }
    boxes.add("DISC/elsewhere.png,0.1,0.1,0.2,0.2");
    Files.write(folder.resolve("boxes.csv"), boxes);
    NetworkGraph.Builder network = NetworkGraph.builder(Shape.map(3, SIZE, SIZE));
    for (int i = 1; i <= 2; i++) {
      network.then(
          "conv" + i, new LayerDescription.Convolution(8 * i, 3, 2, Window.Padding.SAME, true));
      network.then("relu" + i, new LayerDescription.Activation(Nonlinearity.RELU));
    }
    NetworkGraph graph = network.build();
    Files.write(
        folder.resolve("base.onnx"),
        FrozenBase.of(graph, NetworkWeights.random(graph, 3, 1)).features(Pooling.FLATTEN));
  }

  private Output train(Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                folder.resolve("films"),
                "--base",
                folder.resolve("base.onnx"),
                "--cache",
                folder.resolve("cache"),
                "--out",
                folder.resolve("model.onnx")));
    arguments.addAll(List.of(more));
    return Output.run(arguments.toArray());
  }

  @Test
  void heatmapsOfAHeadOnAnOnnxFilePointAtWhatItLearnt() throws Exception {
    Output trained =
        train("--features", "features", "--preprocess", "normalize=unit-range", "--epochs", 40);
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.err().contains("licence of base.onnx governs"), trained.err());
    Output evaluated =
        Output.run(
            "evaluate",
            "--model",
            folder.resolve("model.onnx"),
            "--data",
            folder.resolve("films"),
            "--boxes",
            folder.resolve("boxes.csv"),
            "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    assertTrue(evaluated.err().contains("1 of 21 films with boxes are not in"), evaluated.err());
    JsonNode figures = evaluated.json().get(0).get("boxes");
    assertEquals(20, figures.get("films").asInt());
    double hits = figures.get("hits").get("value").asDouble();
    assertTrue(figures.get("chance").asDouble() < 0.06, figures.toString());
    // The disc is what tells the classes apart, though a random base knows it roughly.
    double low = figures.get("hits").get("low").asDouble();
    assertTrue(low > 3 * figures.get("chance").asDouble(), figures.toString());
    assertTrue(low < hits, figures.toString());
    assertTrue(figures.get("gain").get("low").asDouble() > 1, figures.toString());
    String text =
        Output.run(
                "evaluate",
                "--model",
                folder.resolve("model.onnx"),
                "--data",
                folder.resolve("films"),
                "--boxes",
                folder.resolve("boxes.csv"))
            .out();
    assertTrue(text.contains("hottest point in a box"), text);
  }

  @Test
  void wrongUseIsNamed() {
    Output without = train();
    assertEquals(2, without.exitCode());
    assertTrue(without.err().contains("--features OUTPUT"), without.err());
    Output unknown = train("--features", "layer4");
    assertEquals(1, unknown.exitCode());
    assertTrue(unknown.err().contains("features [N, 16, 16, 16]"), unknown.err());
    Output both = train("--features", "features", "--cut", "conv1");
    assertEquals(2, both.exitCode());
    Output size = train("--features", "features", "--size", 128);
    assertEquals(1, size.exitCode());
    assertTrue(size.err().contains("64 x 64"), size.err());
  }
}
