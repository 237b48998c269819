package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.workbench.cases.Limits;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.state.StateFolder;
import io.cxr.workbench.user.QuickPasswords;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Training jobs of a real server, in real processes, on phantoms. */
class TrainingTest {
  private static final int EACH = 12;
  private static final int PATIENCE_SECONDS = 300;

  @TempDir Path folder;

  private Path data;

  @BeforeEach
  void draw() throws Exception {
    data = Files.createDirectories(folder.resolve("data"));
    SyntheticChestPhantom.writeFolder(data.resolve("phantoms"), EACH, 1);
  }

  private Workbench open() throws Exception {
    return builder(folder.resolve("state")).open();
  }

  private WorkbenchBuilder builder(Path state) throws Exception {
    return Workbench.builder(state)
        .users(users())
        .dataFolders(List.of(data))
        .clock(new SettableClock());
  }

  private Path users() throws Exception {
    Path file = folder.resolve("users");
    if (!Files.exists(file)) {
      QuickPasswords.add(file, "anna");
      QuickPasswords.add(file, "ben");
    }
    return file;
  }

  private static WorkbenchClient anna(Workbench workbench) throws Exception {
    return WorkbenchClient.signedIn(workbench, "anna", "secret-of-anna");
  }

  private static WorkbenchClient ben(Workbench workbench) throws Exception {
    return WorkbenchClient.signedIn(workbench, "ben", "secret-of-ben");
  }

  private static String data(WorkbenchClient user) throws Exception {
    JsonNode sets = user.get("/api/data");
    assertEquals(1, sets.size(), sets.toString());
    assertEquals("phantoms", sets.get(0).get("name").asString());
    assertEquals("{\"CLEAR\":12,\"OPACITY\":12}", sets.get(0).get("labels").toString());
    return sets.get(0).get("id").asString();
  }

  private static JsonNode order(WorkbenchClient user, String preset, String name, int epochs)
      throws Exception {
    HttpResponse<String> answer =
        user.call(
            "POST",
            "/api/jobs",
            Json.mapper()
                .writeValueAsString(
                    Map.of("data", data(user), "preset", preset, "name", name, "epochs", epochs)));
    assertEquals(201, answer.statusCode(), answer.body());
    return Json.mapper().readTree(answer.body());
  }

  private static JsonNode await(WorkbenchClient user, String job, Predicate<JsonNode> condition)
      throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      JsonNode now = user.get("/api/jobs/" + job);
      if (condition.test(now)) {
        return now;
      }
      if (System.nanoTime() > until || now.get("state").asString().equals("failed")) {
        throw new AssertionError("Expected another state of the job in time, found " + now);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static JsonNode awaitFailure(WorkbenchClient user, String job) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    JsonNode now = user.get("/api/jobs/" + job);
    while (!now.get("state").asString().equals("failed") && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(50);
      now = user.get("/api/jobs/" + job);
    }
    assertEquals("failed", now.get("state").asString(), now.toString());
    return now;
  }

  private static JsonNode awaitState(WorkbenchClient user, String job, String state)
      throws Exception {
    return await(user, job, now -> now.get("state").asString().equals(state));
  }

  private static int status(WorkbenchClient user, String method, String path) throws Exception {
    return user.call(method, path, "{}").statusCode();
  }

  private Path model(String job) {
    return folder.resolve("state").resolve("jobs").resolve(job).resolve("model.onnx");
  }

