package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.cases.Limits;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads as other programs write them, and broken ones. */
class UploadTest {
  @TempDir static Path folder;

  private static Workbench workbench;
  private static WorkbenchClient user;

  @BeforeAll
  static void open() throws Exception {
    workbench =
        Workbench.builder(folder.resolve("state"))
            .limits(new Limits(64 << 20, 100, 256 << 20, Duration.ofHours(1), Duration.ZERO))
            .open();
    user = WorkbenchClient.signedIn(workbench);
  }

  @AfterAll
  static void close() {
    workbench.close();
  }

  private static HttpResponse<String> post(String type, String body) throws Exception {
    return user.send(
        user.request("/api/cases")
            .header("X-CSRF-Token", user.csrf())
            .header("Content-Type", type)
            .POST(BodyPublishers.ofString(body)));
  }

  private static long incoming() throws Exception {
    try (Stream<Path> all = Files.list(folder.resolve("state/incoming"))) {
      return all.count();
    }
  }

  @Test
  void contentOfAnyBytesArrivesUnchanged() throws Exception {
    // What looks like a boundary, and more than any buffer.
    byte[] content = new byte[5 << 20];
    byte[] nearly = "\r\n------boundary-of-the-tes".getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at + nearly.length < content.length; at += 997) {
      System.arraycopy(nearly, 0, content, at, nearly.length);
    }
    String id = user.add(new FilePart("bytes.bin", content)).get(0);
    assertTrue(
        Arrays.equals(
            content,
            Files.readAllBytes(folder.resolve("state/cases").resolve(id).resolve("film"))));
    user.settled();
  }

  @Test
  void namesOfAllLettersAreKept() throws Exception {
    String id = user.add(new FilePart("Röntgen/胸部 %22a%22; b=c.png", new byte[] {1})).get(0);
    assertEquals("胸部 \"a\"; b=c.png", user.get("/api/cases/" + id).get("name").stringValue());
    assertEquals("Röntgen", user.get("/api/cases/" + id).get("folder").stringValue());
  }

  @Test
  void otherPartsAndTypesAreNoFiles() throws Exception {
    assertEquals(415, post("application/json", "{}").statusCode());
    assertEquals(415, post("multipart/form-data", "").statusCode());
    assertEquals(415, post("multipart/mixed; boundary=x", "--x--").statusCode());
    assertEquals(
        400,
        post(
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\ntext\r\n--x--\r\n")
            .statusCode());
    assertEquals(400, post("multipart/form-data; boundary=x", "--x--\r\n").statusCode());
    String endless = "a".repeat(20_000);
    int status =
        post(
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                    + endless
                    + "\"\r\n\r\ntext\r\n--x--\r\n")
            .statusCode();
    assertEquals(400, status, "headers without end");
    assertEquals(0, incoming());
  }

  @Test
  void whatIsWholeIsKeptWhenTheRestIsMissing() throws Exception {
    int before = user.get("/api/cases").get("cases").size();
    String part =
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n\r\ncontent";
    HttpResponse<String> cut =
        post(
            "multipart/form-data; boundary=x",
            part.formatted("whole") + "\r\n" + part.formatted("half"));
    assertEquals(400, cut.statusCode(), cut.body());
    assertEquals(before + 1, user.get("/api/cases").get("cases").size());
    assertEquals(0, incoming());
  }

  @Test
  void aPageThatLeavesWhileItSendsLeavesNothing() throws Exception {
    byte[] body = WorkbenchClient.multipart(List.of(new FilePart("left.bin", new byte[1 << 20])));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), workbench.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /api/cases HTTP/1.1\r\nHost: 127.0.0.1:"
                  + workbench.port()
                  + "\r\nCookie: "
                  + user.cookie()
                  + "\r\nX-CSRF-Token: "
                  + user.csrf()
                  + "\r\nContent-Type: multipart/form-data; boundary=----boundary-of-the-test"
                  + "\r\nContent-Length: "
                  + body.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write(body, 0, body.length / 2);
      out.flush();
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (incoming() == 0 && System.nanoTime() < until) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertEquals(1, incoming());
    }
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (incoming() > 0 && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertEquals(0, incoming());
    assertFalse(user.get("/api/cases").toString().contains("left.bin"));
  }
}
