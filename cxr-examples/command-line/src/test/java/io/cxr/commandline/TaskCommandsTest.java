package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.audit.AuditOutcome;
import io.cxr.audit.AuditTrail;
import io.cxr.dataset.ImageTable;
import io.cxr.model.Measurement;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Findings and measurements on the command line, of films with bright quadrants. */
class TaskCommandsTest {
  private static final List<String> NAMES =
      List.of("Upper left", "Upper right", "Lower/left", "Lower_left");
  private static final int FILMS = 24;

  @TempDir Path folder;
  private final List<List<Integer>> bright = new ArrayList<>();

  private static ModelCard.Builder card(Task task, OutputActivation output) {
    return ModelCard.builder("quadrants", "1")
        .architecture("QuadrantModel")
        .task(task)
        .output(output)
        .preprocessing(
            PreprocessingSpec.of(
                QuadrantModel.SIZE,
                QuadrantModel.SIZE,
                Resampling.NEAREST,
                1,
                PreprocessingStep.Normalization.Kind.UNIT_RANGE));
  }

  private static OperatingThreshold threshold(String label) {
    OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return new OperatingThreshold(
        label, OperatingThreshold.Aim.SENSITIVITY, 0.9, 0.5, reached, reached);
  }

  private Path findingsModel() throws IOException {
    return QuadrantModel.write(
        folder.resolve("findings.onnx"),
        card(new Task.Findings(NAMES), OutputActivation.SIGMOID)
            .thresholds(NAMES.stream().map(TaskCommandsTest::threshold).toList())
            .build(),
        true);
  }

  private Path measurementsModel() throws IOException {
    List<Measurement> measurements =
        NAMES.stream().map(name -> new Measurement(name, "{gray}", 0, 0.6)).toList();
    return QuadrantModel.write(
        folder.resolve("measurements.onnx"),
        card(new Task.Measurements(measurements), OutputActivation.IDENTITY).build(),
        false);
  }

  /** The third film shows nothing, the first one everything. */
  @BeforeEach
  void draw() throws IOException {
    Random random = new Random(11);
    Files.createDirectories(folder.resolve("films"));
    List<String> findings = new ArrayList<>(List.of("file,patient," + String.join(",", NAMES)));
    List<String> values = new ArrayList<>(findings);
    for (int i = 0; i < FILMS; i++) {
      List<Integer> quadrants = new ArrayList<>();
      for (int quadrant = 0; quadrant < 4; quadrant++) {
        quadrants.add(i == 0 ? 1 : i == 2 ? 0 : random.nextInt(2));
      }
      byte[] pixels = new byte[QuadrantModel.SIZE * QuadrantModel.SIZE];
      for (int p = 0; p < pixels.length; p++) {
        int half = QuadrantModel.SIZE / 2;
        int quadrant = p / QuadrantModel.SIZE / half * 2 + p % QuadrantModel.SIZE / half;
        pixels[p] = (byte) (quadrants.get(quadrant) == 1 ? 204 : 51);
      }
      String file = "films/" + i + ".png";
      Radiograph.ofGray8(QuadrantModel.SIZE, QuadrantModel.SIZE, pixels)
          .writePng(folder.resolve(file));
      bright.add(quadrants);
      // Every fifth film's last finding is not known.
      String last = i % 5 == 4 ? (i % 2 == 0 ? "-1" : "") : String.valueOf(quadrants.get(3));
      findings.add(
          file
              + ",p"
              + i / 2
              + ","
              + quadrants.get(0)
              + ","
              + quadrants.get(1)
              + ","
              + quadrants.get(2)
              + ","
              + last);
      values.add(file + ",p" + i / 2 + ",0.3,0.2,," + (0.1 + i));
    }
    Files.write(folder.resolve("findings.csv"), findings);
    Files.write(folder.resolve("values.csv"), values);
  }

