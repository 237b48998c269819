package io.cxr.spark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** {@code cxr-spark} as a process of its own, which a test may kill, and its executors. */
final class SparkProcess implements AutoCloseable {
  /** Processes end before the second compiler is worth its time. */
  static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1";

  private static final Duration MOST = Duration.ofMinutes(10);

  private final Process process;
  private final Path out;
  private final Path err;

  private SparkProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts it with the classes of this test.
   *
   * @param scratch for its output, and for what executors look for where Spark is installed
   */
  static SparkProcess start(Path scratch, List<String> arguments) throws IOException {
    Path home = scratch.resolve("spark-home");
    Files.createDirectories(home.resolve("jars"));
    String classes = System.getProperty("java.class.path");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                SHORT_LIVED,
                "-Djava.awt.headless=true",
                "-Djava.io.tmpdir=" + Files.createDirectories(scratch.resolve("tmp")),
                "-cp",
                classes,
                CxrSpark.class.getName()));
    command.addAll(arguments);
    command.add("--conf=spark.executor.extraClassPath=" + classes);
    command.add("--conf=spark.executor.extraJavaOptions=" + SHORT_LIVED);
    command.add("--conf=spark.local.dir=" + scratch.resolve("local"));
    command.add("--conf=spark.driver.bindAddress=127.0.0.1");
    command.add("--conf=spark.driver.host=127.0.0.1");
    Path out = Files.createTempFile(scratch, "out", ".txt");
    Path err = Files.createTempFile(scratch, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(scratch.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    return new SparkProcess(builder.start(), out, err);
  }

  /** Waits for its end, and gives what it printed. */
  String ended(int code) throws IOException, InterruptedException {
    if (!process.waitFor(MOST.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("It did not end: " + said());
    }
    if (process.exitValue() != code) {
      throw new AssertionError("Exit code " + process.exitValue() + ": " + said());
    }
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  /** What it printed of errors. */
  String said() throws IOException {
    return Files.readString(err, StandardCharsets.UTF_8);
  }

  /** Waits until something is so, while it runs. */
  void await(BooleanSupplier condition) throws IOException, InterruptedException {
    long end = System.nanoTime() + MOST.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("It ended too soon, or it takes too long: " + said());
      }
      Thread.sleep(20);
    }
  }

  /** Its executors that are alive. */
  List<ProcessHandle> executors() {
    return process.descendants().filter(SparkProcess::isExecutor).toList();
  }

  /** Java itself gives the first few thousand characters of a command alone. */
  private static boolean isExecutor(ProcessHandle handle) {
    try {
      return Files.readString(
              Path.of("/proc", handle.pid() + "", "cmdline"), StandardCharsets.ISO_8859_1)
          .contains("CoarseGrainedExecutorBackend");
    } catch (IOException e) {
      // It has ended, or this is not Linux.
      return handle
          .info()
          .commandLine()
          .map(line -> line.contains("CoarseGrainedExecutorBackend"))
          .orElse(false);
    }
  }

  /** Ends it at once, as the system does that lacks memory. */
  void kill() throws InterruptedException {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().waitFor();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
