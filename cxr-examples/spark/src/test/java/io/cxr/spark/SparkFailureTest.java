package io.cxr.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left when processes die and disks are full. */
@Tag("slow")
class SparkFailureTest {
  private static final String CLUSTER = "--master=local-cluster[2,1,1024]";
  private static final int FILMS = 400;

  @TempDir Path folder;

  private Path films;
  private Path table;

  @BeforeEach
  void draw() throws IOException {
    films = folder.resolve("films");
    table = folder.resolve("scores.parquet");
    Films.phantoms(films, 20);
    Films.damaged(films);
    for (int i = 20; i < FILMS; i++) {
      Files.copy(films.resolve(i % 20 + ".png"), films.resolve(i + ".png"));
    }
  }

  private SparkProcess score(Path output, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("score", "--ungated", "--input=" + films, "--output=" + output));
    arguments.addAll(Arrays.asList(more));
    return SparkProcess.start(folder, arguments);
  }

  /** Every film once, and the damaged ones with their reason. */
  private void assertWhole(Path output, long answered) {
    Dataset<Row> rows = LocalSpark.session().read().parquet(output.toString());
    assertEquals(answered + 3, rows.count());
    assertEquals(answered + 3, rows.select("path").distinct().count());
    assertEquals(answered, rows.filter("state = 'ANSWERED' and label is not null").count());
    assertEquals(
        3, rows.filter("state = 'REFUSED' and reason is not null and error is not null").count());
  }

  private static boolean has(Path folder, String part) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.anyMatch(file -> file.toString().contains(part));
    } catch (UncheckedIOException | IOException e) {
      // Files come and go while others write.
      return false;
    }
  }

  @Test
  void filmsOfAKilledExecutorAreScoredByAnother() throws Exception {
    try (SparkProcess run = score(table, CLUSTER, "--films-per-task=10")) {
      run.await(() -> run.executors().size() == 2 && has(table, "attempt_"));
      ProcessHandle killed = run.executors().get(0);
      killed.destroyForcibly();
      assertTrue(run.isAlive());
      assertFalse(has(table, "_SUCCESS"), "killed while films were scored");
      String said = run.ended(0);
      assertTrue(said.contains(FILMS + 3 + " files: " + (FILMS + 3) + " scored"), said);
    }
    assertWhole(table, FILMS);
  }

  @Test
  void aKilledDriverLeavesWholeFilesAndTheNextRunGoesOn() throws Exception {
    try (SparkProcess run = score(table, "--master=local[2]", "--films-per-round=80")) {
      run.await(() -> has(table, "_SUCCESS") && has(table, "attempt_"));
      run.kill();
    }
    Dataset<Row> left = LocalSpark.session().read().parquet(table.toString());
    long known = left.count();
    assertTrue(known > 0 && known < FILMS + 3, known + " rows");
    assertEquals(known, left.filter("state in ('ANSWERED', 'REFUSED')").count());
    LocalSpark.session().catalog().refreshByPath(table.toString());
    try (SparkProcess run = score(table, "--master=local[2]")) {
      String said = run.ended(0);
      assertTrue(said.contains(": " + (FILMS + 3 - known) + " scored"), said);
      assertTrue(said.contains(", " + known + " had their row already"), said);
    }
    assertWhole(table, FILMS);
    Files.copy(films.resolve("0.png"), films.resolve("added.png"));
    try (SparkProcess run = score(table, "--master=local[2]")) {
      String said = run.ended(0);
      assertTrue(said.contains(FILMS + 4 + " files: 1 scored"), said);
    }
    LocalSpark.session().catalog().refreshByPath(table.toString());
    assertWhole(table, FILMS + 1);
  }

  @Test
  void aFullDiskIsSaidAndWhatWasWrittenIsWhole() throws Exception {
    Path disk = Files.createDirectories(folder.resolve("disk"));
    assumeTrue(
        mount("-t", "tmpfs", "-o", "size=48k", "tmpfs", disk.toString()),
        "SKIPPED: no file system can be mounted here, so that there is no full disk");
    try {
      Path output = disk.resolve("scores.parquet");
      try (SparkProcess run = score(output, "--master=local[2]", "--films-per-round=50")) {
        run.ended(1);
        assertTrue(run.said().contains("No space left"), run.said());
      }
      assertTrue(mount("-o", "remount,size=64m", disk.toString()));
      try (SparkProcess run = score(output, "--master=local[2]")) {
        run.ended(0);
      }
      assertWhole(output, FILMS);
    } finally {
      new ProcessBuilder("umount", disk.toString()).start().waitFor();
    }
  }

  private static boolean mount(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("mount"));
    command.addAll(Arrays.asList(arguments));
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
