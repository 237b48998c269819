package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.train.report.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The comparison and the single plots as a shell sees them, on a handful of phantoms. */
class CompareTest {
  @TempDir static Path folder;
  private static Output first;

  private static Output compare(Object... more) {
    return run(
        Stream.concat(
                Stream.of(
                    "compare",
                    "--data",
                    folder.resolve("phantoms"),
                    "--patients",
                    folder.resolve("phantoms/patients.csv"),
                    "--out",
                    folder.resolve("out"),
                    "--networks",
                    "resnet50,local-maxima-cnn",
                    "--epochs",
                    2,
                    "--sweep-epochs",
                    1,
                    "--sweep",
                    "0.003:0.1"),
                Stream.of(more))
            .toArray());
  }

  @BeforeAll
  static void compareOnce() throws IOException {
    boolean fonts = true;
    try {
      Figure.checkFonts();
    } catch (IllegalStateException e) {
      fonts = false;
    }
    assumeTrue(fonts, "SKIPPED: Java finds no font here; install fontconfig and a font");
    SyntheticChestPhantom.writeFolder(folder.resolve("phantoms"), 10, 1);
    first = compare();
  }

  private static Path out(String name) {
    return folder.resolve("out").resolve(name);
  }

  @Test
  void writesTablePageAndPictures() throws IOException {
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.out().contains("local-maxima-cnn"), first.out());
    assertTrue(first.out().contains("resnet50: left out"), first.out());
    List<String> csv = Files.readAllLines(out("compare.csv"));
    assertEquals(3, csv.size());
    JsonNode json = new JsonMapper().readTree(Files.readString(out("compare.json")));
    JsonNode network = json.get("networks").get(0);
    assertEquals(2, network.get("epochs").asInt());
    assertEquals(Files.size(out("local-maxima-cnn.onnx")), network.get("modelBytes").asLong());
    assertTrue(network.get("inferenceMs").asDouble() > 0);
    JsonNode experiment = json.get("localMaxima");
    assertEquals(0.5, experiment.get("mismatch").get("accuracy").asDouble());
    // What the sigmoid answers through ONNX Runtime is what training measured.
    assertEquals(
        network.get("best").get("validationAccuracy").asDouble(),
        experiment.get("mismatch").get("honestAccuracy").asDouble(),
        1e-9);
    assertEquals(
        network.get("best").get("validationLoss").asDouble(),
        experiment.get("mismatch").get("honestLoss").asDouble(),
        1e-4);
    assertEquals(1, experiment.get("sweep").size());
    String html = Files.readString(out("compare.html"));
    assertTrue(html.contains("Why the report&#39;s small CNN stood still"), "section");
    for (String name :
        List.of(
            "local-maxima-cnn.curves",
            "local-maxima-cnn.confusion",
            "local-maxima-cnn.reported-adam.confusion")) {
      assertTrue(Files.size(out(name + ".png")) > 5_000, name);
      assertTrue(Files.readString(out(name + ".svg")).endsWith("</svg>\n"), name);
    }
  }

  @Test
  void resumeTakesWhatIsFinishedUnlessTheSettingsDiffer() throws IOException {
    FileTime before = Files.getLastModifiedTime(out("local-maxima-cnn.onnx"));
    String model = Files.readString(out("local-maxima-cnn.finished.json"));
    Output again = compare("--resume");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.err().contains("local-maxima-cnn.onnx: taken as it is"), again.err());
    assertEquals(before, Files.getLastModifiedTime(out("local-maxima-cnn.onnx")));
    assertEquals(model, Files.readString(out("local-maxima-cnn.finished.json")));
    Files.writeString(out("local-maxima-cnn.finished.json"), "{\"seed\": 2}\n");
    Output other = compare("--resume");
    assertEquals(0, other.exitCode(), other.err());
    assertTrue(other.err().contains("Training local-maxima-cnn.onnx"), other.err());
    assertEquals(model, Files.readString(out("local-maxima-cnn.finished.json")));
  }

  @Test
  void curvesAndConfusionAreDrawnFromFiles() throws IOException {
    Path curves = folder.resolve("curves.svg");
    Output drawn = run("curves", out("local-maxima-cnn.history.json"), "--out", curves);
    assertEquals(0, drawn.exitCode(), drawn.err());
    assertTrue(Files.readString(curves).contains("local-maxima-cnn"), "title");
    Path model = out("local-maxima-cnn.onnx");
    Path phantoms = folder.resolve("phantoms");
    Path direct = folder.resolve("direct.svg");
    Output classified =
        run("confusion", "--model", model, "--data", phantoms, "--out", direct, "--title", "m");
    assertEquals(0, classified.exitCode(), classified.err());
    Path evaluation = folder.resolve("evaluation.json");
    Output evaluated = run("evaluate", "--model", model, "--data", phantoms, "--json");
    Files.writeString(evaluation, evaluated.out());
    Path read = folder.resolve("read.svg");
    Output fromFile = run("confusion", evaluation, "--out", read, "--title", "m");
    assertEquals(0, fromFile.exitCode(), fromFile.err());
    assertEquals(Files.readString(direct), Files.readString(read));
  }

  @Test
  void wrongUsageIsTold() throws IOException {
    Path history = out("local-maxima-cnn.history.json");
    assertEquals(2, run("curves", history, "--out", folder.resolve("x.pdf")).exitCode());
    assertEquals(2, run("confusion", "--out", folder.resolve("x.png")).exitCode());
    Path text = Files.writeString(folder.resolve("text.json"), "{\"confusion\": [[1]]}");
    Output broken = run("confusion", text, "--out", folder.resolve("x.png"));
    assertEquals(1, broken.exitCode());
    assertTrue(broken.err().contains("text.json"), broken.err());
    Output none = run("compare", "--data", folder, "--out", folder, "--networks", "vgg16,resnet50");
    assertEquals(2, none.exitCode());
    assertTrue(none.err().contains("--weights vgg16=FILE.h5"), none.err());
    assertEquals(
        2, run("compare", "--data", folder, "--out", folder, "--networks", "alexnet").exitCode());
  }
}
