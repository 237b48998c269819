package io.cxr.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A standalone cluster of Spark as the module's build lays it out: a master and a worker as
 * processes of their own, on this machine's loopback, which know nothing of this application.
 */
final class StandaloneCluster implements AutoCloseable {
  /** The part of Spark's own installation that its processes look for. */
  static final Path HOME = Path.of("target/spark").toAbsolutePath();

  private static final int SECONDS = 240;

  private final List<Process> processes = new ArrayList<>();
  private final Path scratch;
  private final String url;

  /**
   * Starts it.
   *
   * @param scratch for logs and for the working directories of executors
   */
  StandaloneCluster(Path scratch) throws IOException, InterruptedException {
    this.scratch = scratch;
    int port = freePort();
    url = "spark://127.0.0.1:" + port;
    boolean started = false;
    try {
      Path master = scratch.resolve("master.log");
      start(master, "master.Master", "--port", port + "", "--webui-port", "0");
      await(master, "I have been elected leader");
      Path worker = scratch.resolve("worker.log");
      start(
          worker,
          "worker.Worker",
          "--webui-port",
          "0",
          "--cores",
          "2",
          "--memory",
          "2g",
          "--work-dir",
          scratch.resolve("work").toString(),
          url);
      await(worker, "Successfully registered with master");
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /** A port that was free a moment ago. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void start(Path log, String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                SparkProcess.SHORT_LIVED,
                "-cp",
                HOME.resolve("jars") + "/*",
                "org.apache.spark.deploy." + main,
                "--host",
                "127.0.0.1"));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(scratch.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_LOCAL_DIRS", scratch.resolve("local").toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    processes.add(builder.start());
  }

  private void await(Path log, String words) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!said(log).contains(words)) {
      assertTrue(
          processes.stream().allMatch(Process::isAlive) && System.nanoTime() < end,
          () -> words + ": " + said(log));
      Thread.sleep(200);
    }
  }

  private static String said(Path log) {
    try {
      return Files.readString(log, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** For {@code --master}. */
  String url() {
    return url;
  }

  /** What its executors were started with, and what became of them. */
  String workerLog() {
    return said(scratch.resolve("worker.log"));
  }

  /** Ends all of it at once, executors first. */
  @Override
  public void close() {
    for (int i = processes.size() - 1; i >= 0; i--) {
      List<ProcessHandle> children = processes.get(i).descendants().toList();
      processes.get(i).destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