  @Test
  void classifiesFindings() throws IOException {
    Output json =
        Output.run(
            "classify",
            "--model",
            findingsModel(),
            "--json",
            "--heatmap",
            folder.resolve("maps"),
            "--audit",
            folder.resolve("audit.jsonl"),
            folder.resolve("films/0.png"),
            folder.resolve("films/2.png"));
    assertEquals(0, json.exitCode(), json.err());
    JsonNode all = json.json().get(0);
    assertEquals("cxr-result/2", all.get("schema").asString());
    assertEquals("findings", all.get("task").asString());
    assertNull(all.get("label"));
    for (String name : NAMES) {
      assertTrue(all.get("probabilities").get(name).asDouble() > 0.99, all::toString);
    }
    assertEquals(4, all.get("decisions").size());
    assertTrue(all.get("decisions").get(3).get("positive").asBoolean());
    // A picture for each finding of the first film; for the other, of the most probable one. Names
    // that would be one file name have their number.
    try (Stream<Path> maps = Files.list(folder.resolve("maps"))) {
      assertEquals(
          List.of(
              "0.png.Lower_left_3.heatmap.png",
              "0.png.Lower_left_4.heatmap.png",
              "0.png.Upper_left.heatmap.png",
              "0.png.Upper_right.heatmap.png",
              "2.png.Upper_left.heatmap.png"),
          List.copyOf(new TreeSet<>(maps.map(map -> map.getFileName().toString()).toList())));
    }
    List<AuditOutcome> outcomes = new ArrayList<>();
    AuditTrail.verify(
        folder.resolve("audit.jsonl"), entry -> outcomes.add(entry.record().outcome()));
    assertEquals(4, ((AuditOutcome.Classified) outcomes.get(0)).probabilities().size());

    Output text =
        Output.run(
            "classify",
            "--model",
            findingsModel(),
            folder.resolve("films/0.png"),
            folder.resolve("films/2.png"));
    assertTrue(text.lines().get(0).contains("[" + String.join(", ", NAMES) + "]"), text.out());
    assertTrue(text.lines().get(1).contains("Upper left 0.25 %"), text.out());
    assertTrue(text.lines().get(1).contains("[no finding]"), text.out());
  }

  @Test
  void writesATable() throws IOException {
    Files.writeString(folder.resolve("films/1.png"), "no picture");
    Path csv = folder.resolve("table.csv");
    Output findings =
        Output.run(
            "classify",
            "--model",
            findingsModel(),
            "--csv",
            csv,
            folder.resolve("films/0.png"),
            folder.resolve("films/1.png"),
            folder.resolve("films/2.png"));
    assertEquals(1, findings.exitCode());
    List<String> lines = Files.readAllLines(csv);
    assertEquals("file,answer,Upper left,Upper right,Lower/left,Lower_left,error", lines.get(0));
    assertTrue(
        lines.get(1).startsWith(folder.resolve("films/0.png") + "," + String.join("|", NAMES)),
        lines.get(1));
    assertTrue(lines.get(2).startsWith(folder.resolve("films/1.png") + ",,,,,,"), lines.get(2));
    assertTrue(lines.get(3).startsWith(folder.resolve("films/2.png") + ",,0.0024"), lines.get(3));
    // It reads back as a table of this project.
    assertEquals(
        List.of("Upper left", "Upper right"), ImageTable.read(csv).columns().subList(2, 4));
    Output.run(
        "classify", "--model", measurementsModel(), "--csv", csv, folder.resolve("films/0.png"));
    List<String> measured = Files.readAllLines(csv);
    assertTrue(measured.get(0).startsWith("file,answer,Upper left [{gray}],"), measured.get(0));
    assertTrue(
        measured.get(1).contains(",\"Upper left 0.8000 {gray}, Upper right 0.8000"),
        measured.get(1));
    assertEquals(
        2,
        Output.run("classify", "--csv", folder.resolve("t.json"), folder.resolve("films"))
            .exitCode());
  }

  @Test
  void evaluatesFindings() throws IOException {
    Path model = findingsModel();
    Output json =
        Output.run(
            "evaluate", "--model", model, "--data", folder.resolve("findings.csv"), "--json");
    assertEquals(0, json.exitCode(), json.err());
    JsonNode found = json.json().get(0);
    assertEquals(FILMS, found.get("answered").asInt());
    assertEquals("patients", found.get("intervals").get("resampled").asString());
    assertEquals(FILMS / 2, found.get("intervals").get("groups").asInt());
    assertEquals(1, found.get("auroc").get("value").asDouble());
    assertEquals(1, found.get("auprc").get("value").asDouble());
    JsonNode last = found.get("byFinding").get("Lower_left");
    assertEquals(4, last.get("unknown").asInt());
    assertEquals(
        FILMS - 4, last.get("present").asInt() + last.get("absent").asInt(), last::toString);
    assertEquals(4, found.get("thresholds").size());
    assertEquals(1, found.get("thresholds").get(0).get("specificity").get("value").asDouble());

    Output text =
        Output.run("evaluate", "--model", model, "--data", folder.resolve("findings.csv"));
    assertEquals(0, text.exitCode(), text.err());
    assertTrue(text.out().contains("24 of 24 images answered"), text.out());
    assertTrue(text.out().contains("mean of the findings"), text.out());
    assertTrue(text.out().contains(", 4 unknown"), text.out());
    assertTrue(text.out().contains("Lower/left >= 0.5000 (sensitivity 0.90)"), text.out());
  }

