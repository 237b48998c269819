package io.cxr.workbench;

import io.cxr.workbench.http.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Somebody who uses a workbench by HTTP, as its pages do. */
public final class WorkbenchClient {
  private static final String BOUNDARY = "----boundary-of-the-test";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final HttpClient http;
  private final URI url;
  private String cookie = "";
  private String csrf = "";

  private WorkbenchClient(URI url, HttpClient http) {
    this.url = url;
    this.http = http;
  }

  /** Somebody who has not signed in. */
  public static WorkbenchClient stranger(Workbench workbench) {
    return stranger(workbench, HttpClient.newHttpClient());
  }

  static WorkbenchClient stranger(Workbench workbench, HttpClient http) {
    return new WorkbenchClient(workbench.url(), http);
  }

  /** The user with the token. */
  public static WorkbenchClient signedIn(Workbench workbench) throws Exception {
    WorkbenchClient client = stranger(workbench);
    String token = workbench.signInUrl().getFragment().substring("token=".length());
    client.signIn(Map.of("token", token), 204);
    return client;
  }

  /** A user with a password. */
  public static WorkbenchClient signedIn(Workbench workbench, String user, String password)
      throws Exception {
    WorkbenchClient client = stranger(workbench);
    client.signIn(Map.of("user", user, "password", password), 204);
    return client;
  }

  HttpResponse<String> signIn(Map<String, String> body, int expected) throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(url.resolve("/api/login"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.mapper().writeValueAsString(body))));
    expect(expected, answer);
    if (expected == 204) {
      cookie = answer.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
      csrf = get("/api/session").get("csrf").stringValue();
    }
    return answer;
  }

  public String cookie() {
    return cookie;
  }

  public String csrf() {
    return csrf;
  }

  public URI url() {
    return url;
  }

  HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path.substring(1)));
    if (!cookie.isEmpty()) {
      builder.header("Cookie", cookie);
    }
    return builder.timeout(PATIENCE);
  }

  HttpResponse<String> send(HttpRequest.Builder builder) throws Exception {
    return http.send(builder.build(), BodyHandlers.ofString());
  }

  private static void expect(int status, HttpResponse<?> answer) {
    if (answer.statusCode() != status) {
      throw new AssertionError(
          answer.request().method()
              + " "
              + answer.uri()
              + ": expected "
              + status
              + ", found "
              + answer.statusCode()
              + " "
              + answer.body());
    }
  }

  /** The JSON of a page's request. */
  public JsonNode get(String path) throws Exception {
    HttpResponse<String> answer = send(request(path).GET());
    expect(200, answer);
    return Json.mapper().readTree(answer.body());
  }

  HttpResponse<byte[]> bytes(String path) throws Exception {
    HttpResponse<byte[]> answer = http.send(request(path).build(), BodyHandlers.ofByteArray());
    expect(200, answer);
    return answer;
  }

  HttpResponse<String> call(String method, String path, String body) throws Exception {
    return send(
        request(path)
            .header("X-CSRF-Token", csrf)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body)));
  }

  /** A file to upload. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record FilePart(String name, byte[] content) {}

  static byte[] multipart(List<FilePart> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (FilePart file : files) {
      out.write(
          ("--"
                  + BOUNDARY
                  + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                  + file.name
                  + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8));
      out.write(file.content);
      out.write("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    out.write(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  HttpResponse<String> upload(List<FilePart> files) throws Exception {
    return send(
        request("/api/cases")
            .header("X-CSRF-Token", csrf)
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(BodyPublishers.ofByteArray(multipart(files))));
  }

  /** The ids of the cases that an upload made. */
  public List<String> add(FilePart... files) throws Exception {
    HttpResponse<String> answer = upload(List.of(files));
    expect(201, answer);
    List<String> ids = new ArrayList<>();
    Json.mapper().readTree(answer.body()).get("cases").forEach(each -> ids.add(id(each)));
    return ids;
  }

  static String id(JsonNode each) {
    return each.get("id").stringValue();
  }

  /** All cases, once nothing waits any more. */
  public JsonNode settled() throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      JsonNode progress = get("/api/session").get("progress");
      if (progress.get("queued").intValue() + progress.get("running").intValue() == 0) {
        return get("/api/cases").get("cases");
      }
      if (System.nanoTime() > until) {
        throw new AssertionError("Expected answers in time, found " + progress);
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
