package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.cases.Limits;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.user.QuickPasswords;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Several users with passwords, each with cases and limits of their own. */
class UsersTest {
  private static final int FILES = 6;
  private static final int FILE_BYTES = 400_000;
  private static final int QUOTA_BYTES = 700_000;
  private static final Duration KEEP = Duration.ofDays(30);

  @TempDir static Path folder;

  private static final SettableClock CLOCK = new SettableClock();
  private static Path users;
  private static Workbench workbench;

  @BeforeAll
  static void open() throws Exception {
    users = folder.resolve("users");
    for (String name : List.of("anna", "berta", "clara", "dora", "emil", "fritz")) {
      QuickPasswords.add(users, name);
    }
    workbench =
        Workbench.builder(folder.resolve("state"))
            .clock(CLOCK)
            .users(users)
            .limits(new Limits(FILE_BYTES, FILES, QUOTA_BYTES, Duration.ofHours(1), KEEP))
            .open();
  }

  @AfterAll
  static void close() {
    workbench.close();
  }

  private static WorkbenchClient user(String name) throws Exception {
    return WorkbenchClient.signedIn(workbench, name, "secret-of-" + name);
  }

  @Test
  void nobodySeesOrChangesTheCasesOfOthers() throws Exception {
    WorkbenchClient anna = user("anna");
    WorkbenchClient berta = user("berta");
    String id = anna.add(new FilePart("anna.dcm", Films.dicom(Films.KNOWN))).get(0);
    anna.settled();
    String before = anna.get("/api/cases/" + id).toString();
    String model = anna.get("/api/models").get(0).get("id").stringValue();
    for (String path :
        List.of(
            "",
            "/thumbnail",
            "/pixels",
            "/heatmap?label=NORMAL&model=" + model,
            "/lungs",
            "/header",
            "/header?identity=true")) {
      HttpResponse<String> answer = berta.send(berta.request("/api/cases/" + id + path));
      assertEquals(404, answer.statusCode(), path);
      assertFalse(answer.body().contains("anna"), answer.body());
      anna.bytes("/api/cases/" + id + path);
    }
    assertEquals(404, berta.call("DELETE", "/api/cases/" + id, "").statusCode());
    String ids = "{\"ids\":[\"" + id + "\"]}";
    assertEquals("{\"ids\":[]}", berta.call("POST", "/api/cases/delete", ids).body());
    assertEquals("{\"queued\":0}", berta.call("POST", "/api/models/" + model + "/run", ids).body());
    assertEquals(0, berta.get("/api/cases").get("cases").size());
    assertEquals(0, berta.get("/api/session").get("limits").get("usedBytes").intValue());
    assertEquals(0, berta.get("/api/session").get("progress").get("done").intValue());
    assertEquals(before, anna.get("/api/cases/" + id).toString());
    assertEquals("anna", anna.get("/api/session").get("user").stringValue());
  }

  @Test
  void limitsHoldForEachFile() throws Exception {
    WorkbenchClient clara = user("clara");
    byte[] small = Films.png(Films.KNOWN);
    HttpResponse<String> mixed =
        clara.upload(
            List.of(
                new FilePart("one.png", small),
                new FilePart("large.png", new byte[FILE_BYTES + 1]),
                new FilePart("two.png", small)));
    assertEquals(201, mixed.statusCode());
    JsonNode json = Json.mapper().readTree(mixed.body());
    assertEquals(2, json.get("cases").size());
    assertEquals("large.png", json.get("refused").get(0).get("name").stringValue());
    assertEquals("FILE_SIZE", json.get("refused").get(0).get("reason").stringValue());

    long used = clara.get("/api/session").get("limits").get("usedBytes").longValue();
    assertEquals(2L * small.length, used);
    byte[] rest = new byte[(int) Math.min(FILE_BYTES, QUOTA_BYTES - used)];
    clara.add(new FilePart("rest", rest));
    rest = new byte[(int) (QUOTA_BYTES - used - rest.length)];
    if (rest.length > 0) {
      clara.add(new FilePart("rest", rest));
    }
    HttpResponse<String> over = clara.upload(List.of(new FilePart("over", new byte[1])));
    assertEquals(413, over.statusCode());
    assertTrue(over.body().contains("\"reason\":\"QUOTA\""), over.body());
    HttpResponse<String> tooLarge =
        clara.upload(List.of(new FilePart("large.png", new byte[FILE_BYTES + 1])));
    assertEquals(413, tooLarge.statusCode());
    // Others have room.
    WorkbenchClient dora = user("dora");
    FilePart[] full =
        Stream.generate(() -> new FilePart("a", new byte[1])).limit(FILES).toArray(FilePart[]::new);
    dora.add(full);
    HttpResponse<String> many = dora.upload(List.of(new FilePart("a", new byte[1])));
    assertEquals(413, many.statusCode());
    assertTrue(many.body().contains("\"reason\":\"FILES\""), many.body());
    clara.settled();
    dora.settled();
    try (Stream<Path> incoming = Files.list(folder.resolve("state/incoming"))) {
      assertEquals(0, incoming.count(), "what was refused is not kept");
    }
  }

  @Test
  void guessingIsSlowedDown() throws Exception {
    WorkbenchClient stranger = WorkbenchClient.stranger(workbench);
    CLOCK.forward(Duration.ofMinutes(2));
    for (int i = 0; i < 5; i++) {
      stranger.signIn(Map.of("user", i % 2 == 0 ? "emil" : "nobody", "password", "guess" + i), 401);
    }
    HttpResponse<String> slowed =
        stranger.signIn(Map.of("user", "emil", "password", "secret-of-emil"), 429);
    assertTrue(
        Integer.parseInt(slowed.headers().firstValue("Retry-After").orElseThrow()) <= 61,
        "seconds to wait");
    CLOCK.forward(Duration.ofSeconds(61));
    stranger.signIn(Map.of("user", "emil", "password", "secret-of-emil"), 204);
  }

  @Test
  void whoIsRemovedFromTheFileIsSignedOut() throws Exception {
    WorkbenchClient fritz = user("fritz");
    fritz.get("/api/session");
    List<String> lines = Files.readAllLines(users);
    Files.write(users, lines.stream().filter(line -> !line.startsWith("fritz:")).toList());
    assertEquals(401, fritz.send(fritz.request("/api/session")).statusCode());
    Files.write(users, lines);
  }

  @Test
  void otherComputersNeedTls() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Workbench.builder(folder.resolve("other")).bind("0.0.0.0").open());
    assertTrue(refused.getMessage().contains("--tls"), refused.getMessage());
  }
}