  @Test
  void classifiesAndEvaluatesMeasurements() throws IOException {
    Path model = measurementsModel();
    Output text = Output.run("classify", "--model", model, folder.resolve("films/0.png"));
    assertEquals(0, text.exitCode(), text.err());
    assertTrue(
        text.out().contains("Upper left 0.8000 {gray} (implausible)"), text.out() + text.err());
    Output json =
        Output.run("evaluate", "--model", model, "--data", folder.resolve("values.csv"), "--json");
    assertEquals(0, json.exitCode(), json.err());
    JsonNode found = json.json().get(0);
    JsonNode first = found.get("byMeasurement").get("Upper left");
    assertEquals("{gray}", first.get("unit").asString());
    double error = 0;
    int implausible = 0;
    for (List<Integer> quadrants : bright) {
      error += Math.abs((quadrants.get(0) == 1 ? 0.8 : 0.2) - 0.3) / FILMS;
      implausible += quadrants.get(0);
    }
    assertEquals(error, first.get("meanAbsoluteError").get("value").asDouble(), 1e-4);
    assertEquals(implausible, first.get("implausible").asInt());
    assertTrue(first.get("pearson").isNull(), "the true value is always 0.3");
    assertEquals(FILMS, found.get("byMeasurement").get("Lower/left").get("unknown").asInt());
    String table =
        Output.run("evaluate", "--model", model, "--data", folder.resolve("values.csv")).out();
    assertTrue(table.contains("Upper left, in {gray}: 24 films"), table);
    assertTrue(table.contains("lower limit of agreement"), table);
  }

  @Test
  void refusesTablesThatDoNotFit() throws IOException {
    Path model = findingsModel();
    Path fewer = Files.writeString(folder.resolve("fewer.csv"), "file,Upper left\nfilms/0.png,1\n");
    Output missing = Output.run("evaluate", "--model", model, "--data", fewer);
    assertEquals(2, missing.exitCode());
    assertTrue(missing.err().contains("found none for [Upper right"), missing.err());
    Output folders = Output.run("evaluate", "--model", model, "--data", folder.resolve("films"));
    assertEquals(2, folders.exitCode());
    assertTrue(folders.err().contains("expected a table, FILE.csv"), folders.err());
    Output unmeasured = Output.run("evaluate", "--model", measurementsModel(), "--data", fewer);
    assertEquals(2, unmeasured.exitCode(), unmeasured.err());
    assertTrue(unmeasured.err().contains("found none called 'Upper right'"), unmeasured.err());
    Path odd =
        Files.writeString(
            folder.resolve("odd.csv"),
            "file," + String.join(",", NAMES) + "\nfilms/0.png,1,0,maybe,1\n");
    Output wrong = Output.run("evaluate", "--model", model, "--data", odd);
    assertEquals(2, wrong.exitCode());
    assertTrue(wrong.err().contains("expected 1, 0, -1 or nothing"), wrong.err());
    Output by =
        Output.run(
            "evaluate",
            "--model",
            model,
            "--data",
            folder.resolve("findings.csv"),
            "--positive",
            "Upper left");
    assertEquals(2, by.exitCode(), by.err());
  }

  /** A film that cannot be read counts as missed, and is named. */
  @Test
  void countsFilmsWithoutAnAnswer() throws IOException {
    Files.writeString(folder.resolve("films/3.png"), "no picture");
    Output json =
        Output.run(
            "evaluate",
            "--model",
            findingsModel(),
            "--data",
            folder.resolve("findings.csv"),
            "--json");
    assertEquals(1, json.exitCode());
    JsonNode found = json.json().get(0);
    assertEquals(FILMS - 1, found.get("answered").asInt());
    assertEquals(1, found.get("refusals").size());
    assertTrue(json.err().contains("3.png"), json.err());
  }
}
