package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code ./cxr}, laid out as after a build, with this test's class path. */
class LauncherScriptTest {
  @TempDir Path folder;
  private Launcher launcher;

  /**
   * What a process did.
   *
   * @param exitCode its exit code
   * @param text all that it printed
   */
  private record Run(int exitCode, String text) {}

  @BeforeEach
  void layOut() throws IOException {
    assumeTrue(Launcher.runs(), "SKIPPED: no shell, or no launcher beside this module");
    launcher = Launcher.in(Files.createDirectory(folder.resolve("clone")));
  }

  private Run cxr(String gpuJar, Object... arguments) throws IOException, InterruptedException {
    Launcher.Output output = launcher.run(Map.of("CXR_ONNXRUNTIME_GPU", gpuJar), arguments);
    return new Run(output.exitCode(), output.out() + output.err());
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
