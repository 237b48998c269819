package io.cxr.workbench.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.workbench.dataset.DataSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways in which a training ends badly, and what its user is told. */
class TrainingFailureTest {
  @TempDir Path folder;

  private Path job;
  private Path films;
  private TrainingOrder order;

  @BeforeEach
  void order() throws Exception {
    job = Files.createDirectories(folder.resolve("state").resolve("job-1"));
    films = Files.createDirectories(folder.resolve("films"));
    SyntheticChestPhantom.writeFolder(films, 4, 1);
    order =
        new TrainingOrder(
            "name",
            new DataSet("films-of-1999", films, null),
            Preset.SMALL_CNN,
            2,
            1,
            folder.resolve("state").resolve("shared"));
    order.write(job);
  }

  /** Says what is expected, what is found and what to do, and nothing of the server. */
  private void isSentence(String sentence, String... words) {
    assertTrue(sentence.contains("expected") && sentence.contains("found"), sentence);
    assertTrue(sentence.matches("(?s).*\\b(Put|Delete|Take|Make|Resume|resume)\\b.*"), sentence);
    for (String word : words) {
      assertTrue(sentence.contains(word), sentence);
    }
    assertFalse(sentence.contains(folder.toString()), sentence);
    assertFalse(sentence.contains("\n"), sentence);
  }

  @Test
  void whatTheTrainerSaysIsKeptWithoutPaths() {
    String said = films + ": expected two labels or more, found [CLEAR]. Add films, then resume.";
    assertEquals(
        said.replace(films.toString(), "films-of-1999"),
        TrainingFailure.within(new IllegalArgumentException(said), order, job));
    isSentence(
        TrainingFailure.within(
            new IllegalStateException("Op failed in " + job + "\n at line 2"), order, job),
        "IllegalStateException",
        "Op failed");
    isSentence(TrainingFailure.within(new NullPointerException(), order, job), "NullPointer");
  }

  @Test
  void filmsAndFoldersThatWentAwayAreTold() throws Exception {
    Path film = films.resolve("CLEAR").resolve("Agnes.png");
    Exception gone = new UncheckedIOException(new NoSuchFileException(film.toString()));
    String one = TrainingFailure.within(gone, order, job);
    isSentence(one, "deleted meanwhile", "log");
    assertFalse(one.contains("Agnes"), "names of films may be names of patients");

    Files.move(films, folder.resolve("elsewhere"));
    isSentence(TrainingFailure.within(gone, order, job), "films-of-1999", "moved or deleted");

    Path none = folder.resolve("none");
    IOException start = new NoSuchFileException(none.toString());
    isSentence(TrainingFailure.around(start, none), "deleted");
  }

  @Test
  void aFullDiskAndMemoryAreTold() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "SKIPPED: no /dev/full here, so that there is no full disk");
    try {
      Files.write(full, new byte[1]);
      throw new AssertionError("expected a full disk");
    } catch (IOException e) {
      isSentence(TrainingFailure.within(new UncheckedIOException(e), order, job), "full");
      isSentence(TrainingFailure.around(new IllegalStateException("written", e), job), "full");
    }
    Throwable memory = new ExceptionInInitializerError(new OutOfMemoryError());
    isSentence(TrainingFailure.within(memory, order, job), "memory");
    isSentence(TrainingFailure.ofProcess(137, Optional.empty()), "killed", "memory");
    isSentence(TrainingFailure.ofProcess(139, Optional.of("# SIGSEGV")), "signal 11", "SIGSEGV");
  }

  /** Ends a process of the order, whose log says why. */
  private String died(long heapBytes) throws Exception {
    TrainingLog log = new TrainingLog(job);
    long before = log.size();
    Process process = TrainingCommand.start(job, heapBytes);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    for (String line : said.lines().toList()) {
      log.append(line);
    }
    assertNotEquals(0, process.waitFor());
    return TrainingFailure.ofProcess(process.exitValue(), log.lastMessage(before));
  }

  @Test
  void aProcessThatDoesNotStartTellsTheEndOfItsLog() throws Exception {
    Files.writeString(new TrainingLog(job).file(), "of the process before\n");
    String sentence = died(1L << 60);
    isSentence(sentence, "exit code 1", "after it said");
    assertFalse(sentence.contains("before"), sentence);
  }

  @Test
  @Tag("slow")
  void aProcessThatRunsOutOfHeapSaysSo() throws Exception {
    Process process = TrainingCommand.start(job, 14L << 20);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Optional<String> end =
        said.lines()
            .flatMap(line -> TrainingMessage.read(line).stream())
            .flatMap(message -> Optional.ofNullable(message.error()).stream())
            .findFirst();
    int code = process.waitFor();
    assertEquals(
        TrainingFailure.OUT_OF_MEMORY,
        end.orElseGet(() -> TrainingFailure.ofProcess(code, Optional.empty())),
        said);
  }

  @Test
  void theLogIsReadFromItsEndWithoutPaths() throws Exception {
    TrainingLog log = new TrainingLog(job);
    assertEquals("", log.text());
    assertEquals(Optional.empty(), log.lastMessage(0));
    Files.writeString(
        log.file(),
        "x\n".repeat(300_000)
            + "java.io.IOException: "
            + films.resolve("a.png")
            + "\n\tat io.cxr.Some.line(Some.java:1)\n\t... 3 more\n");
    String text = log.text();
    assertTrue(text.length() < 270_000 && text.startsWith("(The beginning"), "the end alone");
    assertTrue(text.contains("films-of-1999/a.png") && !text.contains(folder.toString()));
    assertEquals(Optional.of("java.io.IOException: films-of-1999/a.png"), log.lastMessage(0));
  }
}
