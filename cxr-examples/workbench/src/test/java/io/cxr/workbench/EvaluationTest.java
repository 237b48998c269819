package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.CxrException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.Evaluation;
import io.cxr.evaluation.EvaluationBuilder;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelEvaluation;
import io.cxr.evaluation.RocCurve;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.state.StateFolder;
import io.cxr.workbench.user.PasswordFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Evaluations of the model that ships by a real server, against figures of the SDK itself. */
class EvaluationTest {
  private static final int EACH = 6;
  private static final int PATIENCE_SECONDS = 300;

  @TempDir Path folder;

  private Path set;

  /** Phantoms under labels that the model knows, whatever it says of them, and two bad files. */
  private void draw() throws Exception {
    set = folder.resolve("data").resolve("films");
    for (String label : List.of("NORMAL", "PNEUMONIA")) {
      Path own = Files.createDirectories(set.resolve(label));
      for (int i = 0; i < EACH; i++) {
        Files.write(own.resolve("film-" + i + ".png"), Films.png(i + label.length()));
      }
    }
    byte[] cut = new byte[300];
    System.arraycopy(Films.png(1), 0, cut, 0, cut.length);
    Files.write(set.resolve("NORMAL").resolve("zz-cut.png"), cut);
  }

  private Workbench open() throws Exception {
    Path users = folder.resolve("users");
    if (!Files.exists(users)) {
      PasswordFile.add(users, "anna", "a password of anna".toCharArray());
      PasswordFile.add(users, "ben", "a password of ben".toCharArray());
    }
    return Workbench.builder(folder.resolve("state"))
        .users(users)
        .dataFolders(List.of(folder.resolve("data")))
        .open();
  }

  private static JsonNode evaluate(WorkbenchClient user, String data) throws Exception {
    return await(user, order(user, data), "done");
  }

  private static String order(WorkbenchClient user, String data) throws Exception {
    String model = user.get("/api/models").get(0).get("id").asString();
    HttpResponse<String> answer =
        user.call(
            "POST",
            "/api/evaluations",
            Json.mapper().writeValueAsString(Map.of("model", model, "data", data)));
    assertEquals(201, answer.statusCode(), answer.body());
    return Json.mapper().readTree(answer.body()).get("id").asString();
  }

  private static String state(WorkbenchClient user, String id) throws Exception {
    return user.get("/api/evaluations/" + id).get("state").asString();
  }

