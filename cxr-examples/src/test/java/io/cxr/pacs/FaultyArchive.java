package io.cxr.pacs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.radiograph.DecodeLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.json.JsonMapper;

/**
 * An archive in memory that speaks DICOMweb over a real socket and fails when it is told to, as no
 * real one can be told. Where nothing has to fail, tests use Orthanc.
 */
final class FaultyArchive implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  /** What fails. */
  enum Service {
    SEARCH,
    RETRIEVE,
    STORE
  }

  /** How it fails. */
  enum Fault {
    UNAVAILABLE,
    UNAUTHORIZED,
    NOT_FOUND,
    BAD_REQUEST,
    HANGS,
    BREAKS_OFF,
    GARBAGE,
    ANOTHER_INSTANCE,
    /** Takes the first instance, and says that it is out of resources for the rest. */
    STORES_ONE,
    /** Takes all, and the answer is lost. */
    STORES_SILENTLY
  }

  private final Map<String, DicomDataSet> instances = new LinkedHashMap<>();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, byte[]> decoded = new LinkedHashMap<>();
  private final Map<Service, Deque<Fault>> faults = new EnumMap<>(Service.class);
  private final Map<Service, Integer> requests = new EnumMap<>(Service.class);
  private final List<String> stored = new ArrayList<>();
  private final List<String> transferSyntaxes = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  FaultyArchive() throws IOException {
    for (Service service : Service.values()) {
      faults.put(service, new ArrayDeque<>());
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/dicom-web/", this::answer);
    server.start();
  }

  URI root() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/dicom-web");
  }

  synchronized void add(byte[] file) {
    add(DicomFile.read(file, DecodeLimits.DEFAULT).dataSet(), file);
  }

  synchronized void add(DicomDataSet identity, byte[] file) {
    String uid = identity.string(DicomTag.SOP_INSTANCE_UID).orElseThrow();
    instances.put(uid, identity);
    files.put(uid, file);
  }

  /** What an instance is converted to for those who ask for another transfer syntax. */
  synchronized void addDecoded(String uid, byte[] file) {
    decoded.put(uid, file);
  }

  /** The next requests to a service fail. */
  synchronized void fail(Service service, Fault... next) {
    faults.get(service).addAll(Arrays.asList(next));
  }

  /** A service is down for the rest of the test. */
  void shutDown(Service service) {
    fail(service, Collections.nCopies(1000, Fault.UNAVAILABLE).toArray(new Fault[0]));
  }

  synchronized int requests(Service service) {
    return requests.getOrDefault(service, 0);
  }

  /** The SOP Instance UIDs that were stored, in order, with repetitions. */
  synchronized List<String> stored() {
    return List.copyOf(stored);
  }

  /** What was asked for when instances were retrieved. */
  synchronized List<String> transferSyntaxes() {
    return List.copyOf(transferSyntaxes);
  }

  synchronized List<String> modalitiesOf(String study) {
    return instances.values().stream()
        .filter(set -> set.string(DicomTag.STUDY_INSTANCE_UID).orElseThrow().equals(study))
        .map(set -> set.string(DicomTag.MODALITY).orElseThrow())
        .sorted()
        .toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath().substring("/dicom-web".length());
      boolean post = exchange.getRequestMethod().equals("POST");
      Service service =
          post
              ? Service.STORE
              : path.matches("/studies/[^/]+/series/[^/]+/instances/[^/]+")
                  ? Service.RETRIEVE
                  : Service.SEARCH;
      Fault fault;
      synchronized (this) {
        requests.merge(service, 1, Integer::sum);
        fault = faults.get(service).poll();
      }
      if (fault == null) {
        serve(exchange, service, path, body);
        return;
      }
      switch (fault) {
        case UNAVAILABLE -> send(exchange, 503, "text/plain", new byte[0]);
        case UNAUTHORIZED -> send(exchange, 401, "text/plain", new byte[0]);
        case NOT_FOUND -> send(exchange, 404, "text/plain", new byte[0]);
        case BAD_REQUEST -> send(exchange, 400, "text/plain", new byte[0]);
        case GARBAGE ->
            send(
                exchange,
                200,
                "application/dicom+json",
                "Müller^Zoë <".getBytes(StandardCharsets.UTF_8));
        case HANGS -> {
          try {
            closing.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        case BREAKS_OFF -> {
          exchange.getResponseHeaders().set("Content-Type", "multipart/related; boundary=b");
          exchange.sendResponseHeaders(200, 100_000);
          exchange
              .getResponseBody()
              .write(
                  "--b\r\nContent-Type: application/dicom\r\n\r\nDICM"
                      .getBytes(StandardCharsets.UTF_8));
        }
        case ANOTHER_INSTANCE -> sendDicom(exchange, ChestInstances.file(4711, "PA"));
        case STORES_ONE -> {
          List<byte[]> parts = parts(exchange, body);
          store(parts.get(0));
          byte[] answer =
              JSON.writeValueAsBytes(
                  Map.of(
                      "00081198",
                      Map.of(
                          "vr",
                          "SQ",
                          "Value",
                          List.of(
                              Map.of("00081197", Map.of("vr", "US", "Value", List.of(0xa700)))))));
          send(exchange, 202, "application/dicom+json", answer);
        }
        case STORES_SILENTLY -> {
          for (byte[] part : parts(exchange, body)) {
            store(part);
          }
        }
      }
    }
  }

  private void serve(HttpExchange exchange, Service service, String path, byte[] body)
      throws IOException {
    if (service == Service.STORE) {
      for (byte[] part : parts(exchange, body)) {
        store(part);
      }
      send(exchange, 200, "application/dicom+json", "{}".getBytes(StandardCharsets.UTF_8));
    } else if (service == Service.RETRIEVE) {
      byte[] file;
      synchronized (this) {
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        String asked = accept.substring(accept.indexOf("transfer-syntax=") + 16);
        transferSyntaxes.add(asked);
        String uid = path.substring(path.lastIndexOf('/') + 1);
        file = files.get(uid);
        if (!asked.equals("*")) {
          file = decoded.getOrDefault(uid, file);
        }
      }
      if (file == null) {
        send(exchange, 404, "text/plain", new byte[0]);
      } else {
        sendDicom(exchange, file);
      }
    } else {
      search(exchange, path);
    }
  }

  private synchronized void search(HttpExchange exchange, String path) throws IOException {
    Map<String, String> query = new LinkedHashMap<>();
    for (String pair : exchange.getRequestURI().getQuery().split("&", -1)) {
      query.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    String[] steps = path.split("/", -1);
    List<Map<String, Object>> matches = new ArrayList<>();
    List<String> seen = new ArrayList<>();
    for (DicomDataSet set : instances.values()) {
      String study = set.string(DicomTag.STUDY_INSTANCE_UID).orElseThrow();
      String series = set.string(DicomTag.SERIES_INSTANCE_UID).orElseThrow();
      String instance = set.string(DicomTag.SOP_INSTANCE_UID).orElseThrow();
      String modality = set.string(DicomTag.MODALITY).orElseThrow();
      boolean matching =
          (!steps[1].equals("studies") || steps[2].equals(study))
              && (steps.length < 5 || steps[4].equals(series))
              && query.getOrDefault("Modality", modality).equals(modality)
              && query.getOrDefault("SeriesInstanceUID", series).equals(series)
              && query.getOrDefault("SOPInstanceUID", instance).equals(instance);
      boolean ofSeries = path.endsWith("/series");
      if (!matching || (ofSeries && seen.contains(series))) {
        continue;
      }
      seen.add(series);
      Map<String, Object> match = new LinkedHashMap<>();
      put(match, "00080060", modality);
      put(match, "0020000D", study);
      put(match, "0020000E", series);
      if (ofSeries) {
        long count =
            instances.values().stream()
                .filter(
                    other ->
                        other.string(DicomTag.SERIES_INSTANCE_UID).orElseThrow().equals(series))
                .count();
        put(match, "00201209", count);
      } else {
        put(match, "00080018", instance);
      }
      matches.add(match);
    }
    int offset = Integer.parseInt(query.getOrDefault("offset", "0"));
    int limit = Integer.parseInt(query.getOrDefault("limit", "1000"));
    List<Map<String, Object>> page =
        matches.subList(Math.min(offset, matches.size()), Math.min(offset + limit, matches.size()));
    if (page.isEmpty()) {
      exchange.sendResponseHeaders(204, -1);
    } else {
      send(exchange, 200, "application/dicom+json", JSON.writeValueAsBytes(page));
    }
  }

  private static void put(Map<String, Object> match, String tag, Object value) {
    match.put(tag, Map.of("vr", "UN", "Value", List.of(value)));
  }

  private static List<byte[]> parts(HttpExchange exchange, byte[] body) throws IOException {
    return MultipartRelated.parts(
        exchange.getRequestHeaders().getFirst("Content-Type"), body, 1000);
  }

  private synchronized void store(byte[] file) {
    add(file);
    stored.add(
        DicomFile.read(file, DecodeLimits.DEFAULT)
            .dataSet()
            .string(DicomTag.SOP_INSTANCE_UID)
            .orElseThrow());
  }

  private static void sendDicom(HttpExchange exchange, byte[] file) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        "\r\n--b'\r\nContent-Type: application/dicom\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    out.writeBytes(file);
    out.writeBytes("\r\n--b'--\r\n".getBytes(StandardCharsets.UTF_8));
    send(
        exchange,
        200,
        "multipart/related; type=\"application/dicom\"; boundary=\"b'\"",
        out.toByteArray());
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
