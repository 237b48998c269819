package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.pacs.FaultyArchive.Fault;
import io.cxr.pacs.FaultyArchive.Service;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A gateway with a small heap beside an archive with every bad habit at once: it stalls in headers
 * and in bodies, caps pages, has malformed matches, stores nothing and says so of nothing, floods,
 * and the clock jumps.
 */
@Tag("slow")
class SmallHeapGatewayTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final JsonMapper JSON = new JsonMapper();

  private static final String HEAP = "-Xmx160m";
  private static final int SMALL_FILMS = 8;

  /**
   * 2.3 megapixels: one at a time fits into half of the heap; four at a time would not into all.
   */
  private static final int LARGE_FILMS = 4;

  private static final int LARGE_SIDE = 1500;
  private static final int TOO_LARGE = 90;
  private static final int MATCHES_WITHOUT_FILMS = 60;

  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  private Process start(FaultyArchive archive) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            HEAP,
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            GatewayProcess.class.getName(),
            archive.root().toString(),
            folder.resolve("state").toString(),
            "4")
        .redirectError(folder.resolve("gateway.log").toFile())
        .start();
  }

  private JsonNode status(URI address) throws Exception {
    HttpResponse<byte[]> response =
        http.send(
            HttpRequest.newBuilder(address.resolve("/status"))
                .timeout(Duration.ofSeconds(30))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    return JSON.readTree(response.body());
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("gateway.log"));
  }

  @Test
  void nothingIsLostNothingComesTwiceAndHealthIsTrue() throws Exception {
    try (FaultyArchive archive = new FaultyArchive()) {
      archive.pageCap = 20;
      archive.notFoundForNone = true;
      for (int i = 1; i <= MATCHES_WITHOUT_FILMS; i++) {
        archive.addMatch("2.25.71" + i, "2.25.72" + i, "2.25.73" + i);
      }
      for (int number = 1; number <= SMALL_FILMS; number++) {
        archive.add(ChestInstances.file(number, "PA"));
      }
      for (int number = 21; number <= 20 + LARGE_FILMS; number++) {
        archive.add(ChestInstances.enlarged(number, LARGE_SIDE));
      }
      archive.add(ChestInstances.enlarged(TOO_LARGE, 2500));
      archive.oneMalformed = true;
      archive.fail(Service.SEARCH, Fault.HANGS, Fault.STALLS, Fault.TRICKLES, Fault.GARBAGE);
      archive.fail(Service.RETRIEVE, Fault.STALLS, Fault.BREAKS_OFF, Fault.TRICKLES, Fault.HANGS);
      archive.fail(
          Service.STORE,
          Fault.STORES_NOTHING,
          Fault.STALLS,
          Fault.STORES_WITHOUT_SAYING,
          Fault.STORES_NOTHING,
          Fault.STORES_SILENTLY);

      Process gateway = start(archive);
      try (BufferedReader out =
              new BufferedReader(
                  new InputStreamReader(gateway.getInputStream(), StandardCharsets.UTF_8));
          OutputStream in = gateway.getOutputStream()) {
        String line = out.readLine();
        assertTrue(line != null, this::logOrNone);
        URI address = URI.create(line);
        int films = SMALL_FILMS + LARGE_FILMS;
        jump(in, 400);
        awaitInstances(gateway, address, "DONE", films / 2);
        jump(in, -400);
        // The archive has no file for most matches, and one match of a page hides no other.
        archive.oneMalformed = false;
        awaitInstances(gateway, address, "DONE", films);
        awaitInstances(gateway, address, "GONE", MATCHES_WITHOUT_FILMS);
        awaitInstances(gateway, address, "REFUSED", 1);

        JsonNode status = status(address);
        assertEquals(1, status.path("refusals").path("TOO_LARGE").asInt(), status.toString());
        assertEquals(0, status.path("instances").path("FAILED").asInt(0), status.toString());
        assertTrue(status.path("working").asBoolean(), status.toString());
        List<String> stored = archive.stored();
        assertEquals(2 * films, new HashSet<>(stored).size(), "nothing lost");
        assertEquals(2 * films, stored.size(), "nothing twice");
        in.close();
        assertTrue(gateway.waitFor(60, TimeUnit.SECONDS), "ends");
        assertEquals(0, gateway.exitValue(), this::logOrNone);
      } finally {
        gateway.destroyForcibly();
      }
    }
  }

  private static void jump(OutputStream in, int days) throws IOException {
    in.write((Duration.ofDays(days).toSeconds() + "\n").getBytes(StandardCharsets.US_ASCII));
    in.flush();
  }

  private String logOrNone() {
    try {
      return log();
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void awaitInstances(Process gateway, URI address, String status, int count)
      throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (status(address).path("instances").path(status).asInt(0) < count) {
      assertTrue(gateway.isAlive(), this::logOrNone);
      assertTrue(System.nanoTime() < end, this::logOrNone);
      Thread.sleep(100);
    }
  }
}
