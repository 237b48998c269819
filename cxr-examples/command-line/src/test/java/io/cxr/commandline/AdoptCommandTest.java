package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.onnx.OnnxClassifier;
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
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A network of others, adopted, fitted, classified with, listed, and its card changed. */
class AdoptCommandTest {
  private static final int SIZE = 32;
  private static final int FILMS = 30;

  @TempDir Path folder;

  /** Two channels, whose means are the logits of a network that nobody trained. */
  @BeforeEach
  void write() throws IOException {
    NetworkGraph.Builder network = NetworkGraph.builder(Shape.map(1, SIZE, SIZE));
    network.then("conv1", new LayerDescription.Convolution(4, 3, 2, Window.Padding.SAME, true));
    network.then("relu1", new LayerDescription.Activation(Nonlinearity.RELU));
    network.then("conv2", new LayerDescription.Convolution(2, 3, 2, Window.Padding.SAME, true));
    NetworkGraph graph = network.build();
    Files.write(
        folder.resolve("network.onnx"),
        FrozenBase.of(graph, NetworkWeights.random(graph, 3, 1)).features(Pooling.GLOBAL_AVERAGE));
    Random random = new Random(2);
    for (String label : List.of("CLEAR", "OPACITY")) {
      Path target = Files.createDirectories(folder.resolve("films").resolve(label));
      for (int i = 0; i < FILMS; i++) {
        byte[] pixels = new byte[48 * 40];
        int level = label.equals("CLEAR") ? 70 : 140;
        for (int p = 0; p < pixels.length; p++) {
          pixels[p] = (byte) (level + 40 * random.nextGaussian() / 4);
        }
        Radiograph.ofGray8(48, 40, pixels)
            .writePng(target.resolve(String.format(Locale.ROOT, "%02d.png", i)));
      }
    }
  }

