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
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/**
 * An archive in memory that speaks DICOMweb over a real socket and fails when it is told to, as no
 * real one can be told. Where nothing has to fail, tests use Orthanc.
 */
final class FaultyArchive implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String JSON_TYPE = "application/dicom+json";

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
    /** Sends headers and the beginning of a body, then nothing, and the connection stays. */
    STALLS,
    /** Sends headers, then a byte now and then. */
    TRICKLES,
    BREAKS_OFF,
    GARBAGE,
    ANOTHER_INSTANCE,
    /** Takes the first instance, and says that it is out of resources for the rest. */
    STORES_ONE,
    /** Takes all, and the answer is lost. */
    STORES_SILENTLY,
    /** Takes all, the answer is lost, and searches fail from then on. */
    STORES_AND_CANNOT_BE_ASKED,
    /** Takes all, and answers 200 with an empty object. */
    STORES_WITHOUT_SAYING,
    /** Takes nothing, and answers 200 with an empty object. */
    STORES_NOTHING,
    /** Takes all, and says that it refused them as a code of its own. */
    REFUSES_WHAT_IT_STORED
  }

  /** The most matches of a page, whatever was asked for. */
  volatile int pageCap = Integer.MAX_VALUE;

  /** Whether every page is the first. */
  volatile boolean ignoresOffset;

  /** Whether the first match of a search of all studies has letters in its UIDs. */
  volatile boolean oneMalformed;

  /** Whether a range of Study Date is no reason to leave a series out. */
  volatile boolean ignoresDates;

  /** Whether a search without matches is answered 404. */
  volatile boolean notFoundForNone;

  /** What searches look at. */
  private record Identity(
      String study, String series, String instance, String modality, String date) {}

  private final Map<String, Identity> identities = new LinkedHashMap<>();
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
    identities.put(
        uid,
        new Identity(
            identity.string(DicomTag.STUDY_INSTANCE_UID).orElseThrow(),
            identity.string(DicomTag.SERIES_INSTANCE_UID).orElseThrow(),
            uid,
            identity.string(DicomTag.MODALITY).orElseThrow(),
            identity.string(DicomTag.of(0x00080020)).orElse("")));
    files.put(uid, file);
  }

  /** Adds what searches tell of an instance without pictures, for tests that need very many. */
  synchronized void addMatch(String study, String series, String instance) {
    identities.put(instance, new Identity(study, series, instance, "DX", "20260304"));
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

  /** What was to fail does not any more. */
  synchronized void recover(Service service) {
    faults.get(service).clear();
  }

  synchronized int requests(Service service) {
    return requests.getOrDefault(service, 0);
  }

  /** The SOP Instance UIDs that were stored, in order, with repetitions. */
  synchronized List<String> stored() {
    return List.copyOf(stored);
  }

  /** The file of an instance as it was stored last. */
  synchronized byte[] file(String uid) {
    return files.get(uid).clone();
  }

  synchronized boolean holds(String uid) {
    return files.containsKey(uid);
  }

  /** Forgets an instance, as if somebody had deleted it. */
  synchronized void delete(String uid) {
    identities.remove(uid);
    files.remove(uid);
  }

  /** What was asked for when instances were retrieved. */
  synchronized List<String> transferSyntaxes() {
    return List.copyOf(transferSyntaxes);
  }

  synchronized List<String> modalitiesOf(String study) {
    return identities.values().stream()
        .filter(one -> one.study.equals(study))
        .map(Identity::modality)
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
            send(exchange, 200, JSON_TYPE, "Müller^Zoë <".getBytes(StandardCharsets.UTF_8));
        case HANGS -> {
          try {
            closing.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        case STALLS -> {
          beginBody(exchange);
          try {
            closing.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        case TRICKLES -> {
          beginBody(exchange);
          try {
            while (!closing.await(100, TimeUnit.MILLISECONDS)) {
              exchange.getResponseBody().write(' ');
              exchange.getResponseBody().flush();
            }
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
          byte[] answer = sequence("00081198", List.of(Map.of("00081197", us(0xa700))));
          send(exchange, 202, JSON_TYPE, answer);
        }
        case STORES_SILENTLY, STORES_AND_CANNOT_BE_ASKED -> {
          if (fault == Fault.STORES_AND_CANNOT_BE_ASKED) {
            shutDown(Service.SEARCH);
          }
          for (byte[] part : parts(exchange, body)) {
            store(part);
          }
        }
        case STORES_WITHOUT_SAYING -> {
          for (byte[] part : parts(exchange, body)) {
            store(part);
          }
          send(exchange, 200, JSON_TYPE, "{}".getBytes(StandardCharsets.UTF_8));
        }
        case STORES_NOTHING ->
            send(exchange, 200, JSON_TYPE, "{}".getBytes(StandardCharsets.UTF_8));
        case REFUSES_WHAT_IT_STORED -> {
          List<Object> refused = new ArrayList<>();
          for (byte[] part : parts(exchange, body)) {
            refused.add(reference(store(part), Map.of("00081197", us(0xb00e))));
          }
          send(exchange, 409, JSON_TYPE, sequence("00081198", refused));
        }
      }
    }
  }

  private static void beginBody(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", JSON_TYPE);
    exchange.sendResponseHeaders(200, 1_000_000);
    exchange.getResponseBody().write("[ ".getBytes(StandardCharsets.US_ASCII));
    exchange.getResponseBody().flush();
  }

  /** An item of the answer to a request to store (PS3.18, table 10.5.1-3). */
  private static Map<String, Object> reference(String instance, Map<String, Object> more) {
    Map<String, Object> item = new LinkedHashMap<>(more);
    put(item, "00081155", instance);
    return item;
  }

  private static Map<String, Object> us(int value) {
    return Map.of("vr", "US", "Value", List.of(value));
  }

  private static byte[] sequence(String tag, List<?> items) {
    return JSON.writeValueAsBytes(Map.of(tag, Map.of("vr", "SQ", "Value", items)));
  }

  private void serve(HttpExchange exchange, Service service, String path, byte[] body)
      throws IOException {
    if (service == Service.STORE) {
      List<Object> accepted = new ArrayList<>();
      for (byte[] part : parts(exchange, body)) {
        accepted.add(reference(store(part), Map.of()));
      }
      send(exchange, 200, JSON_TYPE, sequence("00081199", accepted));
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
    boolean ofSeries = path.endsWith("/series");
    List<Identity> matches = new ArrayList<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Identity one : identities.values()) {
      boolean matching =
          (steps.length < 3 || steps[2].equals(one.study))
              && (steps.length < 5 || steps[4].equals(one.series))
              && query.getOrDefault("Modality", one.modality).equals(one.modality)
              // All that clients send are ranges without an end.
              && (ignoresDates
                  || one.date.compareTo(query.getOrDefault("StudyDate", "").replace("-", "")) >= 0)
              && query.getOrDefault("SeriesInstanceUID", one.series).equals(one.series)
              && query.getOrDefault("SOPInstanceUID", one.instance).equals(one.instance);
      if (matching && (counts.merge(one.series, 1, Integer::sum) == 1 || !ofSeries)) {
        matches.add(one);
      }
    }
    int offset = ignoresOffset ? 0 : Integer.parseInt(query.getOrDefault("offset", "0"));
    int limit = Math.min(pageCap, Integer.parseInt(query.getOrDefault("limit", "1000")));
    List<Map<String, Object>> page = new ArrayList<>();
    for (Identity one : matches.subList(Math.min(offset, matches.size()), matches.size())) {
      if (page.size() == limit) {
        break;
      }
      boolean malformed = oneMalformed && steps.length == 2 && one.equals(matches.get(0));
      Map<String, Object> match = new LinkedHashMap<>();
      put(match, "00080060", one.modality);
      put(match, "0020000D", one.study);
      put(match, "0020000E", malformed ? "2.25.ABC-1" : one.series);
      if (ofSeries) {
        put(match, "00201209", counts.get(one.series));
      } else {
        put(match, "00080018", malformed ? "2.25.ABC-1" : one.instance);
        put(match, "00080016", "1.2.840.10008.5.1.4.1.1.1.1");
        put(match, "00100010", Map.of("Alphabetic", "Phantom^Described"));
      }
      page.add(match);
    }
    if (page.isEmpty()) {
      exchange.sendResponseHeaders(notFoundForNone ? 404 : 204, -1);
    } else {
      send(exchange, 200, JSON_TYPE, JSON.writeValueAsBytes(page));
    }
  }

  private static void put(Map<String, Object> match, String tag, Object value) {
    match.put(tag, Map.of("vr", "UN", "Value", List.of(value)));
  }

  private static List<byte[]> parts(HttpExchange exchange, byte[] body) throws IOException {
    return MultipartRelated.parts(
        exchange.getRequestHeaders().getFirst("Content-Type"), body, 1000);
  }

  private synchronized String store(byte[] file) {
    add(file);
    String uid =
        DicomFile.read(file, DecodeLimits.DEFAULT)
            .dataSet()
            .string(DicomTag.SOP_INSTANCE_UID)
            .orElseThrow();
    stored.add(uid);
    return uid;
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
