package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.PlantedFinding;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Fourteen findings, from a table to a model, its answers, heatmaps and figures. */
class FindingsCommandTest {
  @TempDir Path folder;

  private static String run(int expected, Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Cxr.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new));
    assertEquals(expected, code, () -> out + "\n" + err);
    return expected == 0 ? out.toString() : err.toString();
  }

  @Test
  void aTableOfFourteenFindingsBecomesAModel() throws Exception {
    Path films = folder.resolve("films");
    Path table = films.resolve("Data_Entry.csv");
    run(0, "phantoms", films, "--films", 300, "--size", 32, "--seed", 1);
    Path model = folder.resolve("findings.onnx");
    run(
        0,
        "train",
        "--data",
        table,
        "--architecture",
        "local-maxima-cnn",
        "--epochs",
        2,
        "--steps-per-epoch",
        3,
        "--batch",
        8,
        "--positive-weight",
        "balanced",
        "--out",
        model);

    List<String> names =
        Stream.of(PlantedFinding.values()).map(PlantedFinding::label).sorted().toList();
    try (OnnxClassifier classifier = OnnxClassifier.open(model)) {
      assertEquals(new Task.Findings(names), classifier.card().task());
      String settings = classifier.card().training().orElseThrow().settings().toString();
      assertTrue(settings.contains("classWeight.Ring="), settings);
      assertTrue(settings.contains("monitor=validation_auroc"), settings);
    }
    JsonNode figures =
        JsonMapper.shared()
            .readTree(
                run(
                    0,
                    "evaluate",
                    "--model",
                    model,
                    "--data",
                    table,
                    "--boxes",
                    films.resolve("boxes.csv"),
                    "--subset",
                    "validation",
                    "--json"));
    for (String name : names) {
      JsonNode one = figures.get("byFinding").get(name);
      assertTrue(one.get("present").asInt() > 0, name);
      double area = one.get("auroc").get("value").asDouble();
      assertTrue(area >= 0 && area <= 1, name);
    }
    assertTrue(figures.get("boxes").get("Tube").get("films").asInt() > 0);
    Path film = films.resolve("images_001/images");
    Path heatmaps = folder.resolve("heatmaps");
    String answers = run(0, "classify", "--model", model, film, "--heatmap", heatmaps, "--json");
    assertTrue(answers.contains("\"Dark_Left_Rim\""), answers);
    try (var written = Files.list(heatmaps)) {
      assertTrue(written.findAny().isPresent());
    }
  }

  @Test
  void foldsOfFindingsArePrintedAndSourcesLeftOut() throws Exception {
    Path films = folder.resolve("films");
    Path table = films.resolve("Data_Entry.csv");
    run(0, "phantoms", films, "--films", 200, "--size", 16, "--seed", 2);
    List<Object> how =
        List.of(
            "crossvalidate",
            "--data",
            table,
            "--findings",
            "Tube,Lower_Left_Cloud",
            "--architecture",
            "local-maxima-cnn",
            "--epochs",
            1,
            "--steps-per-epoch",
            2,
            "--batch",
            8);
    List<Object> folds = new ArrayList<>(how);
    folds.addAll(List.of("--folds", 2));
    String text = run(0, folds.toArray());
    assertTrue(text.contains("2 folds, patients kept apart, 200 films"), text);
    assertTrue(text.contains("Tube") && text.contains("Lower_Left_Cloud"), text);
    List<Object> sources = new ArrayList<>(how);
    sources.addAll(List.of("--columns", "source=Patient Gender", "--group-by", "source", "--json"));
    JsonNode json = JsonMapper.shared().readTree(run(0, sources.toArray()));
    assertEquals(2, json.get("folds").size());
    assertTrue(json.get("calibrated").asBoolean());
    JsonNode area = json.get("pooled").get("byFinding").get("Tube").get("auroc");
    assertTrue(area.get("low").asDouble() <= area.get("value").asDouble(), area::toString);
    assertEquals(200, json.get("pooled").get("images").asInt());
    sources.add("--hold-out");
    sources.add("nowhere");
    assertTrue(run(2, sources.toArray()).contains("nowhere"));
  }

  @Test
  void aTableIsOpenedAsItIsAskedFor() throws Exception {
    Path films = folder.resolve("films");
    run(0, "phantoms", films, "--films", 12, "--size", 16);
    Path table = films.resolve("Data_Entry.csv");
    String both =
        run(
            2,
            "train",
            "--architecture",
            "local-maxima-cnn",
            "--data",
            table,
            "--classes",
            "A",
            "--findings",
            "B",
            "--out",
            "no.onnx");
    assertTrue(both.contains("classes or findings"), both);
    String patients =
        run(
            2,
            "train",
            "--architecture",
            "local-maxima-cnn",
            "--data",
            table,
            "--patients",
            table,
            "--out",
            "no.onnx");
    assertTrue(patients.contains("columns of its own"), patients);
    String column =
        run(
            2,
            "train",
            "--architecture",
            "local-maxima-cnn",
            "--data",
            table,
            "--columns",
            "file=Film",
            "--out",
            "no.onnx");
    assertTrue(column.contains("'Film'"), column);
    String state =
        run(
            2,
            "train",
            "--architecture",
            "local-maxima-cnn",
            "--data",
            table,
            "--uncertain",
            "maybe",
            "--out",
            "no.onnx");
    assertTrue(state.contains("unknown, absent or present"), state);
    String options =
        run(
            2,
            "train",
            "--architecture",
            "local-maxima-cnn",
            "--data",
            films,
            "--findings",
            "Ring",
            "--out",
            "no.onnx");
    assertTrue(options.contains("found a folder"), options);
  }
}