  private static JsonNode await(WorkbenchClient user, String id, String end) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      JsonNode now = user.get("/api/evaluations/" + id);
      String state = now.get("state").asString();
      if (state.equals(end)) {
        return now;
      }
      if (state.equals("failed") || state.equals("done") || System.nanoTime() > until) {
        throw new AssertionError("Expected " + end + " in time, found " + now);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** The films with what the SDK says, in the order of the data set. */
  private record Expected(
      List<LabelledRadiograph> films, List<Optional<Prediction>> answers, Evaluation figures) {}

  private Expected expected() throws Exception {
    ImageFolder films = ImageFolder.open(set);
    List<Optional<Prediction>> answers = new ArrayList<>();
    try (OnnxClassifier classifier = OnnxClassifier.openDefault()) {
      EvaluationBuilder builder =
          Evaluation.builder(classifier.card().labels()).thresholds(classifier.card().thresholds());
      classifier.card().conformal().ifPresent(builder::conformal);
      for (LabelledRadiograph film : films.items()) {
        Outcome<Prediction> outcome;
        try {
          outcome = Outcome.success(classifier.classify(film.read()));
        } catch (CxrException e) {
          outcome = Outcome.refusal(e);
        }
        String file = films.nameOf(film);
        answers.add(outcome.answer());
        if (outcome.isSuccess()) {
          builder.answered(file, film.patient(), film.label(), outcome.orThrow());
        } else {
          String reason =
              outcome instanceof Outcome.Refusal<Prediction> refusal
                  ? refusal.reason().map(UnsupportedRadiographException.Reason::name).orElseThrow()
                  : "";
          builder.refused(file, film.patient(), film.label(), reason);
        }
      }
      return new Expected(films.items(), answers, builder.build());
    }
  }

  private static void same(Optional<Interval> expected, JsonNode found) {
    if (expected.isEmpty()) {
      assertTrue(found.isNull(), found.toString());
    } else {
      assertEquals(expected.get().value(), found.get("value").asDouble(), 1e-6);
      assertEquals(expected.get().low(), found.get("low").asDouble(), 1e-6);
      assertEquals(expected.get().high(), found.get("high").asDouble(), 1e-6);
    }
  }

  @Test
  void figuresAreThoseOfTheSdkAndFilmsOpenAsCases() throws Exception {
    draw();
    Expected expected = expected();
    Evaluation figures = expected.figures();
    assertTrue(figures.answered() > 0, figures.toString());
    String id;
    try (Workbench workbench = open()) {
      WorkbenchClient anna = WorkbenchClient.signedIn(workbench, "anna", "a password of anna");
      JsonNode sets = anna.get("/api/data");
      assertEquals("films", sets.get(0).get("name").asString());
      JsonNode found = evaluate(anna, sets.get(0).get("id").asString());
      id = found.get("id").asString();
      assertEquals(figures.images(), found.get("images").asInt());
      assertEquals(figures.images(), found.get("total").asInt());
      assertEquals(figures.answered(), found.get("answered").asInt());
      assertEquals(Json.mapper().valueToTree(figures.refusals()), found.get("refusals"));
      assertTrue(found.get("refusals").size() > 0, "the cut file has no answer");
      same(figures.accuracy(), found.get("accuracy"));
      same(figures.auroc(), found.get("auroc"));
      same(figures.calibrationError(), found.get("ece"));
      assertEquals(Json.mapper().valueToTree(figures.confusion().rows()), found.get("confusion"));
      assertEquals(figures.labels().size(), found.get("perLabel").size());
      for (int i = 0; i < figures.labels().size(); i++) {
        LabelEvaluation label = figures.byLabel().get(i);
        JsonNode entry = found.get("perLabel").get(i);
        assertEquals(label.label(), entry.get("label").asString());
        assertEquals(label.images(), entry.get("images").asInt());
        same(label.auroc(), entry.get("auroc"));
        same(label.sensitivity(), entry.get("sensitivity"));
        same(label.specificity(), entry.get("specificity"));
      }
      curvesAreThoseOfTheSdk(expected, found);
      cellsAreTheirItems(expected, found);

      // Not another user's, who sees none of it.
      WorkbenchClient ben = WorkbenchClient.signedIn(workbench, "ben", "a password of ben");
      String path = "/api/evaluations/" + id;
      assertEquals(0, ben.get("/api/evaluations").size());
      assertEquals(404, ben.send(ben.request(path).GET()).statusCode());
      assertEquals(404, ben.call("POST", path + "/items/0/open", "").statusCode());
      assertEquals(404, ben.call("DELETE", path, "").statusCode());

      HttpResponse<String> opened = anna.call("POST", path + "/items/0/open", "");
      assertEquals(201, opened.statusCode(), opened.body());
      JsonNode film = Json.mapper().readTree(opened.body());
      assertEquals("film-0.png", film.get("name").asString());
      assertEquals("films/NORMAL", film.get("folder").asString());
      String again = anna.call("POST", path + "/items/0/open", "").body();
      assertEquals(film.get("id"), Json.mapper().readTree(again).get("id"), "one case a film");
      assertEquals(404, anna.call("POST", path + "/items/999/open", "").statusCode());
      assertEquals(404, anna.call("POST", path + "/items/-1/open", "").statusCode());
      anna.settled();
    }
    try (Workbench workbench = open()) {
      WorkbenchClient anna = WorkbenchClient.signedIn(workbench, "anna", "a password of anna");
      JsonNode kept = anna.get("/api/evaluations/" + id);
      same(figures.accuracy(), kept.get("accuracy"));
      assertFalse(kept.toString().contains(folder.toString()), "no path of the server");
      assertEquals(204, anna.call("DELETE", "/api/evaluations/" + id, "").statusCode());
      assertEquals(0, anna.get("/api/evaluations").size());
      theLabelledSetIsEvaluatedToo(anna);
    }
  }

  @Test
  void anEvaluationWhoseFilmsAreDeletedSaysSo() throws Exception {
    draw();
    SyntheticChestPhantom.writeFolder(folder.resolve("data").resolve("more"), 30, 1);
    for (Path each : List.of(Path.of("CLEAR"), Path.of("OPACITY"))) {
      Path more = folder.resolve("data").resolve("more");
      Files.move(more.resolve(each), more.resolve(each.endsWith("CLEAR") ? "NORMAL" : "COVID19"));
    }
    Files.deleteIfExists(folder.resolve("data/more/patients.csv"));
    try (Workbench workbench = open()) {
      WorkbenchClient anna = WorkbenchClient.signedIn(workbench, "anna", "a password of anna");
      JsonNode sets = anna.get("/api/data");
      List<String> ids = new ArrayList<>();
      sets.forEach(each -> ids.add(each.get("id").asString()));
      assertEquals(2, ids.size(), sets.toString());
      String second;
      // The first keeps the second waiting until its films are gone, unless this thread is slow.
      do {
        draw();
        order(anna, ids.get(1));
        second = order(anna, ids.get(0));
        StateFolder.deleteTree(set);
      } while (!state(anna, second).equals("queued"));
      JsonNode failed = await(anna, second, "failed");
      String error = failed.get("error").asString();
      assertTrue(error.contains("expected the data set films"), error);
      assertTrue(error.contains("Put it back"), error);
      assertFalse(error.contains(folder.toString()), error);
      anna.call("DELETE", "/api/evaluations/" + second, "");
    }
  }

  private static void curvesAreThoseOfTheSdk(Expected expected, JsonNode found) {
    String label = "NORMAL";
    List<Integer> answered = new ArrayList<>();
    for (int i = 0; i < expected.films().size(); i++) {
      if (expected.answers().get(i).isPresent()) {
        answered.add(i);
      }
    }
    boolean[] positive = new boolean[answered.size()];
    double[] scores = new double[answered.size()];
    List<double[]> probabilities = new ArrayList<>();
    int[] truth = new int[answered.size()];
    List<String> labels = expected.figures().labels();
    for (int i = 0; i < positive.length; i++) {
      Prediction answer = expected.answers().get(answered.get(i)).orElseThrow();
      String is = expected.films().get(answered.get(i)).label();
      positive[i] = is.equals(label);
      scores[i] = answer.probability(label);
      truth[i] = labels.indexOf(is);
      probabilities.add(labels.stream().mapToDouble(answer::probability).toArray());
    }
    Optional<RocCurve> curve = RocCurve.of(positive, scores);
    JsonNode points = found.get("roc").path(label);
    assertEquals(curve.isPresent(), points.isArray());
    if (curve.isPresent()) {
      assertEquals(curve.get().points().size(), points.size());
      assertTrue(points.get(0).get(2).isNull());
      for (int i = 0; i < points.size(); i++) {
        RocCurve.Point point = curve.get().points().get(i);
        assertEquals(point.falsePositiveRate(), points.get(i).get(0).asDouble(), 1e-9);
        assertEquals(point.truePositiveRate(), points.get(i).get(1).asDouble(), 1e-9);
      }
    }
    CalibrationCurve reliability = CalibrationCurve.of(probabilities, truth, CalibrationCurve.BINS);
    assertEquals(CalibrationCurve.BINS, found.get("reliability").size());
    for (int i = 0; i < CalibrationCurve.BINS; i++) {
      CalibrationCurve.Bin bin = reliability.bins().get(i);
      JsonNode entry = found.get("reliability").get(i);
      assertEquals(bin.count(), entry.get("count").asInt());
      assertEquals(bin.accuracy(), entry.get("accuracy").asDouble(), 1e-9);
      assertEquals(bin.meanConfidence(), entry.get("confidence").asDouble(), 1e-6);
    }
  }

  /** Every cell of the matrix has as many items as it says, and refused films are in none. */
  private static void cellsAreTheirItems(Expected expected, JsonNode found) {
    List<String> labels = expected.figures().labels();
    int[][] cells = new int[labels.size()][labels.size()];
    assertEquals(expected.films().size(), found.get("items").size());
    int refused = 0;
    for (int n = 0; n < expected.films().size(); n++) {
      JsonNode item = found.get("items").get(n);
      assertEquals(n, item.get("n").asInt());
      assertEquals(expected.films().get(n).label(), item.get("truth").asString());
      if (item.get("refused").isNull()) {
        cells[labels.indexOf(item.get("truth").asString())][
            labels.indexOf(item.get("predicted").asString())]++;
        assertEquals(labels.size(), item.get("probabilities").size());
      } else {
        refused++;
        assertTrue(item.get("predicted").isNull());
      }
    }
    assertEquals(Json.mapper().valueToTree(cells), found.get("confusion"));
    assertEquals(expected.figures().images() - expected.figures().answered(), refused);
  }

  private static void theLabelledSetIsEvaluatedToo(WorkbenchClient anna) throws Exception {
    List<String> ids =
        anna.add(new FilePart("first.png", Films.png(3)), new FilePart("second.png", Films.png(4)));
    for (int i = 0; i < 2; i++) {
      String mark = "{\"verdict\":null,\"labels\":[\"" + (i == 0 ? "NORMAL" : "PNEUMONIA") + "\"]}";
      assertEquals(200, anna.call("PUT", "/api/cases/" + ids.get(i) + "/mark", mark).statusCode());
    }
    JsonNode own = anna.get("/api/data").get(0);
    assertEquals("labelled", own.get("kind").asString());
    assertEquals("{\"NORMAL\":1,\"PNEUMONIA\":1}", own.get("labels").toString());
    JsonNode found = evaluate(anna, own.get("id").asString());
    assertEquals(2, found.get("images").asInt());
    assertEquals("first.png", found.get("items").get(0).get("name").asString());
    String opened =
        anna.call("POST", "/api/evaluations/" + found.get("id").asString() + "/items/1/open", "")
            .body();
    assertEquals(ids.get(1), Json.mapper().readTree(opened).get("id").asString());
    anna.settled();
  }
}
