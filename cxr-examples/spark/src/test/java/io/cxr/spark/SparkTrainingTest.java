package io.cxr.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.commandline.Cxr;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkTrainingTest {
  @TempDir Path folder;

  private Path images;

  private TrainingFilms films;

  @BeforeEach
  void draw() throws IOException {
    films = TrainingFilms.draw(folder);
    images = films.images();
    LocalSpark.session();
  }

  private String[] arguments(String command, String... more) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(films.arguments());
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  private static String onSpark(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = CxrSpark.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    assertEquals(0, code, err.toString());
    return out.toString();
  }

  private static String onOneMachine(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Cxr.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    assertEquals(0, code, err.toString());
    return out.toString();
  }

  private String features() {
    String table = folder.resolve("features.parquet").toString();
    onSpark(arguments("features", "--output=" + table, "--films-per-task=7"));
    return table;
  }

  /** All figures are compared as they are printed, with all of their digits. */
  @Test
  void foldsOnExecutorsGiveTheFiguresOfOneMachine() {
    String alone =
        onOneMachine(
            arguments(
                "crossvalidate", "--json", "--folds=3", "--cache=" + folder.resolve("alone")));
    assertTrue(alone.contains("\"folds\":3"), alone);
    assertEquals(
        alone,
        onSpark(
            arguments(
                "crossvalidate", "--json", "--folds=3", "--cache=" + folder.resolve("spark"))));
    assertEquals(
        alone,
        onSpark(
            arguments(
                "crossvalidate",
                "--json",
                "--folds=3",
                "--cache=" + folder.resolve("unused"),
                "--features-table=" + features())),
        "from features that other tasks computed");
    assertTrue(Files.notExists(folder.resolve("unused")));
  }

  @Test
  @Tag("slow")
  void sourcesLeftOutOnExecutorsGiveTheFiguresOfOneMachine() {
    String[] ungated = {"--json", "--group-by=source", "--ungated"};
    String[] alone = Arrays.copyOf(ungated, 4);
    alone[3] = "--cache=" + folder.resolve("alone");
    String[] spark = Arrays.copyOf(ungated, 4);
    spark[3] = "--features-table=" + features();
    String expected = onOneMachine(arguments("crossvalidate", alone));
    assertTrue(expected.contains("s2"), expected);
    assertEquals(expected, onSpark(arguments("crossvalidate", spark)));
  }

  @Test
  @Tag("slow")
  void headsOfTheDriverAndOfTheExecutorsAreModelFiles() throws IOException {
    String table = features();
    Path driver = folder.resolve("of-driver/model.onnx");
    Path alone = folder.resolve("of-alone/model.onnx");
    Path executors = folder.resolve("of-executors/model.onnx");
    onSpark(arguments("train", "--features-table=" + table, "--out=" + driver, "--l2=0.05"));
    onOneMachine(
        arguments("train", "--cache=" + folder.resolve("alone"), "--out=" + alone, "--l2=0.05"));
    onSpark(
        arguments(
            "train", "--features-table=" + table, "--mllib", "--out=" + executors, "--l2=0.05"));
    try (OnnxClassifier expected = OnnxClassifier.builder(alone).threads(1).open();
        OnnxClassifier same = OnnxClassifier.builder(driver).threads(1).open();
        OnnxClassifier near =
            OnnxClassifier.builder(executors).threads(1).calibration(false).open();
        OnnxClassifier plain = OnnxClassifier.builder(alone).threads(1).calibration(false).open();
        Stream<Path> films = Files.list(images.resolve("DARK"))) {
      assertEquals(expected.card(), same.card());
      ModelCard card = near.card();
      assertEquals(
          expected.card().training().orElseThrow().trainingImages(),
          card.training().orElseThrow().trainingImages());
      assertTrue(
          card.training().orElseThrow().settings().get("optimizer").startsWith("MLlib"),
          card.training().toString());
      assertTrue(card.calibration().isPresent());
      assertEquals(4, card.thresholds().size());
      for (Path film : films.toList()) {
        Radiograph radiograph = Radiograph.read(film);
        Prediction prediction = expected.classify(radiograph);
        assertEquals(prediction.probabilities(), same.classify(radiograph).probabilities());
        // The same loss and penalty, found by another program.
        assertEquals(
            plain.classify(radiograph).probability("DARK"),
            near.classify(radiograph).probability("DARK"),
            0.02);
      }
    }
  }

  /** Classes of unlike size, where weights tell. */
  @Test
  @Tag("slow")
  void executorsWeighClassesAsOneMachineDoes() throws IOException {
    for (int i = 0; i < 8; i++) {
      for (int source = 0; source < 3; source++) {
        Files.delete(images.resolve("DARK/" + source + "-" + i + ".png"));
      }
    }
    String table = features();
    Path plain = folder.resolve("plain/model.onnx");
    Path alone = folder.resolve("of-alone/model.onnx");
    Path executors = folder.resolve("of-executors/model.onnx");
    String[] weighted = {"--l2=0.05", "--balanced", "--validation=0.4"};
    onSpark(
        arguments(
            "train",
            "--features-table=" + table,
            "--mllib",
            "--out=" + plain,
            "--l2=0.05",
            "--validation=0.4"));
    onSpark(
        arguments(
            "train",
            concat(weighted, "--features-table=" + table, "--mllib", "--out=" + executors)));
    onOneMachine(
        arguments(
            "train", concat(weighted, "--cache=" + folder.resolve("alone"), "--out=" + alone)));
    try (OnnxClassifier expected = uncalibrated(alone);
        OnnxClassifier found = uncalibrated(executors);
        OnnxClassifier unlike = uncalibrated(plain)) {
      for (String label : List.of("DARK", "LIGHT")) {
        String setting = "classWeight." + label;
        assertEquals(
            Double.parseDouble(setting(expected, setting)),
            Double.parseDouble(setting(found, setting)),
            1e-9);
      }
      double furthest = 0;
      try (Stream<Path> films = Files.list(images.resolve("LIGHT"))) {
        for (Path film : films.toList()) {
          Radiograph radiograph = Radiograph.read(film);
          double dark = expected.classify(radiograph).probability("DARK");
          assertEquals(dark, found.classify(radiograph).probability("DARK"), 0.02);
          furthest =
              Math.max(furthest, Math.abs(dark - unlike.classify(radiograph).probability("DARK")));
        }
      }
      assertTrue(furthest > 0.05, "weights tell: " + furthest);
    }
  }

  private static OnnxClassifier uncalibrated(Path file) throws IOException {
    return OnnxClassifier.builder(file)
        .threads(1)
        .calibration(false)
        .noveltyGate(false)
        .viewGate(false)
        .open();
  }

  private static String setting(OnnxClassifier classifier, String name) {
    return classifier.card().training().orElseThrow().settings().get(name);
  }

  private static String[] concat(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }

  /** What would have no effect is refused before anything is read. */
  @Test
  void optionsWithoutAnEffectAreRefused() {
    for (String option :
        List.of(
            "--balance=source",
            "--head=sigmoid",
            "--head=svm",
            "--epochs=3",
            "--patience=1",
            "--label-smoothing=0.1",
            "--focal=2",
            "--source-penalty=1",
            "--calibrate-on=source",
            "--augment=source-randomizing",
            "--views=2",
            "--blank-centres",
            "--resume",
            "--minutes=1")) {
      String said =
          refused("train", "--mllib", "--features-table=none", "--out=model.onnx", option);
      assertTrue(said.contains(option.split("=", 2)[0] + ": expected"), said);
      assertTrue(said.contains("--mllib"), said);
    }
    assertTrue(
        refused("train", "--features-table=none", "--out=model.onnx", "--cache=cache")
            .contains("--cache"));
    assertTrue(
        refused("features", "--output=" + folder.resolve("f.parquet"), "--threads=2")
            .contains("--threads: expected none on Spark"));
    assertTrue(
        refused(
                "features",
                "--output=" + folder.resolve("f.parquet"),
                "--augment=source-randomizing",
                "--views=2")
            .contains("augmented views"));
    StringWriter err = new StringWriter();
    assertEquals(
        2,
        CxrSpark.run(
            new PrintWriter(new StringWriter(), true),
            new PrintWriter(err, true),
            "score",
            "--input=" + images,
            "--path-column=file",
            "--output=" + folder.resolve("scores.parquet")));
    assertTrue(err.toString().contains("--path-column: expected with a table"), err.toString());
  }

  private String refused(String command, String... more) {
    StringWriter err = new StringWriter();
    int code =
        CxrSpark.run(
            new PrintWriter(new StringWriter(), true),
            new PrintWriter(err, true),
            arguments(command, more));
    assertEquals(2, code, err.toString());
    return err.toString();
  }

  @Test
  @Tag("slow")
  void featuresGoOnWhereTheyStoppedAndNameWhatCannotBeRead() throws IOException {
    String table = features();
    Files.writeString(images.resolve("DARK").resolve("0-0.png"), "no picture");
    assertTrue(
        onSpark(arguments("features", "--output=" + table))
            .contains("60 files: features of 1 computed"));
    List<Row> failed =
        LocalSpark.session()
            .read()
            .parquet(table)
            .filter("state = 'FAILED'")
            .select("path", "features")
            .collectAsList();
    assertEquals(1, failed.size());
    assertTrue(failed.get(0).getString(0).endsWith("0-0.png") && failed.get(0).isNullAt(1));
    StringWriter err = new StringWriter();
    int code =
        CxrSpark.run(
            new PrintWriter(new StringWriter(), true),
            new PrintWriter(err, true),
            arguments("crossvalidate", "--features-table=" + table));
    assertEquals(1, code);
    assertTrue(err.toString().contains("1 of 60 images have no features"), err.toString());
    assertTrue(err.toString().contains("0-0.png"), err.toString());
  }
}
