package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.workbench.cases.Limits;
import io.cxr.workbench.http.SecurityHeaders;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which requests are let in, and what every answer says. */
class GuardTest {
  @TempDir static Path folder;

  private static final SettableClock CLOCK = new SettableClock();
  private static Workbench workbench;

  @BeforeAll
  static void open() throws Exception {
    workbench = Workbench.builder(folder.resolve("state")).clock(CLOCK).open();
  }

  @AfterAll
  static void close() {
    workbench.close();
  }

  /** An answer to bytes as they are, which no client would send. */
  private static String raw(String request) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), workbench.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String get(String path, String... headers) throws Exception {
    return raw(
        "GET "
            + path
            + " HTTP/1.1\r\nConnection: close\r\n"
            + String.join("", List.of(headers).stream().map(each -> each + "\r\n").toList())
            + "\r\n");
  }

  private static int status(String answer) {
    return Integer.parseInt(answer.substring(9, 12));
  }

  @Test
  void everyAnswerHasTheSecurityHeaders() throws Exception {
    WorkbenchClient stranger = WorkbenchClient.stranger(workbench);
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    for (HttpResponse<String> answer :
        List.of(
            stranger.send(stranger.request("/")),
            stranger.send(stranger.request("/nothing")),
            stranger.send(stranger.request("/api/session")),
            user.send(user.request("/api/session")),
            user.send(user.request("/api/cases/x")))) {
      Map<String, List<String>> headers = answer.headers().map();
      assertEquals(
          List.of(SecurityHeaders.CONTENT_SECURITY_POLICY),
          headers.get("content-security-policy"),
          answer.toString());
      assertEquals(List.of("nosniff"), headers.get("x-content-type-options"));
      assertEquals(List.of("DENY"), headers.get("x-frame-options"));
      assertEquals(List.of("no-referrer"), headers.get("referrer-policy"));
      assertEquals(List.of("same-origin"), headers.get("cross-origin-resource-policy"));
      assertFalse(headers.containsKey("server"), "the server's name and version");
      assertFalse(headers.containsKey("access-control-allow-origin"));
      assertEquals(
          List.of(answer.uri().getPath().startsWith("/api") ? "no-store" : "no-cache"),
          headers.get("cache-control"));
    }
    assertFalse(SecurityHeaders.CONTENT_SECURITY_POLICY.contains("unsafe"));
  }

  @Test
  void nothingButTheSignInWorksWithoutASession() throws Exception {
    WorkbenchClient stranger = WorkbenchClient.stranger(workbench);
    for (String path :
        List.of(
            "/api/session",
            "/api/cases",
            "/api/cases/x",
            "/api/cases/x/pixels",
            "/api/models",
            "/api/events",
            "/api/color-maps",
            "/api/nothing",
            "/api")) {
      assertEquals(401, stranger.send(stranger.request(path)).statusCode(), path);
    }
    assertEquals(401, stranger.upload(List.of()).statusCode());
    assertEquals(401, stranger.call("DELETE", "/api/cases/x", "").statusCode());
    assertTrue(
        stranger.signIn(Map.of("token", "guessed"), 401).body().contains("\"reason\":\"WRONG\""));
  }

  @Test
  void cookieIsOutOfReachOfScriptsAndOtherSites() throws Exception {
    WorkbenchClient client = WorkbenchClient.stranger(workbench);
    String token = workbench.signInUrl().getFragment().substring("token=".length());
    String cookie =
        client.signIn(Map.of("token", token), 204).headers().firstValue("Set-Cookie").orElseThrow();
    assertTrue(cookie.contains("HttpOnly"), cookie);
    assertTrue(cookie.contains("SameSite=Strict"), cookie);
    assertFalse(workbench.url().toString().contains("token"), "the address as it is logged");
  }

  @Test
  void whatChangesSomethingNeedsTheSessionsToken() throws Exception {
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    WorkbenchClient other = WorkbenchClient.signedIn(workbench);
    for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
      for (String token : List.of("", "guessed", other.csrf())) {
        HttpResponse<String> answer =
            user.send(
                user.request("/api/cases")
                    .header("X-CSRF-Token", token)
                    .method(method, BodyPublishers.ofString("{}")));
        assertEquals(403, answer.statusCode(), method);
        assertTrue(answer.body().contains("\"reason\":\"CSRF\""), answer.body());
      }
      assertEquals(
          403,
          user.send(user.request("/api/logout").method(method, BodyPublishers.noBody()))
              .statusCode());
    }
    assertEquals(200, user.call("POST", "/api/cases/delete", "{\"ids\":[]}").statusCode());
  }

  @Test
  void pagesOfOtherNamesAreNotServed() throws Exception {
    String port = ":" + workbench.port();
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    String cookie = "Cookie: " + user.cookie();
    for (String own : List.of("127.0.0.1", "localhost", "[::1]")) {
      assertEquals(200, status(get("/api/session", "Host: " + own + port, cookie)), own);
    }
    for (String other :
        List.of(
            "attacker.example",
            "attacker.example" + port,
            "127.0.0.1.attacker.example",
            "192.0.2.1" + port)) {
      assertEquals(403, status(get("/api/session", "Host: " + other, cookie)), other);
      assertEquals(403, status(get("/", "Host: " + other)), other);
    }
    assertEquals(400, status(get("/")), "no Host");
    String host = "Host: 127.0.0.1" + port;
    assertEquals(200, status(get("/api/session", host, cookie, "Origin: http://127.0.0.1" + port)));
    for (String origin :
        List.of(
            "http://attacker.example", "null", "http://127.0.0.1", "https://127.0.0.1" + port)) {
      assertEquals(403, status(get("/api/session", host, cookie, "Origin: " + origin)), origin);
    }
    assertEquals(403, status(get("/api/session", host, cookie, "Sec-Fetch-Site: cross-site")));
    assertEquals(403, status(get("/api/session", host, cookie, "Sec-Fetch-Site: same-site")));
    assertEquals(200, status(get("/", host, "Sec-Fetch-Site: cross-site")), "a link to the page");
  }

  @Test
  void noAddressLeadsOutOfThePages() throws Exception {
    String host = "Host: 127.0.0.1:" + workbench.port();
    for (String path :
        List.of(
            "/../Workbench.class",
            "/..%2f..%2fWorkbench.class",
            "/%2e%2e/Workbench.class",
            "/.%2e/%2e./Workbench.class",
            "/%252e%252e/Workbench.class",
            "/..;/Workbench.class",
            "/..\\Workbench.class",
            "/..%5cWorkbench.class",
            "//etc/passwd",
            "/index.html%00.js",
            "/file:/etc/passwd",
            "/Workbench.class",
            "http://attacker.example/../../etc/passwd")) {
      String answer = get(path, host);
      assertTrue(status(answer) == 400 || status(answer) == 404 || status(answer) == 403, answer);
      assertFalse(answer.contains("root:") || answer.contains("\u00ca\u00fe"), path);
      assertFalse(answer.contains("passwd"), "the address is not repeated: " + answer);
    }
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    String cookie = "Cookie: " + user.cookie();
    for (String id : List.of("..%2f..%2fworkbench.sqlite", "%2e%2e", "..", "x%00", "..%5c")) {
      int status = status(get("/api/cases/" + id + "/pixels", host, cookie));
      assertTrue(status == 400 || status == 404, id + " gave " + status);
    }
  }

  @Test
  void anUnusedSessionEnds() throws Exception {
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    Duration idle = Limits.DEFAULT.sessionIdle();
    CLOCK.forward(idle.minusSeconds(1));
    user.get("/api/session");
    CLOCK.forward(idle.minusSeconds(1));
    user.get("/api/session");
    CLOCK.forward(idle);
    HttpResponse<String> late = user.send(user.request("/api/session"));
    assertEquals(401, late.statusCode());
    assertTrue(late.body().contains("\"reason\":\"SIGN_IN\""), late.body());
  }

  @Test
  void signingOutEndsTheSessionAndNoOther() throws Exception {
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    WorkbenchClient other = WorkbenchClient.signedIn(workbench);
    assertEquals(204, user.call("POST", "/api/logout", "").statusCode());
    assertEquals(401, user.send(user.request("/api/session")).statusCode());
    other.get("/api/session");
  }

  @Test
  void bodiesThatAreNoJsonAreRefused() throws Exception {
    WorkbenchClient user = WorkbenchClient.signedIn(workbench);
    for (String body : List.of("", "[]", "{", "1", "{\"ids\":[1]}", "{\"ids\":7}")) {
      int status = user.call("POST", "/api/cases/delete", body).statusCode();
      assertEquals(400, status, body);
    }
    assertEquals(413, user.call("POST", "/api/cases/delete", " ".repeat(2 << 20)).statusCode());
  }
}
