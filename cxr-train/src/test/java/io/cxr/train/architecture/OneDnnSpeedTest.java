package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A training step of the report's CNN against Deeplearning4j as it comes: its own layers on the
 * native library without oneDNN. Each runs in a process of its own, one after the other.
 */
@Tag("slow")
class OneDnnSpeedTest {
  private static final String ONEDNN_JAR = "nd4j-native-.*-onednn-.*\\.jar";

  @Test
  void aTrainingStepIsAtLeastFourTimesFaster() throws Exception {
    Path folder = Path.of("target/plain-nd4j");
    assumeTrue(
        Files.isDirectory(folder) && System.getProperty("os.arch").equals("amd64"),
        "SKIPPED: no plain ND4J for Linux on x86-64 in " + folder + "; run with -Dslow there");
    Path plainJar;
    try (Stream<Path> jars = Files.list(folder)) {
      plainJar = jars.findFirst().orElseThrow();
    }
    List<String> classPath =
        Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));
    String plain =
        classPath.stream()
            .map(
                entry ->
                    Path.of(entry).getFileName().toString().matches(ONEDNN_JAR)
                        ? plainJar.toAbsolutePath().toString()
                        : entry)
            .collect(Collectors.joining(File.pathSeparator));
    double asItComes = secondsOfAStep(plain, "-Dcxr.onednn=false", false, 3);
    double layersOnly =
        secondsOfAStep(String.join(File.pathSeparator, classPath), "-Dcxr.onednn=false", false, 4);
    double fast =
        secondsOfAStep(String.join(File.pathSeparator, classPath), "-Dcxr.onednn=true", true, 8);
    System.out.printf(
        Locale.ROOT,
        "Training step of the report's CNN, batch 16: Deeplearning4j as it comes %.2f s,"
            + " its layers with the oneDNN library %.2f s, ours %.2f s: %.1f and %.1f times faster%n",
        asItComes,
        layersOnly,
        fast,
        asItComes / fast,
        layersOnly / fast);
    assertTrue(asItComes / fast >= 4, asItComes + " s to " + fast + " s");
  }

  private static double secondsOfAStep(String classPath, String option, boolean launcher, int steps)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            option,
            "-Xmx4g",
            TrainingStep.class.getName(),
            String.valueOf(steps));
    builder.environment().put("CLASSPATH", classPath);
    if (launcher) {
      // As the launcher sets them.
      builder.environment().put("MALLOC_ARENA_MAX", "1");
      builder.environment().put("MALLOC_MMAP_MAX_", "0");
      builder.environment().put("MALLOC_TRIM_THRESHOLD_", "17179869184");
    }
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output
        .lines()
        .filter(line -> line.startsWith("seconds "))
        .mapToDouble(line -> Double.parseDouble(line.substring(8)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(output));
  }
}