  private Output adopt(Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "adopt",
                folder.resolve("network.onnx"),
                "--out",
                folder.resolve("adopted.onnx"),
                "--normalize",
                "range=-1..1",
                "--fit",
                "centre-crop"));
    arguments.addAll(List.of(more));
    return Output.run(arguments.toArray());
  }

  @Test
  void fromTheFileToTheAnswer() throws Exception {
    Output adopted =
        adopt(
            "--labels",
            "CLEAR,OPACITY",
            "--fit-on",
            folder.resolve("films"),
            "--origin",
            "A network of nobody",
            "--licence",
            "CC0-1.0",
            "--url",
            "https://example.org/network");
    assertEquals(0, adopted.exitCode(), adopted.err());
    assertTrue(adopted.out().contains("calibrated, 4 operating points"), adopted.out());
    assertTrue(adopted.err().contains("Not compared"), adopted.err());
    Path model = folder.resolve("adopted.onnx");
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      ModelCard card = classifier.card();
      assertEquals("network", card.name());
      assertEquals("CC0-1.0", card.origin().orElseThrow().licence());
      assertTrue(card.novelty().isPresent(), adopted.err());
      assertTrue(card.conformal().isPresent());
      assertTrue(card.training().isEmpty());
      assertTrue(classifier.canExplain());
    }
    Output classified =
        Output.run("classify", "--model", model, "--json", folder.resolve("films/CLEAR/00.png"));
    assertEquals(0, classified.exitCode(), classified.err());
    assertEquals(2, classified.json().get(0).get("probabilities").size());

    Output listed = Output.run("models", folder, "--json");
    assertEquals(0, listed.exitCode(), listed.err());
    JsonNode own = listed.json().get(0);
    assertEquals("adopted.onnx", own.get("file").asString());
    assertTrue(own.get("calibrated").asBoolean());
    assertFalse(listed.json().get(1).get("card").asBoolean());
    assertTrue(Output.run("models", folder).out().contains("no model card (cxr adopt makes one)"));

    Output changed =
        Output.run("card", model, "--name", "renamed", "--licence", "MIT", "--out", model);
    assertEquals(0, changed.exitCode(), changed.err());
    assertEquals("renamed", ModelCard.fromJson(Output.run("card", model).out()).name());
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals("MIT", classifier.card().origin().orElseThrow().licence());
      assertEquals("A network of nobody", classifier.card().origin().orElseThrow().network());
    }
    assertEquals(2, Output.run("card", model, "--name", "other").exitCode());
    assertEquals(2, Output.run("card", folder.resolve("network.onnx")).exitCode());
  }

  @Test
  void findingsAreFittedEach() throws Exception {
    Files.move(folder.resolve("films/CLEAR"), folder.resolve("films/NO_FINDING"));
    Path labels = Files.writeString(folder.resolve("labels.txt"), "OPACITY\nEFFUSION\n");
    Path points = Files.writeString(folder.resolve("points.csv"), "OPACITY,0.4\nEFFUSION,0.2\n");
    Output plain = adopt("--labels", labels, "--task", "findings", "--thresholds", points);
    assertEquals(0, plain.exitCode(), plain.err());
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("adopted.onnx"))) {
      ModelCard card = classifier.card();
      assertEquals(
          List.of(
              OperatingThreshold.published("OPACITY", 0.4),
              OperatingThreshold.published("EFFUSION", 0.2)),
          card.thresholds());
      assertEquals(card, ModelCard.fromJson(card.toJson()));
    }
    Output decided =
        Output.run(
            "classify",
            "--model",
            folder.resolve("adopted.onnx"),
            "--json",
            folder.resolve("films/OPACITY/00.png"));
    JsonNode decision = decided.json().get(0).get("decisions").get(0);
    assertEquals("published", decision.get("aim").asString());
    assertFalse(decision.has("target"));
    Output adopted =
        adopt("--labels", labels, "--task", "findings", "--fit-on", folder.resolve("films"));
    assertEquals(0, adopted.exitCode(), adopted.err());
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("adopted.onnx"))) {
      ModelCard card = classifier.card();
      assertTrue(card.calibration().isPresent());
      // Of EFFUSION nothing is known but that no film has it.
      assertTrue(
          card.thresholds().stream().allMatch(each -> each.label().equals("OPACITY")),
          card.thresholds().toString());
      assertFalse(card.figures().isEmpty());
    }
  }

  /** Each film has what its row says, of which some is unknown. */
  @Test
  void findingsAreFittedToATable() throws Exception {
    List<String> rows = new ArrayList<>(List.of("file,patient,Extra,OPACITY,EFFUSION"));
    try (Stream<Path> films = Files.walk(folder.resolve("films"))) {
      List<Path> files = films.filter(file -> file.toString().endsWith(".png")).sorted().toList();
      for (int i = 0; i < files.size(); i++) {
        Path file = folder.relativize(files.get(i));
        String opacity = i % 11 == 0 ? "" : file.toString().contains("OPACITY") ? "1" : "0";
        rows.add(file + ",p" + i + ",0," + opacity + "," + (i % 3 == 0 ? "1" : "0"));
      }
    }
    Path table = Files.write(folder.resolve("table.csv"), rows);
    Output adopted = adopt("--labels", "EFFUSION,OPACITY", "--task", "findings", "--fit-on", table);
    assertEquals(0, adopted.exitCode(), adopted.err());
    try (OnnxClassifier classifier = OnnxClassifier.open(folder.resolve("adopted.onnx"))) {
      ModelCard card = classifier.card();
      assertEquals(List.of("EFFUSION", "OPACITY"), card.labels());
      assertTrue(card.calibration().isPresent());
      assertEquals(
          Set.of("EFFUSION", "OPACITY"),
          card.thresholds().stream().map(OperatingThreshold::label).collect(Collectors.toSet()));
    }
    Output both =
        adopt(
            "--labels",
            "EFFUSION,OPACITY",
            "--task",
            "findings",
            "--fit-on",
            table,
            "--patients",
            table);
    assertEquals(2, both.exitCode());
    assertTrue(both.err().contains("columns of its own"), both.err());
    Output lacking = adopt("--labels", "EFFUSION,MASS", "--task", "findings", "--fit-on", table);
    assertEquals(2, lacking.exitCode(), lacking.err());
    assertTrue(lacking.err().contains("MASS"), lacking.err());
    Output labels = adopt("--labels", "EFFUSION,OPACITY", "--fit-on", table);
    assertEquals(2, labels.exitCode(), labels.err());
  }

  @Test
  void wrongUseIsNamed() throws IOException {
    Output two = adopt("--labels", "A,B,C");
    assertEquals(1, two.exitCode());
    assertTrue(two.err().contains("3 values an image"), two.err());
    Output activation = adopt("--labels", "A,B", "--activation", "sigmoid");
    assertEquals(2, activation.exitCode());
    assertTrue(activation.err().contains("--task findings"), activation.err());
    Output size = adopt("--labels", "A,B", "--size", "large");
    assertEquals(2, size.exitCode());
    Output gives = adopt("--labels", "A,B", "--gives", "odds");
    assertTrue(gives.err().contains("automatic, logits, probabilities"), gives.err());
    Output blank = adopt("--labels", "A,");
    assertEquals(2, blank.exitCode());
  }
}