  @Test
  @Tag("slow")
  void aTrainedModelJoinsThoseOfItsUserAndIsThereAfterARestart() throws Exception {
    String job;
    String model;
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      WorkbenchClient ben = ben(workbench);
      job = order(anna, "head", "anna's head", 5).get("id").asString();
      JsonNode second = order(ben, "head", "ben's", 5);
      assertEquals("queued", second.get("state").asString());
      String other = second.get("id").asString();

      // Another user's job does not exist.
      assertEquals(404, status(ben, "POST", "/api/jobs/" + job + "/stop"));
      assertEquals(404, status(ben, "POST", "/api/jobs/" + job + "/resume"));
      assertEquals(404, status(ben, "DELETE", "/api/jobs/" + job));
      assertEquals(404, ben.send(ben.request("/api/jobs/" + job).GET()).statusCode());
      assertEquals(1, ben.get("/api/jobs").size());

      // One that waits stops at once, and is deleted with its folder.
      assertEquals(200, status(ben, "POST", "/api/jobs/" + other + "/stop"));
      assertEquals("stopped", ben.get("/api/jobs/" + other).get("state").asString());
      assertEquals(409, status(ben, "POST", "/api/jobs/" + other + "/stop"));
      assertEquals(204, status(ben, "DELETE", "/api/jobs/" + other));
      assertFalse(Files.exists(model(other).getParent()));

      JsonNode done = awaitState(anna, job, "done");
      model = done.get("model").asString();
      assertEquals(5, done.get("history").size(), done.toString());
      assertEquals(5, done.get("history").get(4).get("epoch").asInt());
      assertTrue(done.get("history").get(0).get("validationLoss").asDouble() > 0);
      assertTrue(done.get("etaSeconds").isNull());
      assertFalse(done.toString().contains(folder.toString()), "no path of the server");
      assertEquals(2 * EACH, done.get("images").asInt());
      assertEquals(409, status(anna, "POST", "/api/jobs/" + job + "/resume"));
      assertTrue(names(anna).contains("anna's head"), names(anna));
      assertFalse(names(ben).contains("anna's head"), names(ben));
      try (OnnxClassifier classifier = OnnxClassifier.open(model(job))) {
        assertEquals(List.of("CLEAR", "OPACITY"), classifier.card().labels());
        assertTrue(classifier.canExplain());
        assertTrue(classifier.card().shortcuts().isPresent(), "it was audited");
      }
    }
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      assertTrue(anna.get("/api/models").toString().contains(model));
      assertEquals("done", anna.get("/api/jobs/" + job).get("state").asString());
      String asked = "{\"model\":\"" + model + "\",\"data\":\"" + data(anna) + "\"}";
      assertEquals(201, anna.call("POST", "/api/evaluations", asked).statusCode());
    }
    whatAnnaMadeGoesWhenSheIsGoneForLong();
    // A model that somebody deleted is no finished training.
    Files.delete(model(job));
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      JsonNode lost = anna.get("/api/jobs/" + job);
      assertEquals("failed", lost.get("state").asString());
      assertTrue(lost.get("error").asString().contains("model's file"), lost.toString());
      assertTrue(lost.get("model").isNull(), lost.toString());
      assertEquals(204, status(anna, "DELETE", "/api/jobs/" + job));
      assertFalse(anna.get("/api/models").toString().contains(model));
      try (Stream<Path> jobs = Files.list(folder.resolve("state").resolve("jobs"))) {
        assertEquals(0, jobs.count());
      }
    }
  }

  /** On a copy of the state: kept as long as cases are, then deleted, whether she may sign in. */
  private void whatAnnaMadeGoesWhenSheIsGoneForLong() throws Exception {
    Path state = folder.resolve("state");
    Path later = folder.resolve("later");
    try (Stream<Path> files = Files.walk(state)) {
      for (Path each : files.toList()) {
        Files.copy(each, later.resolve(state.relativize(each)));
      }
    }
    Path users = folder.resolve("users-later");
    Files.write(
        users,
        Files.readAllLines(users()).stream().filter(line -> !line.startsWith("anna:")).toList());
    Duration keep = Duration.ofDays(30);
    Limits limits = new Limits(1 << 20, 10, 1 << 20, Duration.ofHours(1), keep);
    SettableClock clock = new SettableClock();
    clock.forward(keep.minusHours(1));
    WorkbenchBuilder builder = builder(later).users(users).limits(limits).clock(clock);
    builder.open().close();
    assertEquals(1, count(later.resolve("jobs")), "they are kept so long");
    assertEquals(1, count(later.resolve("evaluations")), "they are kept so long");
    clock.forward(Duration.ofHours(2));
    builder.open().close();
    assertEquals(0, count(later.resolve("jobs")), "trainings with their models");
    assertEquals(0, count(later.resolve("evaluations")));
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    }
  }

  private static String names(WorkbenchClient user) throws Exception {
    StringBuilder names = new StringBuilder();
    user.get("/api/models").forEach(each -> names.append(each.get("name").asString()).append('\n'));
    return names.toString();
  }

  @Test
  void aTrainingWhoseFilmsAreDeletedSaysSo() throws Exception {
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      String job = order(anna, "head", "lost", 5).get("id").asString();
      StateFolder.deleteTree(data.resolve("phantoms"));
      JsonNode failed = awaitFailure(anna, job);
      String error = failed.get("error").asString();
      assertTrue(error.contains("expected the data set phantoms"), error);
      assertTrue(error.contains("Put it back"), error);
      assertFalse(error.contains(folder.toString()), error);
      HttpResponse<String> log = anna.send(anna.request("/api/jobs/" + job + "/log"));
      assertEquals(200, log.statusCode());
      assertTrue(log.body().contains("Exception"), log.body());
      assertFalse(log.body().contains(folder.toString()), log.body());
      WorkbenchClient ben = ben(workbench);
      assertEquals(404, ben.send(ben.request("/api/jobs/" + job + "/log")).statusCode());
    }
  }

  @Test
  void presetsTellMinutesAndWhatIsNotOfferedIsRefused() throws Exception {
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      String data = data(anna);
      JsonNode usual = anna.get("/api/presets");
      JsonNode few = anna.get("/api/presets?data=" + data);
      assertEquals(1000, usual.get(0).get("images").asInt());
      assertEquals(2 * EACH, few.get(0).get("images").asInt());
      for (int i = 0; i < usual.size(); i++) {
        assertTrue(few.get(i).get("minutes").asInt() >= 1);
        assertTrue(
            usual.get(i).get("minutes").asInt() >= few.get(i).get("minutes").asInt(),
            usual.toString());
      }
      String[] refused = {
        "{\"data\":\"" + data + "\",\"preset\":\"none\",\"name\":\"n\"}",
        "{\"data\":\"" + data + "\",\"preset\":\"head\",\"name\":\" \"}",
        "{\"data\":\"" + data + "\",\"preset\":\"head\",\"name\":\"n\",\"epochs\":0}",
        "{\"data\":\"" + data + "\",\"preset\":\"head\",\"name\":\"n\",\"seed\":-1}",
      };
      for (String body : refused) {
        assertEquals(400, anna.call("POST", "/api/jobs", body).statusCode(), body);
      }
      // No path of a page, whatever it looks like, becomes one of the server.
      for (String path : new String[] {"/etc", "..", "phantoms", "labelled"}) {
        String body = "{\"data\":\"" + path + "\",\"preset\":\"head\",\"name\":\"n\"}";
        assertEquals(404, anna.call("POST", "/api/jobs", body).statusCode(), body);
      }
      assertEquals(0, anna.get("/api/jobs").size());
    }
  }

  @Test
  @Tag("slow")
  void aTrainingStopsWithACheckpointAndGoesOnToTheSameWeightsAfterARestart() throws Exception {
    int epochs = 6;
    String stopped;
    String whole;
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      whole = order(anna, "small-cnn", "cnn", epochs).get("id").asString();
      stopped = order(anna, "small-cnn", "cnn", epochs).get("id").asString();
      awaitState(anna, whole, "done");
      JsonNode learning = await(anna, stopped, now -> now.get("epoch").asInt() > 0);
      assertTrue(learning.get("etaSeconds").asDouble() > 0, learning.toString());
      assertEquals(200, status(anna, "POST", "/api/jobs/" + stopped + "/stop"));
      JsonNode rests = awaitState(anna, stopped, "stopped");
      int reached = rests.get("history").size();
      assertTrue(reached >= 1 && reached < epochs, rests.toString());
      assertTrue(rests.get("model").isNull());
      assertEquals(200, status(anna, "POST", "/api/jobs/" + stopped + "/resume"));
      // The server ends while the process trains.
      await(anna, stopped, now -> now.get("history").size() > reached);
    }
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      assertEquals("stopped", anna.get("/api/jobs/" + stopped).get("state").asString());
      assertEquals(200, status(anna, "POST", "/api/jobs/" + stopped + "/resume"));
      JsonNode done = awaitState(anna, stopped, "done");
      assertEquals(epochs, done.get("history").size(), done.toString());
      // The same file: the same model, which is open once.
      assertArrayEquals(Files.readAllBytes(model(whole)), Files.readAllBytes(model(stopped)));
    }
  }

  @Test
  @Tag("slow")
  void aProcessThatDiesLeavesTheServerAndTheJobCanBeResumed() throws Exception {
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      String job = order(anna, "small-cnn", "cnn", 2).get("id").asString();
      await(anna, job, now -> now.get("epoch").asInt() > 0);
      ProcessHandle.current()
          .children()
          .filter(child -> child.info().commandLine().orElse("").contains(job))
          .forEach(ProcessHandle::destroyForcibly);
      JsonNode now = awaitFailure(anna, job);
      assertTrue(now.get("error").asString().contains("killed"), now.toString());
      assertTrue(now.get("error").asString().contains("resume"), now.toString());
      assertEquals(200, status(anna, "POST", "/api/jobs/" + job + "/resume"));
      awaitState(anna, job, "done");
    }
  }

  @Test
  @Tag("slow")
  void aFullDiskIsSaidAndTheJobGoesOnWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectories(folder.resolve("state"));
    assumeTrue(
        command("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.toString()),
        "SKIPPED: no file system can be mounted here, so that there is no full disk");
    try (Workbench workbench = open()) {
      WorkbenchClient anna = anna(workbench);
      String job = order(anna, "small-cnn", "cnn", 8).get("id").asString();
      await(anna, job, now -> now.get("epoch").asInt() > 0);
      Path ballast = disk.resolve("ballast");
      assertFalse(command("dd", "if=/dev/zero", "of=" + ballast, "bs=64k"), "it is full now");
      JsonNode failed = awaitFailure(anna, job);
      assertTrue(failed.get("error").asString().contains("full"), failed.toString());
      Files.delete(ballast);
      assertEquals(200, status(anna, "POST", "/api/jobs/" + job + "/resume"));
      awaitState(anna, job, "done");
    } finally {
      command("umount", disk.toString());
    }
  }

  private static boolean command(String... words) throws Exception {
    try {
      return new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
