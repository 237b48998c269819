package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.onnx.OnnxClassifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint as archives and people see it. */
class GatewayServerTest {
  private static final String TOKEN = "0123456789abcdef-the-token";

  @TempDir Path folder;
  private FaultyArchive archive;
  private Gateway gateway;

  @BeforeEach
  void open() throws IOException {
    archive = new FaultyArchive();
    gateway =
        Gateway.builder(DicomWebClient.builder(archive.root()).build(), folder.resolve("state"))
            .poll(Duration.ZERO, 0)
            .capacity(2)
            .start(OnnxClassifier.builder().noveltyGate(false).open());
  }

  @AfterEach
  void close() throws IOException {
    gateway.close();
    archive.close();
  }

  private GatewayServer server(Optional<String> token, Optional<SSLContext> tls)
      throws IOException {
    return GatewayServer.listen(
        gateway, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), token, tls, Set.of());
  }

  private static HttpResponse<String> call(
      HttpClient http, GatewayServer server, String method, String path, String body, String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server.address() + path))
            .timeout(Duration.ofSeconds(20))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static int status(GatewayServer server, String method, String path, String body)
      throws IOException, InterruptedException {
    return call(HttpClient.newHttpClient(), server, method, path, body, TOKEN).statusCode();
  }

  private static String series(int number) {
    return "{\"study\":\""
        + ChestInstances.study(number)
        + "\",\"series\":\""
        + ChestInstances.series(number)
        + "\"}";
  }

  @Test
  void aNotificationIsClassifiedAndShown() throws Exception {
    archive.add(ChestInstances.file(2, "PA"));
    HttpClient http = HttpClient.newHttpClient();
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      String path = "/instances/" + ChestInstances.instance(2);
      assertEquals(404, status(server, "GET", path, ""));
      assertEquals(202, status(server, "POST", "/series", series(2)));
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      String shown;
      do {
        assertTrue(System.nanoTime() < end, "in time");
        Thread.sleep(20);
        shown = call(http, server, "GET", path, "", TOKEN).body();
      } while (!shown.contains("DONE"));
      assertTrue(shown.contains(Prediction.NOTICE), shown);
      String overview = call(http, server, "GET", "/status", "", TOKEN).body();
      assertTrue(overview.contains("\"instances\":{\"DONE\":1}"), overview);
      assertTrue(overview.contains(Prediction.NOTICE), overview);
      HttpResponse<String> metrics;
      // Counted after it is done.
      do {
        assertTrue(System.nanoTime() < end, "in time");
        metrics = call(http, server, "GET", "/metrics", "", TOKEN);
      } while (!metrics.body().contains("cxr_pacs_instances_total{outcome=\"DONE\"} 1.0"));
      assertTrue(metrics.body().contains("cxr_pacs_open_items 0.0"), metrics.body());
      assertTrue(metrics.headers().firstValue("Content-Type").orElse("").startsWith("text/plain"));
    }
  }

  @Test
  void withoutTheTokenNothingButHealthIsTold() throws Exception {
    HttpClient http = HttpClient.newHttpClient();
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      for (String token : List.of("", "wrong", TOKEN + "x", TOKEN.substring(1))) {
        for (String path : List.of("/status", "/metrics", "/instances/1.2", "/", "/none")) {
          assertEquals(401, call(http, server, "GET", path, "", token).statusCode());
        }
        assertEquals(401, call(http, server, "POST", "/series", series(2), token).statusCode());
        HttpResponse<String> health = call(http, server, "GET", "/health", "", token);
        assertEquals(200, health.statusCode());
        assertEquals("{\"status\":\"up\"}", health.body());
      }
      assertEquals(0, archive.requests(FaultyArchive.Service.SEARCH));
    }
  }

  @Test
  void badRequestsGetTheirReason() throws Exception {
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      for (String body :
          List.of(
              "",
              "{",
              "[]",
              "7",
              "{}",
              "{\"study\":\"1.2\"}",
              "{\"study\":\"1.2\",\"series\":\"../../1\"}",
              "{\"study\":\"1.2\",\"series\":\"1.2?x\"}",
              "{\"study\":\"1.2\",\"series\":\"" + "1".repeat(65) + "\"}",
              "{\"study\":{},\"series\":[]}")) {
        assertEquals(400, status(server, "POST", "/series", body), body);
      }
      assertEquals(413, status(server, "POST", "/series", " ".repeat(20_000)));
      assertEquals(405, status(server, "GET", "/series", ""));
      assertEquals(405, status(server, "POST", "/status", ""));
      assertEquals(404, status(server, "GET", "/elsewhere", ""));
      assertEquals(400, status(server, "GET", "/instances/abc", ""));
      assertEquals(200, status(server, "POST", "/retry", ""));
    }
  }

  /** The status of an answer to bytes as they are; what a client library would not send. */
  private static int raw(GatewayServer server, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      String line =
          new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
              .readLine();
      return Integer.parseInt(line.split(" ", -1)[1]);
    }
  }

  @Test
  void chunkSizesThatAreNoneAreBadRequests() throws Exception {
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      for (String size : List.of("ffffffff", "80000000", "-1", "zz", "fffffffffffffffff")) {
        assertEquals(
            400,
            raw(
                server,
                "POST /series HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + TOKEN
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + size
                    + "\r\n{}\r\n0\r\n\r\n"),
            size);
      }
      assertEquals(200, status(server, "GET", "/health", ""));
    }
  }

  @Test
  void theSchemeOfTheTokenIsInAnyCase() throws Exception {
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      for (String scheme : List.of("Bearer", "bearer", "BEARER")) {
        assertEquals(200, raw(server, get("localhost", "Authorization: " + scheme + " " + TOKEN)));
      }
      assertEquals(401, raw(server, get("localhost", "Authorization: Basic " + TOKEN)));
    }
  }

  private static String get(String host, String header) {
    return "GET /status HTTP/1.1\r\nHost: " + host + "\r\n" + header + "\r\n\r\n";
  }

  @Test
  void webPagesAreNotLetIn() throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (GatewayServer server =
        GatewayServer.listen(
            gateway, address, Optional.empty(), Optional.empty(), Set.of("Gateway.hospital"))) {
      for (String host :
          List.of("localhost", "127.0.0.1:8043", "[::1]:8043", "LOCALHOST:1", "gateway.hospital")) {
        assertEquals(200, raw(server, get(host, "A: b")), host);
      }
      for (String host : List.of("rebound.example", "rebound.example:8043", "127.0.0.1.example")) {
        assertEquals(403, raw(server, get(host, "A: b")), host);
      }
      assertEquals(403, raw(server, get("localhost", "Origin: http://page.example")));
      assertEquals(403, raw(server, get("localhost", "Origin: null")));
    }
  }

  @Test
  void whatWasRefusedIsShownToPeople() throws Exception {
    archive.add(ChestInstances.file(2, "LL"));
    HttpClient http = HttpClient.newHttpClient();
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      assertEquals(202, status(server, "POST", "/series", series(2)));
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      String metrics;
      String head;
      // The refusal is counted before the last of its audit records is written.
      do {
        assertTrue(System.nanoTime() < end, "in time");
        Thread.sleep(20);
        metrics = call(http, server, "GET", "/metrics", "", TOKEN).body();
        head = "cxr_pacs_audit_records{head=\"" + gateway.auditHead().sha256();
      } while (!metrics.contains("cxr_pacs_unanswered_items{status=\"REFUSED\"} 1.0")
          || !metrics.contains(head));
      assertTrue(metrics.contains("cxr_pacs_unanswered_items{status=\"FAILED\"} 0.0"), metrics);
      String overview = call(http, server, "GET", "/status", "", TOKEN).body();
      assertTrue(overview.contains("\"detail\":\"UNSUPPORTED_VIEW\""), overview);
      assertTrue(overview.contains(ChestInstances.instance(2)), overview);
    }
  }

  @Test
  void whenTooMuchIsOpenTheArchiveIsToldToComeBack() throws Exception {
    archive.shutDown(FaultyArchive.Service.SEARCH);
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      assertEquals(202, status(server, "POST", "/series", series(1)));
      assertEquals(202, status(server, "POST", "/series", series(2)));
      HttpResponse<String> full =
          call(HttpClient.newHttpClient(), server, "POST", "/series", series(3), TOKEN);
      assertEquals(503, full.statusCode());
      assertEquals("30", full.headers().firstValue("Retry-After").orElse(""));
    }
  }

  @Test
  void peersThatSayNothingDoNotKeepOthersOut() throws Exception {
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.empty())) {
      List<Socket> silent = new ArrayList<>();
      try {
        for (int i = 0; i < 20; i++) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
          silent.add(socket);
          if (i % 2 == 0) {
            OutputStream out = socket.getOutputStream();
            out.write("GET /health HT".getBytes(StandardCharsets.US_ASCII));
          }
        }
        assertEquals(200, status(server, "GET", "/health", ""));
      } finally {
        for (Socket socket : silent) {
          socket.close();
        }
      }
    }
  }

  @Test
  void otherComputersNeedATokenAndTls() throws Exception {
    InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
    SSLContext tls = TlsContexts.ofKeyStore(keyStore(), "changeit".toCharArray());
    for (Optional<String> token : List.of(Optional.<String>empty(), Optional.of(TOKEN))) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> GatewayServer.listen(gateway, everywhere, token, Optional.empty(), Set.of()));
      assertTrue(e.getMessage().contains("TLS"), e.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            GatewayServer.listen(
                gateway, everywhere, Optional.empty(), Optional.of(tls), Set.of()));
    assertThrows(
        IllegalArgumentException.class, () -> server(Optional.of("short"), Optional.empty()));
  }

  @Test
  void tlsShowsTheCertificateOfTheKeyStore() throws Exception {
    Path keyStore = keyStore();
    Path certificate = folder.resolve("certificate.pem");
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "gateway",
        "-keystore",
        keyStore.toString(),
        "-storepass",
        "changeit",
        "-file",
        certificate.toString());
    SSLContext tls = TlsContexts.ofKeyStore(keyStore, "changeit".toCharArray());
    try (GatewayServer server = server(Optional.of(TOKEN), Optional.of(tls))) {
      assertEquals("https", server.address().getScheme());
      HttpClient trusting =
          HttpClient.newBuilder().sslContext(TlsContexts.trusting(certificate)).build();
      assertEquals(200, call(trusting, server, "GET", "/health", "", "").statusCode());
      assertThrows(
          SSLHandshakeException.class,
          () -> call(HttpClient.newHttpClient(), server, "GET", "/health", "", ""));
    }
    IOException wrong =
        assertThrows(
            IOException.class, () -> TlsContexts.ofKeyStore(keyStore, "wrong".toCharArray()));
    assertTrue(wrong.getMessage() != null, "says why");
    assertThrows(IOException.class, () -> TlsContexts.trusting(keyStore));
  }

  private Path keyStore() throws Exception {
    Path keyStore = folder.resolve("gateway.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "gateway",
        "-keyalg",
        "EC",
        "-storetype",
        "PKCS12",
        "-dname",
        "CN=127.0.0.1",
        "-ext",
        "SAN=IP:127.0.0.1",
        "-validity",
        "7",
        "-keystore",
        keyStore.toString(),
        "-storepass",
        "changeit");
    return keyStore;
  }

  private void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    Path log = folder.resolve("keytool.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "keytool ends");
    assertEquals(0, process.exitValue(), Files.readString(log));
  }
}
