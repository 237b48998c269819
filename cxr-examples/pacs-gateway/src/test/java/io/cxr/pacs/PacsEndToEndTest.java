package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.audit.AuditTrail;
import io.cxr.audit.AuditVerification;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.radiograph.DecodeLimits;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The gateway as a process, beside a real Orthanc; both are killed half way. */
@Tag("slow")
class PacsEndToEndTest {
  private static final int STUDIES = 50;
  private static final int LATERAL = 51;
  private static final int BOTH_VIEWS = 52;
  private static final String TOKEN = "a-token-for-the-test-0123456789";
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  @TempDir Path folder;

  private final int port = Orthanc.freePort();

  private Process gateway(Orthanc orthanc, Path model) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.awt.headless=true",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                GatewayCommand.class.getName()));
    command.addAll(
        List.of(
            "--archive",
            orthanc.dicomWeb().toString(),
            "--state",
            folder.resolve("state").toString(),
            "--model",
            model.toString(),
            "--listen",
            "127.0.0.1:" + port,
            "--poll",
            "2",
            "--poll-days",
            "0"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("gateway.log").toFile()));
    builder.environment().put("CXR_PACS_TOKEN", TOKEN);
    return builder.start();
  }

  /** What the gateway says of itself; empty if it does not answer. */
  private JsonNode status() throws InterruptedException {
    try {
      HttpResponse<byte[]> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/status"))
                      .header("Authorization", "Bearer " + TOKEN)
                      .timeout(Duration.ofSeconds(10))
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray());
      return JSON.readTree(response.body());
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  /** Waits for so many instances, and returns how many there are then. */
  private int awaitInstances(String status, int count) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      int found = status().path("instances").path(status).asInt(0);
      if (found >= count) {
        return found;
      }
      assertTrue(System.nanoTime() < end, () -> "in time: " + log());
      Thread.sleep(20);
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("gateway.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Modalities send again what an archive did not take. */
  private static void send(Orthanc orthanc, Path file) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!orthanc.send(file)) {
      assertTrue(System.nanoTime() < end, "the archive takes " + file);
      Thread.sleep(500);
    }
  }

  private static boolean sendAll(Orthanc orthanc, List<Path> films) throws Exception {
    for (Path film : films) {
      send(orthanc, film);
      Thread.sleep(100);
    }
    return true;
  }

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  @Test
  void everyStudyEndsWithOneCaptureAndOneReport() throws Exception {
    assumeTrue(
        Files.isExecutable(Orthanc.PROGRAM) && Files.exists(Orthanc.DICOM_WEB),
        "Orthanc (Debian's orthanc and orthanc-dicomweb) is missing: skipped");
    assumeTrue(Files.isExecutable(Orthanc.STORESCU), "storescu (dcmtk) is missing: skipped");
    long start = System.nanoTime();

    Path model = LibraryModel.withoutGate(folder.resolve("without-gate.onnx"));
    Map<String, String> environment =
        Map.of("CXR_PACS_URL", "http://127.0.0.1:" + port, "CXR_PACS_TOKEN", TOKEN);
    List<Path> films = new ArrayList<>();
    for (int i = 1; i <= STUDIES; i++) {
      films.add(file("film-" + i + ".dcm", ChestInstances.file(i, i % 2 == 0 ? "PA" : "AP")));
    }
    Process gateway = null;
    ExecutorService modality = Executors.newSingleThreadExecutor();
    try (Orthanc orthanc = new Orthanc(folder.resolve("pacs"), environment)) {
      try {
        gateway = gateway(orthanc, model);
        // Modalities send all the while, whoever is alive.
        Future<?> sender = modality.submit(() -> sendAll(orthanc, films));
        int whenGatewayDied = awaitInstances("DONE", 10);
        gateway.destroyForcibly();
        assertTrue(gateway.waitFor(30, TimeUnit.SECONDS), "killed");
        // Nobody listens to what becomes stable meanwhile.
        Thread.sleep(2000);
        gateway = gateway(orthanc, model);
        int whenArchiveDied = awaitInstances("DONE", whenGatewayDied + 10);
        orthanc.kill();
        Thread.sleep(1000);
        orthanc.start();
        assertTrue(
            whenGatewayDied < STUDIES && whenArchiveDied < STUDIES,
            "both died in the middle: " + whenGatewayDied + ", " + whenArchiveDied);
        System.out.printf(
            "PACS end to end: gateway killed after %d studies, Orthanc after %d%n",
            whenGatewayDied, whenArchiveDied);
        sender.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        send(orthanc, file("lateral.dcm", ChestInstances.file(LATERAL, "LL")));
        send(orthanc, file("frontal.dcm", ChestInstances.file(BOTH_VIEWS, "PA")));
        send(
            orthanc,
            file(
                "second.dcm",
                ChestInstances.file(
                    ChestInstances.film(BOTH_VIEWS, "LL")
                        .with(
                            ChestInstances.text(
                                DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, "2.25.77"),
                            ChestInstances.text(
                                DicomTag.SERIES_INSTANCE_UID,
                                ValueRepresentation.UI,
                                "2.25.78")))));
        awaitInstances("DONE", STUDIES + 1);
        awaitInstances("REFUSED", 2);
        JsonNode end = status();
        assertEquals(2, end.path("refusals").path("UNSUPPORTED_VIEW").asInt(), end.toString());
        assertEquals(0, end.path("instances").path("FAILED").asInt(0), end.toString());

        gateway.destroy();
        assertTrue(gateway.waitFor(60, TimeUnit.SECONDS), "stops when it is told");
        checkArchive(orthanc);
        checkAudit();
        checkRendered(orthanc);
      } finally {
        modality.shutdownNow();
        if (gateway != null) {
          gateway.destroyForcibly();
        }
      }
    }
    System.out.printf(
        "PACS end to end: %d studies, gateway and Orthanc killed once each, every study with one"
            + " SC and one SR, in %d s%n",
        STUDIES, (System.nanoTime() - start) / 1_000_000_000);
  }

  private static void checkArchive(Orthanc orthanc) throws Exception {
    for (int i = 1; i <= BOTH_VIEWS; i++) {
      Map<String, Integer> expected = new TreeMap<>();
      expected.merge(i % 2 == 0 ? "DX" : "CR", i == BOTH_VIEWS ? 2 : 1, Integer::sum);
      if (i != LATERAL) {
        expected.put("OT", 1);
        expected.put("SR", 1);
      }
      Map<String, Integer> found = new TreeMap<>();
      for (JsonNode instance :
          orthanc.json("/dicom-web/studies/" + ChestInstances.study(i) + "/instances")) {
        found.merge(instance.path("00080060").path("Value").path(0).asString(), 1, Integer::sum);
      }
      assertEquals(expected, found, "study " + i);
    }
    // Nothing was stored twice and overwritten, either: the archive's own log of new instances.
    int films = STUDIES + 3;
    int results = 2 * (STUDIES + 1);
    int stored = 0;
    for (JsonNode change : orthanc.json("/changes?limit=100000").path("Changes")) {
      stored += change.path("ChangeType").asString().equals("NewInstance") ? 1 : 0;
    }
    assertEquals(films + results, stored);
  }

  /** Every film has its record; a process that is killed may leave one twice for each worker. */
  private void checkAudit() throws IOException {
    Map<String, Integer> records = new TreeMap<>();
    AuditVerification verified =
        AuditTrail.verify(
            folder.resolve("state/audit.jsonl"),
            entry ->
                records.merge(entry.record().uids().instance().orElseThrow(), 1, Integer::sum));
    assertTrue(verified.isIntact(), verified.toString());
    assertEquals(STUDIES + 3, records.size());
    int twice = records.values().stream().mapToInt(count -> count - 1).sum();
    assertTrue(
        twice <= Math.max(2, Runtime.getRuntime().availableProcessors()), records.toString());
  }

  /** What a viewer is shown is what was stored. */
  private static void checkRendered(Orthanc orthanc) throws Exception {
    JsonNode capture =
        orthanc
            .json("/dicom-web/studies/" + ChestInstances.study(2) + "/instances?Modality=OT")
            .path(0);
    String path = URI.create(capture.path("00081190").path("Value").path(0).asString()).getPath();
    byte[] png = orthanc.get(path + "/rendered", "image/png");
    Path kept = Path.of("target", "pacs", "rendered-capture.png");
    Files.createDirectories(kept.getParent());
    Files.write(kept, png);
    BufferedImage rendered = ImageIO.read(new ByteArrayInputStream(png));

    DicomWebClient client = DicomWebClient.builder(orthanc.dicomWeb()).build();
    byte[] file =
        client.retrieve(
            new DicomWebClient.Instance(
                ChestInstances.study(2),
                capture.path("0020000E").path("Value").path(0).asString(),
                capture.path("00080018").path("Value").path(0).asString()),
            DicomWebClient.AS_STORED);
    DicomFile stored = DicomFile.read(file, DecodeLimits.DEFAULT);
    ByteBuffer pixels = stored.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow().bytes();
    assertEquals(stored.dataSet().integers(DicomTag.ROWS)[0], rendered.getHeight());
    assertEquals(stored.dataSet().integers(DicomTag.COLUMNS)[0], rendered.getWidth());
    byte[] shown = new byte[3 * rendered.getWidth() * rendered.getHeight()];
    for (int i = 0; i < shown.length / 3; i++) {
      int rgb = rendered.getRGB(i % rendered.getWidth(), i / rendered.getWidth());
      shown[3 * i] = (byte) (rgb >> 16);
      shown[3 * i + 1] = (byte) (rgb >> 8);
      shown[3 * i + 2] = (byte) rgb;
    }
    byte[] expected = new byte[shown.length];
    pixels.get(expected);
    assertArrayEquals(expected, shown);
  }
}
