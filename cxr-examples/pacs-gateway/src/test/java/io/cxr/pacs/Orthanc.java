package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real Orthanc on loopback, remote access off, with its files in a folder of the test's. */
final class Orthanc implements AutoCloseable {
  static final Path PROGRAM = Path.of("/usr/sbin/Orthanc");
  static final Path DICOM_WEB = Path.of("/usr/share/orthanc/plugins/libOrthancDicomWeb.so");
  static final Path STORESCU = Path.of("/usr/bin/storescu");

  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final Map<String, String> environment;
  private final int httpPort = freePort();
  private final int dicomPort = freePort();
  private final HttpClient http = HttpClient.newHttpClient();
  private Process process;

  Orthanc(Path folder, Map<String, String> environment) throws IOException, InterruptedException {
    this.folder = folder;
    this.environment = environment;
    OrthancFiles.write(folder, httpPort, dicomPort, 1);
    start();
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void start() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(PROGRAM.toString(), folder.resolve("orthanc.json").toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("orthanc.log").toFile()));
    builder.environment().putAll(environment);
    process = builder.start();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        json("/system");
        return;
      } catch (IOException e) {
        assertTrue(process.isAlive() && System.nanoTime() < end, "Orthanc starts: " + log());
        Thread.sleep(100);
      }
    }
  }

  /** Ends it as a loss of power would. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "Orthanc dies");
  }

  URI dicomWeb() {
    return URI.create("http://127.0.0.1:" + httpPort + "/dicom-web");
  }

  /** Sends a file as a modality does; false if the archive did not take it. */
  boolean send(Path file) throws IOException, InterruptedException {
    Process storescu =
        new ProcessBuilder(
                STORESCU.toString(),
                "-to",
                "10",
                "127.0.0.1",
                String.valueOf(dicomPort),
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("storescu.log").toFile())
            .start();
    assertTrue(storescu.waitFor(60, TimeUnit.SECONDS), "storescu ends");
    return storescu.exitValue() == 0;
  }

  /** The answer to a search by DICOMweb, or to a call of Orthanc's own. */
  JsonNode json(String path) throws IOException, InterruptedException {
    return JSON.readTree(get(path, "application/json, application/dicom+json"));
  }

  byte[] get(String path, String accept) throws IOException, InterruptedException {
    HttpResponse<byte[]> response =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
                .header("Accept", accept)
                .timeout(PATIENCE)
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException(path + ": " + response.statusCode());
    }
    return response.body();
  }

  String log() throws IOException {
    return Files.readString(folder.resolve("orthanc.log"));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
