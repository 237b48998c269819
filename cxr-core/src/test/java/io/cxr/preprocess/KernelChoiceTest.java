package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which kernel a JVM takes by how it was started, each in a JVM of its own. */
class KernelChoiceTest {
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  private static final String PROGRAM =
      """
      public class Choice {
        public static void main(String[] arguments) throws Exception {
          var fastest = Class.forName("io.cxr.preprocess.BilinearKernel").getMethod("fastest");
          fastest.setAccessible(true);
          var radiograph = io.cxr.radiograph.Radiograph.ofGray8(30, 20, new byte[600]);
          var resized = io.cxr.preprocess.StandardPreprocessor.of(
              io.cxr.model.PreprocessingSpec.of(
                  7, 9, io.cxr.model.Resampling.BILINEAR, 1,
                  io.cxr.model.PreprocessingStep.Normalization.Kind.UNIT_RANGE))
              .gray(radiograph);
          System.out.println(resized.length + " by "
              + fastest.invoke(null).getClass().getSimpleName());
        }
      }
      """;

  @TempDir Path folder;

  private static List<String> jars() {
    // Tests see the library's classes as a folder or as a jar; neither is named like a test's.
    return Arrays.stream(CLASS_PATH.split(File.pathSeparator, -1))
        .filter(
            entry ->
                entry.matches(".*[/\\\\](classes|cxr-core[^/\\\\]*\\.jar)")
                    || entry.matches(".*[/\\\\](jackson|jspecify|commons)-[^/\\\\]*\\.jar"))
        .toList();
  }

  private String choice(List<String> options) throws IOException, InterruptedException {
    Path source = folder.resolve("Choice.java");
    Files.writeString(source, PROGRAM);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add(source.toString());
    Process java =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    try {
      assertTrue(java.waitFor(10, TimeUnit.MINUTES), "No answer: " + command);
    } finally {
      java.destroyForcibly();
    }
    String output = Files.readString(folder.resolve("output"), StandardCharsets.UTF_8);
    assertEquals(0, java.exitValue(), command + "\n" + output);
    return output.strip();
  }

  private String onClassPath(String... options) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("-cp");
    all.add(String.join(File.pathSeparator, jars()));
    return choice(all);
  }

  private static void assumeWideVectors() {
    String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    assumeTrue(
        architecture.equals("amd64") || architecture.equals("x86_64"),
        "Skipped: vectors of 256 bits are sure on no " + architecture);
  }

  @Test
  void withoutTheModuleAllWorks() throws Exception {
    assertEquals("63 by ScalarBilinear", onClassPath());
  }

  @Test
  void theModuleIsTaken() throws Exception {
    assumeWideVectors();
    assertEquals("63 by VectorBilinear", onClassPath("--add-modules", "jdk.incubator.vector"));
  }

  @Test
  void narrowVectorsAreNot() throws Exception {
    assumeWideVectors();
    assertEquals(
        "63 by ScalarBilinear",
        onClassPath("--add-modules", "jdk.incubator.vector", "-XX:MaxVectorSize=16"));
  }

  @Test
  void theModuleIsTakenOnTheModulePath() throws Exception {
    assumeWideVectors();
    String path = String.join(File.pathSeparator, jars());
    List<String> options =
        List.of("-p", path, "--add-opens", "io.cxr.core/io.cxr.preprocess=ALL-UNNAMED");
    List<String> without = new ArrayList<>(options);
    without.addAll(List.of("--add-modules", "io.cxr.core"));
    assertEquals("63 by ScalarBilinear", choice(without));
    List<String> with = new ArrayList<>(options);
    with.addAll(List.of("--add-modules", "io.cxr.core,jdk.incubator.vector"));
    assertEquals("63 by VectorBilinear", choice(with));
  }
}
