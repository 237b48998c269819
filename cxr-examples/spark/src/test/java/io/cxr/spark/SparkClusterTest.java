package io.cxr.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.commandline.Cxr;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What users do on a cluster: by the launcher alone, whose executors have Spark's jars where Spark
 * is installed, and of this application what is sent to them.
 */
@Tag("slow")
class SparkClusterTest {
  private static final int FILMS = 12;

  @TempDir Path folder;

  private static SparkLauncher launcher;

  private Path films;

  @BeforeAll
  static void layOut() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "SKIPPED: no shell");
    assertTrue(
        Files.isDirectory(StandaloneCluster.HOME.resolve("jars")),
        "expected Spark in target/spark/jars, where Maven puts it before tests run");
    launcher = new SparkLauncher();
  }

  @BeforeEach
  void nameFilms() {
    films = folder.resolve("films");
  }

  private void drawFilms() throws IOException {
    Films.phantoms(films, FILMS);
    Films.damaged(films);
  }

  private String ok(String... arguments) throws IOException, InterruptedException {
    SparkLauncher.Run run = launcher.run(folder, arguments);
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  private void scores(String master) throws IOException, InterruptedException {
    Path table = folder.resolve("scores.parquet");
    String said =
        ok(
            "score",
            "--ungated",
            "--master=" + master,
            "--input=" + films,
            "--output=" + table,
            "--films-per-task=4");
    assertTrue(said.contains(FILMS + 3 + " files: " + (FILMS + 3) + " scored"), said);
    Dataset<Row> rows = LocalSpark.session().read().parquet(table.toString());
    assertEquals(FILMS + 3, rows.select("path").distinct().count());
    assertEquals(FILMS, rows.filter("state = 'ANSWERED' and label is not null").count());
    assertEquals(3, rows.filter("state = 'REFUSED' and reason is not null").count());
  }

  @Test
  void scoresAndCrossValidatesOnAStandaloneCluster() throws Exception {
    drawFilms();
    TrainingFilms data = TrainingFilms.draw(folder);
    List<String> training = new ArrayList<>(List.of("crossvalidate", "--json", "--folds=2"));
    training.addAll(data.arguments());
    StringWriter alone = new StringWriter();
    StringWriter err = new StringWriter();
    assertEquals(
        0,
        Cxr.run(
            new PrintWriter(alone, true),
            new PrintWriter(err, true),
            training.toArray(String[]::new)),
        err.toString());
    try (StandaloneCluster cluster = new StandaloneCluster(folder)) {
      scores(cluster.url());
      training.add("--master=" + cluster.url());
      assertEquals(alone.toString(), ok(training.toArray(String[]::new)));
      String log = cluster.workerLog();
      assertTrue(log.contains("CoarseGrainedExecutorBackend"), "the worker started executors");
      assertTrue(
          log.lines()
              .filter(line -> line.contains("Launch command"))
              .noneMatch(line -> line.contains("cxr-core") || line.contains("junit")),
          "which were started without this application");
    }
  }

  @Test
  void scoresOnAClusterOfThisProcess() throws Exception {
    drawFilms();
    scores("local-cluster[1,1,1024]");
  }

  @Test
  void executorsThatDieAtStartEndTheRun() throws Exception {
    Films.phantoms(films, 1);
    SparkLauncher.Run run =
        launcher.run(
            folder,
            "score",
            "--master=local-cluster[1,1,1024]",
            "--conf=spark.executor.extraJavaOptions=-XX:MetaspaceSize=none",
            "--executor-timeout=25",
            "--input=" + films,
            "--output=" + folder.resolve("scores.parquet"));
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("no executor of local-cluster[1,1,1024] yet"), run.err());
    assertTrue(
        run.err().contains("No executor of local-cluster[1,1,1024] in 25 s: expected one"),
        run.err());
    assertFalse(run.err().contains("cancelled"), run.err());
  }

  @Test
  void aMasterThatIsNotThereIsSaidAtOnce() throws Exception {
    Films.phantoms(films, 1);
    String url = "spark://127.0.0.1:" + StandaloneCluster.freePort();
    SparkLauncher.Run run =
        launcher.run(
            folder,
            "score",
            "--master=" + url,
            "--input=" + films,
            "--output=" + folder.resolve("scores.parquet"));
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("--master " + url + ": expected a master"), run.err());
    assertTrue(run.err().contains("found nobody there"), "and not what Spark says a minute later");
  }
}
