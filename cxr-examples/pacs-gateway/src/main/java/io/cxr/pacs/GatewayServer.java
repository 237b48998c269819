package io.cxr.pacs;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.cxr.Prediction;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The gateway's HTTP endpoint: archives notify it of stable series, and people look after it.
 * Thread-safe. A request has 10 seconds to come in, or what the system properties {@code
 * sun.net.httpserver.maxReqTime} and {@code maxRspTime} say.
 *
 * <table>
 *   <caption>Requests</caption>
 *   <tr><td>POST /series</td><td>{@code {"study": UID, "series": UID}}: 202 when it is noted on the
 *     disk, 503 with Retry-After when too much is open</td></tr>
 *   <tr><td>GET /health</td><td>200 or 503; needs no token and tells nothing else</td></tr>
 *   <tr><td>GET /status</td><td>counts of series and instances, what was given up or refused last, the
 *     audit trail's head, and the model</td></tr>
 *   <tr><td>GET /instances/UID</td><td>what became of an instance</td></tr>
 *   <tr><td>POST /retry</td><td>takes up what was given up</td></tr>
 *   <tr><td>GET /metrics</td><td>for Prometheus</td></tr>
 * </table>
 */
public final class GatewayServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(GatewayServer.class.getName());
  private static final JsonMapper JSON = new JsonMapper();
  private static final int LONGEST_REQUEST = 1 << 14;

  /** The JDK's server reads each request on a thread, so peers that are slow hold one each. */
  private static final int THREADS = 64;

  private static final int LONGEST_QUEUE = 1024;

  private static final int MOST_UNANSWERED = 100;

  static {
    // Seconds for a request to come in and for an answer to be taken; the JDK has no limit. It
    // reads these once, when its first server is made.
    for (String limit : new String[] {"maxReqTime", "maxRspTime"}) {
      String name = "sun.net.httpserver." + limit;
      if (System.getProperty(name) == null) {
        System.setProperty(name, "10");
      }
    }
  }

  private final Gateway gateway;
  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final RequestGuard guard;

  private GatewayServer(
      Gateway gateway, HttpServer server, ThreadPoolExecutor threads, RequestGuard guard) {
    this.gateway = gateway;
    this.server = server;
    this.threads = threads;
    this.guard = guard;
  }

  /**
   * Listens.
   *
   * @param gateway what is notified; the caller closes it, after this server
   * @param address where; other computers are let in only with a token and TLS
   * @param token what requests must show as {@code Authorization: Bearer}; empty for none
   * @param tls whose certificate to show; empty for plain HTTP
   * @param names by which requests may call this computer in their Host header, beside its
   *     addresses and {@code localhost}; without a token, others are refused
   * @return a listening server; the caller closes it
   * @throws IOException if the address cannot be had
   * @throws IllegalArgumentException if other computers could reach it without a token or TLS, or
   *     the token is shorter than 16 characters
   */
  public static GatewayServer listen(
      Gateway gateway,
      InetSocketAddress address,
      Optional<String> token,
      Optional<SSLContext> tls,
      Set<String> names)
      throws IOException {
    Objects.requireNonNull(gateway, "gateway");
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "Address: expected one of this computer, found '" + address.getHostString() + "'");
    }
    if (!address.getAddress().isLoopbackAddress() && (token.isEmpty() || tls.isEmpty())) {
      throw new IllegalArgumentException(
          "Address "
              + address.getHostString()
              + ": expected a token and TLS for an address that other computers reach, found "
              + (token.isEmpty() ? "no token" : "no TLS")
              + ". Give both, or listen on 127.0.0.1.");
    }
    if (token.isPresent() && token.get().length() < 16) {
      throw new IllegalArgumentException(
          "Token: expected at least 16 characters, found " + token.get().length());
    }
    HttpServer server;
    if (tls.isPresent()) {
      HttpsServer secure = HttpsServer.create(address, 0);
      secure.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
      server = secure;
    } else {
      server = HttpServer.create(address, 0);
    }
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(LONGEST_QUEUE),
            work -> {
              Thread thread = new Thread(work, "cxr-pacs-http-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    GatewayServer listening =
        new GatewayServer(gateway, server, threads, new RequestGuard(token, names));
    server.createContext("/", listening::answer);
    server.start();
    LOG.log(INFO, "Listening on {0}", listening.address());
    return listening;
  }

  /**
   * Where it listens.
   *
   * @return such as {@code http://127.0.0.1:8043}
   */
  public URI address() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return URI.create(
        (server instanceof HttpsServer ? "https://" : "http://")
            + (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + address.getPort());
  }

  private static final class Reply {
    private final int status;
    private final String type;
    private final byte[] body;

    Reply(int status, String type, byte[] body) {
      this.status = status;
      this.type = type;
      this.body = body;
    }

    static Reply json(int status, Map<String, ?> object) {
      return new Reply(status, "application/json", JSON.writeValueAsBytes(object));
    }

    static Reply error(int status, String message) {
      return json(status, Map.of("error", message));
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = reply(exchange);
      } catch (IOException e) {
        LOG.log(ERROR, "HTTP: {0}", e.getMessage());
        reply = Reply.error(503, "The gateway cannot read or write its state");
      } catch (RuntimeException e) {
        LOG.log(ERROR, "HTTP: unexpected", e);
        reply = Reply.error(500, "Unexpected failure; see the gateway's log");
      }
      if (reply.status == 503) {
        exchange.getResponseHeaders().set("Retry-After", "30");
      }
      if (reply.status == 401) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
      }
      exchange.getResponseHeaders().set("Content-Type", reply.type);
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      if (reply.status >= 400 && reply.status < 500) {
        guard.tell(exchange.getRemoteAddress(), reply.status);
        // Whatever is left of its body is not read.
        exchange.getResponseHeaders().set("Connection", "close");
      }
      exchange.sendResponseHeaders(reply.status, reply.body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(reply.body);
      }
    }
  }

  private Reply reply(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    if (path.equals("/health")) {
      return method.equals("GET") ? health() : Reply.error(405, "Expected GET");
    }
    Optional<RequestGuard.Refusal> refusal = guard.check(exchange.getRequestHeaders());
    if (refusal.isPresent()) {
      return Reply.error(refusal.get().status(), refusal.get().message());
    }
    boolean isInstance = path.startsWith("/instances/");
    String expected =
        switch (path) {
          case "/series", "/retry" -> "POST";
          case "/status", "/metrics" -> "GET";
          default -> isInstance ? "GET" : "";
        };
    if (expected.isEmpty()) {
      return Reply.error(404, "Expected /series, /retry, /status, /instances/UID or /metrics");
    }
    if (!method.equals(expected)) {
      return Reply.error(405, "Expected " + expected);
    }
    return switch (path) {
      case "/series" -> series(exchange);
      case "/retry" -> Reply.json(200, Map.of("retried", gateway.retryFailed()));
      case "/status" -> status();
      case "/metrics" -> new Reply(200, gateway.metrics().contentType(), gateway.metrics().text());
      default -> instance(path.substring("/instances/".length()));
    };
  }

  private Reply health() {
    boolean works = gateway.isWorking();
    return Reply.json(works ? 200 : 503, Map.of("status", works ? "up" : "down"));
  }

  private Reply status() throws IOException {
    Gateway.Overview overview = gateway.overview();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("working", overview.working());
    object.put("series", overview.series());
    object.put("instances", overview.instances());
    object.put("refusals", overview.refusals());
    object.put("unanswered", unanswered());
    AuditHead audit = gateway.auditHead();
    object.put("audit", Map.of("records", audit.records(), "head", audit.sha256()));
    object.put(
        "model",
        Map.of(
            "name", overview.model().name(),
            "version", overview.model().version(),
            "sha256", overview.model().sha256()));
    object.put("notice", Prediction.NOTICE);
    return Reply.json(200, object);
  }

  /** What people have to look after: what was given up and what was refused, the last first. */
  private List<Map<String, Object>> unanswered() throws IOException {
    List<Map<String, Object>> items = new ArrayList<>();
    for (StateOverview.Unanswered item : gateway.unanswered(MOST_UNANSWERED)) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("number", item.number());
      object.put("kind", item.kind().name());
      object.put("uid", item.uid());
      object.put("status", item.status().name());
      object.put("detail", item.detail());
      object.put("ended", item.finished().toString());
      items.add(object);
    }
    return items;
  }

  private Reply instance(String uid) throws IOException {
    if (!DicomWebClient.isUid(uid)) {
      return Reply.error(400, "Expected a UID");
    }
    Optional<StateOverview.Progress> progress = gateway.progress(uid);
    if (progress.isEmpty()) {
      return Reply.error(404, "The gateway never heard of this instance");
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("status", progress.get().status().name());
    object.put("attempts", progress.get().attempts());
    object.put("detail", progress.get().detail());
    object.put("notice", Prediction.NOTICE);
    return Reply.json(200, object);
  }

  private Reply series(HttpExchange exchange) throws IOException {
    Reply reply = notification(exchange);
    gateway.metrics().notification(reply.status);
    return reply;
  }

  private Reply notification(HttpExchange exchange) throws IOException {
    byte[] body;
    try {
      body = exchange.getRequestBody().readNBytes(LONGEST_REQUEST + 1);
    } catch (IOException | RuntimeException e) {
      // The JDK's server throws either, and IndexOutOfBoundsException among them, for a chunk size
      // that is none; it does not check them.
      return Reply.error(400, "Expected a body of the length that its headers say");
    }
    if (body.length > LONGEST_REQUEST) {
      return Reply.error(413, "Expected at most " + LONGEST_REQUEST + " bytes");
    }
    String study;
    String series;
    try {
      JsonNode object = JSON.readTree(body);
      study = object.path("study").asString("");
      series = object.path("series").asString("");
    } catch (JacksonException e) {
      return Reply.error(400, "Expected a JSON object");
    }
    if (!DicomWebClient.isUid(study) || !DicomWebClient.isUid(series)) {
      return Reply.error(400, "Expected {\"study\": UID, \"series\": UID}");
    }
    return gateway.notifySeries(study, series)
        ? Reply.json(202, Map.of("noted", true))
        : Reply.error(503, "Too much is open, or the gateway stops; notify again later");
  }

  /** Answers the requests that have begun, then listens no more. Idempotent. */
  @Override
  public void close() {
    server.stop(1);
    threads.shutdown();
  }
}
