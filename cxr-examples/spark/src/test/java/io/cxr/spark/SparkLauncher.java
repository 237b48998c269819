package io.cxr.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * The script {@code cxr-spark}, laid out as after a build: the application's jars in {@code lib},
 * Spark's in {@code spark/jars}.
 */
final class SparkLauncher {
  private static final Path LAYOUT = Path.of("target/launcher").toAbsolutePath();

  private final Path script;

  /** Lays it out, in the place of an older one. */
  SparkLauncher() throws IOException {
    if (Files.exists(LAYOUT)) {
      try (Stream<Path> old = Files.walk(LAYOUT)) {
        for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Path module = Files.createDirectories(LAYOUT.resolve("cxr-examples/spark"));
    script = module.resolve("cxr-spark");
    Files.copy(Path.of("cxr-spark"), script);
    assertTrue(script.toFile().setExecutable(true));
    Files.createDirectories(module.resolve("conf"));
    Files.copy(Path.of("conf/log4j2.properties"), module.resolve("conf/log4j2.properties"));
    Path target = Files.createDirectories(module.resolve("target"));
    Files.createSymbolicLink(target.resolve("spark"), StandaloneCluster.HOME);
    jar(Path.of("target/classes"), target.resolve("cxr-spark-0.jar"));
    Set<String> ofSpark = new HashSet<>();
    try (Stream<Path> jars = Files.list(StandaloneCluster.HOME.resolve("jars"))) {
      jars.forEach(jar -> ofSpark.add(jar.getFileName().toString()));
    }
    Path lib = Files.createDirectories(target.resolve("lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.isDirectory(path) && !path.startsWith(Path.of("target").toAbsolutePath())) {
        // A module that is built in the same run: MODULE/target/classes.
        jar(path, lib.resolve(path.getParent().getParent().getFileName() + "-0.jar"));
      } else if (Files.isRegularFile(path) && !ofSpark.contains(path.getFileName().toString())) {
        Files.createSymbolicLink(lib.resolve(path.getFileName()), path);
      }
    }
    Files.createFile(target.resolve("cxr.built"));
  }

  private static void jar(Path classes, Path jar) throws IOException {
    try (Stream<Path> files = Files.walk(classes);
        JarOutputStream stream = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        stream.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, stream);
        stream.closeEntry();
      }
    }
  }

  /**
   * What a run did.
   *
   * @param exitCode its exit code
   * @param out what it printed
   * @param err what it said
   */
  record Run(int exitCode, String out, String err) {}

  /**
   * Runs it as a user does.
   *
   * @param folder where it runs, and leaves what it prints
   */
  Run run(Path folder, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(Arrays.asList(arguments));
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder
        .environment()
        .put(
            "CXR_JAVA_OPTIONS",
            "-Xmx1g "
                + SparkProcess.SHORT_LIVED
                + " -Djava.io.tmpdir="
                + Files.createDirectories(folder.resolve("tmp")));
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(8, TimeUnit.MINUTES), () -> "It did not end: " + said(err));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Run(process.exitValue(), said(out), said(err));
  }

  private static String said(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
