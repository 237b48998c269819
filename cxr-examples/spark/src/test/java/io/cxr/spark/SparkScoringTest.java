package io.cxr.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.ModelCardFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkScoringTest {
  @TempDir Path folder;

  private SparkScoring.Builder ungated() {
    return SparkScoring.builder(LocalSpark.session()).gated(false);
  }

  private Map<String, Row> byName(Dataset<Row> rows) {
    Map<String, Row> byName = new HashMap<>();
    for (Row row : rows.collectAsList()) {
      Row before = byName.put(Path.of(row.<String>getAs("path")).getFileName().toString(), row);
      assertNull(before, "one row a file");
    }
    return byName;
  }

  private Dataset<Row> read(Path table) {
    return LocalSpark.session().read().parquet(table.toString());
  }

  @Test
  void everyFileHasOneRowWithTheAnswerOfOneMachine() throws IOException {
    Path films = folder.resolve("films");
    Films.phantoms(films, 4);
    Films.otherFormats(films);
    Films.damaged(films);
    Files.writeString(films.resolve("notes.txt"), "no film");
    List<String> said = new ArrayList<>();
    SparkScoring scoring = ungated().heatmaps(true).listener(said::add).build();
    Map<String, Row> rows = byName(scoring.score(films.toString()));
    assertEquals(10, rows.size(), rows.keySet().toString());
    assertTrue(said.toString().contains("left out 1 that is no radiograph"), said.toString());
    try (OnnxClassifier classifier =
        OnnxClassifier.builder().noveltyGate(false).viewGate(false).open()) {
      for (String name :
          List.of("0.png", "1.png", "2.png", "3.png", "film.jpg", "film.tif", "2.25.1")) {
        Row row = rows.get(name);
        List<Explanation> explained =
            classifier.explainPositives(Radiograph.read(films.resolve(name)));
        Prediction expected = explained.get(0).prediction();
        assertEquals("ANSWERED", row.getAs("state"));
        assertEquals(expected.top().label(), row.getAs("label"));
        Map<String, Double> probabilities = row.getJavaMap(row.fieldIndex("probabilities"));
        assertEquals(List.copyOf(expected.labels()), List.copyOf(probabilities.keySet()));
        probabilities.forEach(
            (label, value) -> assertEquals(expected.probability(label), value, 1e-5, label));
        assertEquals(expected.novelty().orElseThrow().score(), row.<Double>getAs("novelty"), 1e-3);
        assertEquals(
            expected.novelty().orElseThrow().threshold(), row.<Double>getAs("noveltyThreshold"));
        assertEquals(expected.refusal().map(Enum::name).orElse(null), row.getAs("reason"));
        List<Row> decisions = row.getList(row.fieldIndex("decisions"));
        assertEquals(expected.operatingPoints().size(), decisions.size());
        Row first = decisions.get(0);
        assertEquals(
            first.<Double>getAs("probability") >= first.<Double>getAs("threshold"),
            first.<Boolean>getAs("positive"));
        Row heatmap = row.<Row>getList(row.fieldIndex("heatmaps")).get(0);
        assertEquals(explained.get(0).heatmap().label(), heatmap.getAs("label"));
        List<Float> values = heatmap.getList(heatmap.fieldIndex("values"));
        assertEquals(
            explained.get(0).heatmap().rows() * explained.get(0).heatmap().columns(),
            values.size());
        assertEquals(
            explained.get(0).heatmap().value(1, 2),
            values.get(heatmap.<Integer>getAs("columns") + 2),
            1e-3);
        assertEquals(
            explained.get(0).heatmap().region().rows(),
            heatmap.<Row>getAs("region").<Integer>getAs("rows"));
        assertEquals(Files.size(films.resolve(name)), row.<Long>getAs("bytes"));
        assertEquals(
            Files.getLastModifiedTime(films.resolve(name)).toMillis(),
            row.<java.sql.Timestamp>getAs("modified").getTime());
        assertEquals(classifier.model().sha256(), row.getAs("modelSha256"));
        assertEquals(Prediction.NOTICE, row.getAs("notice"));
        assertTrue(row.<Double>getAs("seconds") >= 0);
      }
    }
    Map<String, String> reasons =
        Map.of("empty.png", "EMPTY", "cut.png", "TRUNCATED", "text.jpg", "UNKNOWN_FORMAT");
    for (String name : reasons.keySet()) {
      Row row = rows.get(name);
      assertEquals("REFUSED", row.getAs("state"), name);
      assertNotNull(row.getAs("reason"), name);
      assertNotNull(row.getAs("error"), name);
      assertNull(row.getAs("label"), name);
      assertNull(row.getAs("probabilities"), name);
    }
    assertTrue(ExecutorModels.count() <= 3, "one session for all tasks of this JVM");
  }

  @Test
  void runsAgainOnlyWhatIsNewOrHasChanged() throws IOException {
    Path films = folder.resolve("films");
    Films.phantoms(films, 6);
    Path table = folder.resolve("scores.parquet");
    List<String> said = new ArrayList<>();
    // Two rounds, of three films each or so.
    SparkScoring scoring = ungated().filmsPerRound(3).listener(said::add).build();
    SparkScoring.Summary first = scoring.write(films.toString(), table.toString());
    assertEquals(6, first.scored());
    assertEquals(Map.of("ANSWERED", 6L), first.states());
    assertTrue(said.toString().contains("round 2 of 2"), said.toString());
    Map<String, Row> before = byName(read(table));

    Films.phantoms(folder.resolve("more"), 8);
    for (String name : List.of("6.png", "7.png")) {
      Files.move(folder.resolve("more").resolve(name), films.resolve(name));
    }
    Files.copy(
        films.resolve("1.png"),
        films.resolve("0.png"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(films.resolve("0.png"), FileTime.from(Instant.now().plusSeconds(5)));
    SparkScoring.Summary second = scoring.write(films.toString(), table.toString());
    assertEquals(8, second.inputs());
    assertEquals(3, second.scored());
    assertEquals(5, second.known());
    assertEquals(1, second.replaced());
    Map<String, Row> after = byName(read(table));
    assertEquals(8, after.size());
    for (String name : List.of("1.png", "2.png", "3.png", "4.png", "5.png")) {
      assertEquals(before.get(name), after.get(name), "kept as it was");
    }
    assertEquals(
        after.get("1.png").<Object>getAs("probabilities"),
        after.get("0.png").<Object>getAs("probabilities"));
    assertEquals(0, scoring.write(films.toString(), table.toString()).scored());
    try (Stream<Path> left = Files.walk(table)) {
      assertFalse(
          left.anyMatch(
              file ->
                  file.getFileName().toString().startsWith("_replacing")
                      || file.getFileName().toString().startsWith("_temporary")));
    }

    Path other = folder.resolve("other.onnx");
    Path own = Files.write(folder.resolve("own.onnx"), OnnxClassifier.builtInModel());
    ModelCardFile.write(
        own, ModelCardFile.read(own).orElseThrow().toBuilder().version("another").build(), other);
    SparkScoring.Summary third =
        ungated()
            .model(other)
            .listener(said::add)
            .build()
            .write(films.toString(), table.toString());
    assertEquals(8, third.scored());
    assertTrue(said.get(said.size() - 2).contains("a partition of their own"), said.toString());
    assertEquals(
        List.of(8L, 8L),
        read(table).groupBy("modelSha256").count().collectAsList().stream()
            .map(row -> row.getLong(1))
            .toList());
    assertEquals(
        2,
        new TreeSet<>(
                read(table).select("modelVersion").collectAsList().stream()
                    .map(row -> row.getString(0))
                    .toList())
            .size());
  }

  @Test
  void takesTablesOfPathsAndColumnsOfBytes() throws IOException {
    Path films = folder.resolve("films");
    Films.phantoms(films, 2);
    Path table = folder.resolve("films.csv");
    Files.writeString(
        table, "image,site\nfilms/0.png,a\nfilms/1.png,b\nfilms/1.png,b\nfilms/none.png,c\n,d\n");
    SparkScoring scoring = ungated().pathColumn("image").build();
    Map<String, Row> rows = byName(scoring.score(table.toString()));
    assertEquals(3, rows.size());
    assertEquals("FAILED", rows.get("none.png").getAs("state"));
    assertEquals(-1L, rows.get("none.png").<Long>getAs("bytes"));
    assertNull(rows.get("none.png").getAs("modified"));

    List<Row> answers =
        LocalSpark.session()
            .read()
            .format("binaryFile")
            .load(films.toString())
            .orderBy("path")
            .select(scoring.function().apply(functions.col("content")).as("cxr"))
            .select("cxr.*")
            .collectAsList();
    assertEquals(2, answers.size());
    for (int i = 0; i < 2; i++) {
      Map<String, Double> expected =
          rows.get(i + ".png").getJavaMap(rows.get(i + ".png").fieldIndex("probabilities"));
      Map<String, Double> found =
          answers.get(i).getJavaMap(answers.get(i).fieldIndex("probabilities"));
      expected.forEach((label, value) -> assertEquals(value, found.get(label), 1e-5));
    }
  }

  @Test
  void commandSaysWhatItDid() throws IOException {
    Path films = folder.resolve("films");
    Films.phantoms(films, 2);
    Films.damaged(films);
    LocalSpark.session();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        CxrSpark.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "score",
            "--ungated",
            "--input",
            films.toString(),
            "--output",
            folder.resolve("scores.parquet").toString());
    assertEquals(0, code, err.toString());
    assertTrue(out.toString().contains("5 files: 5 scored"), out.toString());
    assertTrue(out.toString().contains("answered 2, refused 3"), out.toString());
    assertEquals(
        2,
        CxrSpark.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "score",
            "--films-per-task=0",
            "--input",
            films.toString(),
            "--output",
            folder.resolve("scores.parquet").toString()));
    assertEquals(
        1,
        CxrSpark.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "score",
            "--input",
            folder.resolve("nowhere").toString(),
            "--output",
            folder.resolve("scores.parquet").toString()));
    assertTrue(err.toString().contains("No such file"), err.toString());
  }
}
