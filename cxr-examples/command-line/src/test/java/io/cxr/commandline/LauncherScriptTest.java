package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.radiograph.Radiograph;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code ./cxr}, laid out as after a build, with this test's class path. */
class LauncherScriptTest {
  private static final Path SCRIPT = Path.of("../../cxr");

  @TempDir Path folder;
  private Path script;

  /**
   * What a process did.
   *
   * @param exitCode its exit code
   * @param text all that it printed
   */
  private record Run(int exitCode, String text) {}

  @BeforeEach
  void layOut() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "SKIPPED: no shell");
    script = folder.resolve("cxr");
    Files.copy(SCRIPT, script);
    assertTrue(script.toFile().setExecutable(true));
    Path target = folder.resolve("cxr-examples/command-line/target");
    Path lib = Files.createDirectories(target.resolve("lib"));
    StringBuilder classPath = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      classPath.append(Path.of(entry).toAbsolutePath().toUri()).append(' ');
    }
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath.toString());
    new JarOutputStream(Files.newOutputStream(lib.resolve("all.jar")), manifest).close();
    Files.createFile(target.resolve("cxr.built"));
  }

  private Run cxr(String gpuJar, Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("CXR_ONNXRUNTIME_GPU", gpuJar);
    Process process = builder.start();
    assertTrue(process.waitFor(3, TimeUnit.MINUTES));
    return new Run(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
  }

  private Path film() throws IOException {
    byte[] gray = new byte[300 * 260];
    new Random(3).nextBytes(gray);
    Path film = folder.resolve("film.png");
    Radiograph.ofGray8(300, 260, gray).writePng(film);
    return film;
  }

  @Test
  void runsWithoutAJarForCudaAndNamesAMissingOne() throws Exception {
    Run version = cxr("", "--version");
    assertEquals(0, version.exitCode(), version.text());
    Path missing = folder.resolve("onnxruntime_gpu.jar");
    Run run = cxr(missing.toString(), "--version");
    assertEquals(1, run.exitCode(), run.text());
    assertTrue(run.text().contains("CXR_ONNXRUNTIME_GPU: expected the jar"), run.text());
    assertTrue(run.text().contains(missing.toString()), run.text());
  }

  /** As far as it goes on a machine without a card. */
  @Test
  @Tag("slow")
  void theBuildForCudaGoesBeforeTheOther() throws Exception {
    Path jar =
        Path.of(
            System.getProperty("user.home"),
            ".m2/repository/com/microsoft/onnxruntime/onnxruntime_gpu/1.28.0/onnxruntime_gpu-1.28.0.jar");
    assumeTrue(Files.exists(jar), "SKIPPED: no " + jar + "; see docs/gpu.md");
    assumeTrue(Files.notExists(Path.of("/proc/driver/nvidia")), "SKIPPED: this machine has a card");
    Path film = film();
    Run without = cxr("", "classify", film, "--device", "cuda");
    assertEquals(1, without.exitCode(), without.text());
    assertTrue(without.text().contains("found the build for CPUs"), without.text());

    Run refused = cxr(jar.toString(), "classify", film, "--device", "cuda");
    assertEquals(1, refused.exitCode(), refused.text());
    assertTrue(refused.text().contains("Device cuda:0: expected an NVIDIA card"), refused.text());
    assertTrue(refused.text().contains("no NVIDIA driver with a card"), refused.text());
    assertFalse(refused.text().contains("build for CPUs"), refused.text());

    Run instead = cxr(jar.toString(), "classify", film, "--device", "cuda-or-cpu", "--json");
    assertTrue(
        instead.text().contains("Running on the CPU instead: Device cuda:0"), instead.text());
    Run asked = cxr("", "classify", film, "--json");
    assertEquals(asked.exitCode(), instead.exitCode(), instead.text());
    String answer =
        asked.text().lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow();
    assertTrue(instead.text().contains(answer), instead.text());
  }
}
