package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.onnx.ClassifyInAProcess.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How ONNX Runtime's library is loaded where a system makes it hard, and what it leaves behind. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RuntimeLibraryTest {
  @TempDir Path folder;
  private Path model;
  private Path temporary;

  @BeforeEach
  void write() throws IOException {
    model = SmallNetwork.softmax().write(folder);
    temporary = Files.createDirectory(folder.resolve("temporary"));
  }

  private static String temporary(Path folder) {
    return "-Djava.io.tmpdir=" + folder;
  }

  /** Runs a shell command on mounts of its own before the process. */
  private static List<String> withMount(String command) {
    List<String> wrapper = List.of("unshare", "-m", "sh", "-ec", command + "; exec \"$@\"", "sh");
    boolean works;
    try {
      Process process =
          new ProcessBuilder(Stream.concat(wrapper.stream(), Stream.of("true")).toList())
              .redirectErrorStream(true)
              .start();
      process.getInputStream().readAllBytes();
      works = process.waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      works = false;
    }
    assumeTrue(works, "SKIPPED: no leave to mount a file system here: " + command);
    return wrapper;
  }

  private static void assertAnswers(Outcome outcome) {
    assertEquals(0, outcome.status(), outcome.errors());
    assertEquals("", outcome.errors());
    assertTrue(outcome.output().contains("COVID19"), outcome.output());
  }

  private static void assertFails(Outcome outcome, String... parts) {
    assertEquals(1, outcome.status(), outcome.output());
    String first = outcome.errors().lines().findFirst().orElseThrow();
    for (String part : parts) {
      assertTrue(first.contains(part), () -> "expected '" + part + "' in: " + first);
    }
  }

  private static void assertEmpty(Path folder) throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.filter(file -> !file.endsWith("hsperfdata_root")).toList());
    }
  }

  @Test
  void nothingStaysBehindInTheTemporaryFolder() throws Exception {
    assertAnswers(ClassifyInAProcess.run(List.of(), List.of(temporary(temporary)), model));
    assertEmpty(temporary);
    Path cache = folder.resolve("cache");
    for (int i = 0; i < 2; i++) {
      assertAnswers(ClassifyInAProcess.run(List.of(), List.of(temporary(temporary)), model, cache));
      assertEmpty(temporary);
    }
  }

  @Test
  void aTemporaryFolderThatCannotBeWrittenIsNamed() throws Exception {
    // Below a file: not even root can write there.
    Path nowhere = model.resolve("nowhere");
    assertFails(
        ClassifyInAProcess.run(List.of(), List.of(temporary(nowhere)), model),
        "Temporary folder " + nowhere,
        "-Djava.io.tmpdir=DIR",
        "cache");
  }

  @Test
  void aReadOnlyTemporaryFolderIsNamed() throws Exception {
    List<String> readOnly = withMount("mount -t tmpfs -o ro tmpfs '" + temporary + "'");
    assertFails(
        ClassifyInAProcess.run(readOnly, List.of(temporary(temporary)), model),
        "Temporary folder " + temporary,
        "Read-only file system",
        "-Djava.io.tmpdir=DIR");
  }

  @Test
  void aFilledCacheNeedsNoTemporaryFolder() throws Exception {
    Path cache = folder.resolve("cache");
    Outcome filling =
        ClassifyInAProcess.run(List.of(), List.of(temporary(temporary)), model, cache);
    assertAnswers(filling);
    Outcome filled =
        ClassifyInAProcess.run(
            List.of(), List.of(temporary(model.resolve("nowhere"))), model, cache);
    assertAnswers(filled);
    assertEquals(filling.output(), filled.output());
    assertTrue(filled.output().startsWith(cache.toString()), filled.output());
  }

  @Test
  void aTemporaryFolderThatForbidsProgramsIsNamed() throws Exception {
    List<String> noexec = withMount("mount -t tmpfs -o noexec tmpfs '" + temporary + "'");
    assertFails(
        ClassifyInAProcess.run(noexec, List.of(temporary(temporary)), model),
        "Temporary folder " + temporary,
        "noexec",
        "-Djava.io.tmpdir=DIR");
  }

  @Test
  void aCacheThatForbidsProgramsIsDoneWithoutItsLibraries() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    List<String> noexec = withMount("mount -t tmpfs -o noexec,mode=700 tmpfs '" + cache + "'");
    Outcome outcome = ClassifyInAProcess.run(noexec, List.of(temporary(temporary)), model, cache);
    assertEquals(0, outcome.status(), outcome.errors());
    assertTrue(outcome.errors().contains("noexec"), outcome.errors());
    assertTrue(outcome.output().startsWith(temporary.toString()), outcome.output());
    assertEmpty(temporary);
  }

  @Test
  void deniedNativeAccessIsNamed() throws Exception {
    Path java = javaThatDenies();
    assertFails(
        ClassifyInAProcess.run(List.of(), java, List.of("--illegal-native-access=deny"), model),
        "Native access is denied",
        "--enable-native-access=ALL-UNNAMED");
  }

  /** The running Java, or one beside it, that can deny native access. */
  private static Path javaThatDenies() throws IOException {
    Path home = Path.of(System.getProperty("java.home"));
    Path beside = home.toAbsolutePath().getParent();
    try (Stream<Path> homes = Files.list(beside)) {
      for (Path candidate : homes.sorted().toList()) {
        Path release = candidate.resolve("release");
        Path java = candidate.resolve("bin/java");
        if (Files.isExecutable(java)
            && Files.isReadable(release)
            && Files.readString(release).matches("(?s).*JAVA_VERSION=\"(2[4-9]|[3-9][0-9]).*")) {
          return java;
        }
      }
    }
    assumeTrue(false, "SKIPPED: no Java 24 or later in " + beside);
    throw new AssertionError();
  }

  /** A container often shows a graphics card's folder and nothing in it. */
  @Test
  void standardErrorStaysEmptyInAContainer() throws Exception {
    List<String> hidden =
        withMount("mount -t tmpfs tmpfs /sys/class && mkdir -p /sys/class/drm/card0");
    assertAnswers(ClassifyInAProcess.run(hidden, List.of(temporary(temporary)), model));
    List<String> without = withMount("mount -t tmpfs tmpfs /sys");
    assertAnswers(ClassifyInAProcess.run(without, List.of(temporary(temporary)), model));
  }

  @Test
  void standardErrorStaysEmptyOnOneProcessor() throws Exception {
    assertAnswers(ClassifyInAProcess.run(List.of(), List.of("-XX:ActiveProcessorCount=1"), model));
    // More threads than processors that this process may use.
    Path taskset = Path.of("/usr/bin/taskset");
    assumeTrue(Files.isExecutable(taskset), "SKIPPED: no taskset");
    assertAnswers(
        ClassifyInAProcess.run(
            List.of(taskset.toString(), "-c", "0"), List.of("-XX:ActiveProcessorCount=4"), model));
  }

  @Test
  void mountsAreFoundByTheDeepestPoint() {
    List<String> mounts =
        List.of(
            "1 0 0:1 / / rw,relatime - ext4 /dev/root rw",
            "2 1 0:2 / /tmp rw,noexec shared:1 - tmpfs tmpfs rw",
            "3 2 0:3 / /tmp/with\\040space rw - tmpfs tmpfs rw");
    assertTrue(MountedFileSystem.of(Path.of("/tmp/x/y"), mounts).forbidsPrograms());
    assertTrue(MountedFileSystem.of(Path.of("/tmp"), mounts).forbidsPrograms());
    assertFalse(MountedFileSystem.of(Path.of("/tmpx"), mounts).forbidsPrograms());
    assertFalse(MountedFileSystem.of(Path.of("/tmp/with space/x"), mounts).forbidsPrograms());
    assertFalse(MountedFileSystem.of(Path.of("/tmp"), List.of()).forbidsPrograms());
  }
}
