package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The start script of the distribution, laid out as the archive is, with this test's class path.
 */
class GatewayScriptTest {
  private static final Path SCRIPT = Path.of("src/main/dist/bin/cxr-gateway");
  private static final int OUT_OF_MEMORY = 3;
  private static final int TERMINATED = 128 + 15;
  private static final int KILLED = 128 + 9;

  @TempDir Path folder;
  private Path script;
  private FaultyArchive archive;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void layOut() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "SKIPPED: no shell");
    script = Files.createDirectories(folder.resolve("cxr-gateway/bin")).resolve("cxr-gateway");
    Files.copy(SCRIPT, script);
    assertTrue(script.toFile().setExecutable(true));
    StringBuilder classPath = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      classPath.append(Path.of(entry).toAbsolutePath().toUri()).append(' ');
    }
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath.toString());
    Path all = Files.createDirectories(folder.resolve("cxr-gateway/lib")).resolve("all.jar");
    new JarOutputStream(Files.newOutputStream(all), manifest).close();
    archive = new FaultyArchive();
  }

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
    if (archive != null) {
      archive.close();
    }
  }

  private Process start(Path program, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(
                ProcessBuilder.Redirect.appendTo(folder.resolve("gateway.log").toFile()));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private Process gateway(Map<String, String> environment, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(
        List.of(
            "--archive",
            archive.root().toString(),
            "--state",
            folder.resolve("state").toString(),
            "--cache",
            folder.resolve("cache").toString(),
            "--listen",
            "127.0.0.1:0"));
    return start(script, environment, arguments.toArray(String[]::new));
  }

  private URI address(Process process) throws IOException {
    // Not closed: the process may write more.
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    assertTrue(
        line != null && line.startsWith("Listening on "),
        () -> line + System.lineSeparator() + log());
    return URI.create(line.substring("Listening on ".length()));
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("gateway.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static int health(URI address) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(address.resolve("/health")).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private int exitCode(Process process) throws InterruptedException {
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), this::log);
    return process.exitValue();
  }

  @Test
  void startsThroughALinkWorksAndEndsBySignal() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("gateway"), script);
    Process version = start(link, Map.of(), "--version");
    assertEquals(0, exitCode(version), this::log);
    assertTrue(version.inputReader().readLine().startsWith("cxr-gateway "));

    Process killed = gateway(Map.of());
    assertEquals(200, health(address(killed)));
    killed.destroyForcibly();
    assertEquals(KILLED, exitCode(killed));

    Process again = gateway(Map.of());
    assertEquals(200, health(address(again)), "starts on the state that was left");
    again.destroy();
    assertEquals(TERMINATED, exitCode(again), this::log);
  }

  @Test
  void aMissingJarForCudaIsNamed() throws Exception {
    Path missing = folder.resolve("onnxruntime_gpu.jar");
    Process process =
        gateway(Map.of("CXR_ONNXRUNTIME_GPU", missing.toString()), "--device", "cuda");
    assertEquals(1, exitCode(process), this::log);
    assertTrue(log().contains("CXR_ONNXRUNTIME_GPU: expected the jar"), this::log);
    assertTrue(log().contains(missing.toString()), this::log);
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
    Map<String, String> cuda = Map.of("CXR_ONNXRUNTIME_GPU", jar.toString());
    Process refused = gateway(cuda, "--device", "cuda");
    assertEquals(1, exitCode(refused), this::log);
    assertTrue(log().contains("Device cuda:0: expected an NVIDIA card"), this::log);
    assertFalse(log().contains("build for CPUs"), this::log);

    Process instead = gateway(cuda, "--device", "cuda-or-cpu");
    assertEquals(200, health(address(instead)));
    assertTrue(log().contains("Running on the CPU instead: Device cuda:0"), this::log);
    instead.destroy();
    assertEquals(TERMINATED, exitCode(instead), this::log);
  }

  @Tag("slow")
  @Test
  void withAFilledCacheItNeedsNoTemporaryFolder() throws Exception {
    Process first = gateway(Map.of());
    assertEquals(200, health(address(first)));
    first.destroy();
    assertEquals(TERMINATED, exitCode(first), this::log);

    Path none = folder.resolve("there-is-no-such-folder");
    Process gateway = gateway(Map.of("CXR_JAVA_OPTIONS", "-Djava.io.tmpdir=" + none));
    assertEquals(200, health(address(gateway)));
    gateway.destroy();
    assertEquals(TERMINATED, exitCode(gateway), this::log);
    assertFalse(Files.exists(none));
    try (Stream<Path> files = Files.walk(folder.resolve("cxr-gateway"))) {
      assertEquals(
          List.of("all.jar", "cxr-gateway"),
          files
              .filter(Files::isRegularFile)
              .map(file -> file.getFileName().toString())
              .sorted()
              .toList(),
          "nothing is written beside the program");
    }
  }

  @Test
  void endsWhereMemoryRunsOut() throws Exception {
    // Less than it needs with any model, however small.
    assertEquals(OUT_OF_MEMORY, exitCode(gateway(Map.of("CXR_PACS_HEAP", "4m"))), this::log);
  }

  @Test
  void refusesAWrongCommandLine() throws Exception {
    assertEquals(2, exitCode(start(script, Map.of(), "--archive", "http://127.0.0.1:1/")));
    assertTrue(log().contains("--state"), this::log);
    assertFalse(Files.exists(folder.resolve("state")));
  }

  /** A service manager in Python: prints what it is told, a line each. */
  private static final String SERVICE_MANAGER =
      """
      import os, socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind(sys.argv[1])
      print("bound", flush=True)
      while True:
          data, ancillary, _, _ = s.recvmsg(4096, socket.CMSG_SPACE(64))
          for level, kind, content in ancillary:
              if kind == socket.SCM_RIGHTS:  # systemd-notify waits until this is closed.
                  for i in range(0, len(content), 4):
                      os.close(int.from_bytes(content[i:i + 4], sys.byteorder))
          print(data.decode().replace("\\n", " "), flush=True)
      """;

  @Tag("slow")
  @Test
  void tellsSystemdThatItIsReadyAliveAndStopping() throws Exception {
    assumeTrue(
        Stream.of("/usr/bin/systemd-notify", "/bin/systemd-notify")
            .anyMatch(file -> Files.isExecutable(Path.of(file))),
        "SKIPPED: no systemd-notify");
    Path python = Path.of("/usr/bin/python3");
    assumeTrue(Files.isExecutable(python), "SKIPPED: no /usr/bin/python3");
    Path socket = folder.resolve("notify");
    Path program = Files.writeString(folder.resolve("manager.py"), SERVICE_MANAGER);
    Process manager = start(python, Map.of(), program.toString(), socket.toString());
    BufferedReader told = manager.inputReader();
    assertEquals("bound", told.readLine(), this::log);

    Process gateway =
        gateway(Map.of("NOTIFY_SOCKET", socket.toString(), "WATCHDOG_USEC", "900000"));
    awaitTold(told, "READY=1");
    for (int times = 0; times < 3; times++) {
      awaitTold(told, "WATCHDOG=1");
    }
    gateway.destroy();
    awaitTold(told, "STOPPING=1");
    assertEquals(TERMINATED, exitCode(gateway), this::log);
  }

  private void awaitTold(BufferedReader told, String what) throws IOException {
    for (String line = told.readLine(); line != null; line = told.readLine()) {
      if (line.contains(what)) {
        return;
      }
    }
    throw new AssertionError("expected " + what + ", found the end; " + log());
  }

  @Test
  void nothingOfTheTrainingIsOnTheClassPath() {
    String classPath = System.getProperty("java.class.path");
    for (String name :
        List.of("cxr-train", "nd4j", "deeplearning4j", "javacpp", "openblas", "tribuo")) {
      assertFalse(
          Stream.of(classPath.split(File.pathSeparator, -1))
              .anyMatch(entry -> Path.of(entry).getFileName().toString().contains(name)),
          name);
    }
  }
}
