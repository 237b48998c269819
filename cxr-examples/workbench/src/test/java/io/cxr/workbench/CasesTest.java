package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.ModelCardFile;
import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.models.OperatingPoint;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Cases from the upload to their deletion, on a real server with the model that ships. */
class CasesTest {
  @TempDir static Path folder;

  private static Workbench workbench;
  private static WorkbenchClient user;
  private static String shipped;
  private static String second;

  @BeforeAll
  static void open() throws Exception {
    Path copy = folder.resolve("copy.onnx");
    try (InputStream in = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      Files.copy(in, copy);
    }
    ModelCard card = ModelCardFile.read(copy).orElseThrow();
    Path models = Files.createDirectory(folder.resolve("models"));
    ModelCardFile.write(
        copy, card.toBuilder().name("second").build(), models.resolve("second.onnx"));
    Files.writeString(models.resolve("damaged.onnx"), "no model");
    workbench =
        Workbench.builder(folder.resolve("state"))
            // The same file as the one that ships: it is opened once.
            .models(List.of(copy))
            .modelFolders(List.of(models))
            .open();
    user = WorkbenchClient.signedIn(workbench);
    JsonNode open = user.get("/api/models");
    assertEquals(2, open.size(), open.toString());
    shipped = open.get(0).get("id").stringValue();
    second = open.get(1).get("id").stringValue();
    assertEquals("second", open.get(1).get("name").stringValue());
  }

  @AfterAll
  static void close() {
    workbench.close();
  }

  private static JsonNode answer(JsonNode each) {
    return each.get("answers").get(shipped);
  }

  private static Map<String, JsonNode> byId() throws Exception {
    Map<String, JsonNode> cases = new HashMap<>();
    user.settled().forEach(each -> cases.put(WorkbenchClient.id(each), each));
    return cases;
  }

  @Test
  void goodAndBadFilesAreAnsweredTogether() throws Exception {
    byte[] png = Films.png(Films.KNOWN);
    List<String> ids =
        user.add(
            new FilePart("ward/room 1/first.png", png),
            new FilePart("empty.png", new byte[0]),
            new FilePart("damaged.png", Arrays.copyOf(png, png.length / 2)),
            new FilePart("letter.dcm", "Dear colleague".getBytes(StandardCharsets.UTF_8)),
            new FilePart("film.png", Films.dicom(Films.KNOWN)),
            new FilePart("same.png", png),
            new FilePart("unlike.png", Films.png(Films.UNLIKE)));
    Map<String, JsonNode> cases = byId();
    List<String> states = new ArrayList<>();
    ids.forEach(id -> states.add(answer(cases.get(id)).get("state").stringValue()));
    assertEquals(List.of("done", "failed", "failed", "failed", "done", "done", "refused"), states);

    Prediction expected;
    try (OnnxClassifier classifier = OnnxClassifier.openDefault()) {
      expected = classifier.classify(Radiograph.read(png));
    }
    JsonNode first = cases.get(ids.get(0));
    assertEquals("first.png", first.get("name").stringValue());
    assertEquals("ward/room 1", first.get("folder").stringValue());
    assertEquals("PNG", first.get("format").stringValue());
    assertEquals(png.length, first.get("bytes").intValue());
    JsonNode result = answer(first).get("result");
    assertEquals("cxr-result/1", result.get("schema").stringValue());
    assertFalse(result.has("heatmap"));
    expected
        .probabilities()
        .forEach(
            each ->
                assertEquals(
                    each.probability(),
                    result.get("probabilities").get(each.label()).doubleValue(),
                    1e-4));
    assertEquals(expected.top().label(), answer(first).get("top").get("label").stringValue());
    assertEquals(expected.operatingPoints().size(), answer(first).get("decisions").size());
    for (JsonNode decision : answer(first).get("decisions")) {
      double threshold =
          expected.operatingPoints().stream()
              .filter(
                  point -> decision.get("id").stringValue().equals(OperatingPoint.of(point).id()))
              .findFirst()
              .orElseThrow()
              .threshold();
      assertEquals(
          expected.probability(decision.get("label").stringValue()) >= threshold,
          decision.get("positive").booleanValue());
    }
    assertEquals(
        List.of("EMPTY", "TRUNCATED", "NOT_AN_IMAGE"),
        Stream.of(1, 2, 3)
            .map(index -> answer(cases.get(ids.get(index))).get("reason").stringValue())
            .toList());
    assertTrue(cases.get(ids.get(4)).get("dicom").booleanValue(), "whatever the name says");
    JsonNode refused = answer(cases.get(ids.get(6)));
    assertEquals("NOT_A_CHEST_RADIOGRAPH", refused.get("reason").stringValue());
    assertTrue(refused.get("result").get("novelty").get("score").doubleValue() > 6);
    assertEquals(7, ids.stream().distinct().count());
  }

  @Test
  void picturesAreThoseOfTheFilm() throws Exception {
    byte[] dicom = Films.dicom(4);
    List<String> ids = user.add(new FilePart("a.dcm", dicom), new FilePart("a.png", Films.png(4)));
    user.settled();

    Radiograph film = Radiograph.read(dicom);
    HttpResponse<byte[]> pixels = user.bytes("/api/cases/" + ids.get(0) + "/pixels");
    assertEquals("16", pixels.headers().firstValue("X-Bits").orElseThrow());
    assertEquals(
        String.valueOf(film.columns()), pixels.headers().firstValue("X-Width").orElseThrow());
    short[] found = new short[film.rows() * film.columns()];
    ByteBuffer.wrap(pixels.body()).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(found);
    assertArrayEquals(film.toGray16(), found);

    HttpResponse<byte[]> gray = user.bytes("/api/cases/" + ids.get(1) + "/pixels");
    assertEquals("8", gray.headers().firstValue("X-Bits").orElseThrow());
    assertArrayEquals(Films.phantom(4).toGray8(), gray.body());

    Radiograph thumbnail =
        Radiograph.read(user.bytes("/api/cases/" + ids.get(0) + "/thumbnail").body());
    assertEquals(160, Math.max(thumbnail.rows(), thumbnail.columns()));

    JsonNode lungs = user.get("/api/cases/" + ids.get(0) + "/lungs").get("outlines");
    assertEquals(2, lungs.size(), "a phantom has two lungs");
    for (JsonNode outline : lungs) {
      assertTrue(outline.size() > 20, outline.toString());
      outline.forEach(
          point -> {
            assertTrue(
                point.get(0).doubleValue() >= 0 && point.get(0).doubleValue() <= film.columns());
            assertTrue(
                point.get(1).doubleValue() >= 0 && point.get(1).doubleValue() <= film.rows());
          });
    }
  }

  @Test
  void heatmapsOfAllLabelsComeFromTheModel() throws Exception {
    String id = user.add(new FilePart("a.png", Films.png(Films.KNOWN))).get(0);
    try (OnnxClassifier classifier = OnnxClassifier.openDefault()) {
      for (Explanation explanation :
          classifier.explain(Films.phantom(Films.KNOWN), classifier.card().labels())) {
        String label = explanation.heatmap().label();
        JsonNode heatmap =
            user.get("/api/cases/" + id + "/heatmap?model=" + shipped + "&label=" + label);
        assertEquals(label, heatmap.get("label").stringValue());
        assertEquals(explanation.heatmap().rows(), heatmap.get("rows").intValue());
        assertEquals(
            explanation.heatmap().region().columns(),
            heatmap.get("region").get("width").intValue());
        for (int i = 0; i < heatmap.get("values").size(); i++) {
          assertEquals(
              explanation.heatmap().values().get(i),
              heatmap.get("values").get(i).floatValue(),
              1e-3f);
        }
      }
    }
    HttpResponse<String> unknown =
        user.send(user.request("/api/cases/" + id + "/heatmap?label=NOTHING"));
    assertEquals(404, unknown.statusCode());
    String bad = user.add(new FilePart("a.txt", new byte[] {1, 2, 3})).get(0);
    for (String picture : List.of("thumbnail", "pixels", "heatmap?label=NORMAL", "lungs")) {
      HttpResponse<String> none = user.send(user.request("/api/cases/" + bad + "/" + picture));
      assertEquals(422, none.statusCode(), picture);
      assertTrue(none.body().contains("\"reason\":\"NOT_AN_IMAGE\""), none.body());
    }
  }

  @Test
  void identityIsHiddenUntilAskedFor() throws Exception {
    String id = user.add(new FilePart(Films.PATIENT + ".dcm", Films.dicom(8))).get(0);
    try (LogRecords log = new LogRecords()) {
      JsonNode hidden = user.get("/api/cases/" + id + "/header");
      for (String secret : List.of("Agnes", "4711", "2.25.", "20260304")) {
        assertFalse(hidden.toString().contains(secret), secret + " in " + hidden);
      }
      assertTrue(hidden.toString().contains("MONOCHROME1"), hidden.toString());
      JsonNode shown = user.get("/api/cases/" + id + "/header?identity=true");
      assertEquals(hidden.size(), shown.size());
      Map<String, JsonNode> rows = new HashMap<>();
      shown.forEach(row -> rows.put(row.get("keyword").stringValue(), row));
      assertEquals(Films.PATIENT, rows.get("PatientName").get("value").stringValue());
      assertTrue(rows.get("PatientName").get("identity").booleanValue());
      assertFalse(rows.get("Rows").get("identity").booleanValue());
      assertEquals(
          "2.25.99887766", rows.get("ReferencedSOPInstanceUID").get("value").stringValue());
      assertEquals(1, log.lines().stream().filter(line -> line.contains(id)).count());
      assertTrue(log.lines().stream().noneMatch(line -> line.contains("Agnes")));
    }
  }

  @Test
  void namesThatClimbAreOnlyShown() throws Exception {
    byte[] png = Films.png(10);
    List<String> sent =
        List.of(
            "../../../escaped.png",
            "/tmp/absolute.png",
            "C:\\\\films\\\\windows.png",
            "..",
            "a/../../b.png",
            "%2e%2e%2fencoded.png",
            "");
    List<FilePart> parts = sent.stream().map(name -> new FilePart(name, png)).toList();
    List<String> ids = user.add(parts.toArray(FilePart[]::new));
    Map<String, JsonNode> cases = byId();
    List<String> names = new ArrayList<>();
    for (String id : ids) {
      JsonNode each = cases.get(id);
      names.add(each.get("name").stringValue());
      assertFalse(each.get("folder").stringValue().contains(".."), each.toString());
    }
    assertEquals(
        List.of(
            "escaped.png",
            "absolute.png",
            "windows.png",
            "unnamed",
            "b.png",
            "%2e%2e%2fencoded.png",
            "unnamed"),
        names);
    try (Stream<Path> all = Files.walk(folder)) {
      assertTrue(
          all.noneMatch(file -> file.toString().contains("escaped")),
          "a name from a request is on the disk");
    }
    assertFalse(Files.exists(Path.of("/tmp/absolute.png")));
  }

  @Test
  void whatIsDeletedIsGone() throws Exception {
    Path files = folder.resolve("state/cases");
    List<String> ids =
        user.add(
            new FilePart("gone-one.png", Films.png(12)),
            new FilePart("gone-two.png", Films.png(13)),
            new FilePart("stays.png", Films.png(14)));
    user.settled();
    user.bytes("/api/cases/" + ids.get(0) + "/thumbnail");
    user.get("/api/cases/" + ids.get(0) + "/lungs");
    assertEquals(204, user.call("DELETE", "/api/cases/" + ids.get(0), "").statusCode());
    HttpResponse<String> several =
        user.call(
            "POST",
            "/api/cases/delete",
            Json.mapper().writeValueAsString(Map.of("ids", List.of(ids.get(1), "nothing"))));
    assertEquals(List.of(ids.get(1)), texts(Json.mapper().readTree(several.body()).get("ids")));
    for (String id : ids.subList(0, 2)) {
      assertFalse(Files.exists(files.resolve(id)));
      assertEquals(404, user.send(user.request("/api/cases/" + id)).statusCode());
      assertEquals(404, user.send(user.request("/api/cases/" + id + "/pixels")).statusCode());
    }
    user.get("/api/cases/" + ids.get(2));
    for (String name : List.of("workbench.sqlite", "workbench.sqlite-wal")) {
      String bytes =
          new String(
              Files.readAllBytes(folder.resolve("state").resolve(name)),
              StandardCharsets.ISO_8859_1);
      assertFalse(bytes.contains("gone-one"), name);
      assertFalse(bytes.contains("gone-two"), name);
    }
    try (Stream<Path> all = Files.list(folder.resolve("state/incoming"))) {
      assertEquals(0, all.count());
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.stringValue()));
    return texts;
  }

  @Test
  void anotherModelAnswersTheListWhenAsked() throws Exception {
    String id = user.add(new FilePart("a.png", Films.png(Films.KNOWN))).get(0);
    JsonNode before = byId().get(id).get("answers");
    assertEquals(1, before.size(), "the first model alone");
    HttpResponse<String> run =
        user.call("POST", "/api/models/" + second + "/run", "{\"ids\":[\"" + id + "\"]}");
    assertEquals(202, run.statusCode());
    JsonNode answers = byId().get(id).get("answers");
    assertEquals("done", answers.get(second).get("state").stringValue());
    assertEquals(
        "second", answers.get(second).get("result").get("model").get("name").stringValue());
    assertEquals(
        answers.get(shipped).get("result").get("probabilities"),
        answers.get(second).get("result").get("probabilities"),
        "the same network");
    assertEquals(404, user.call("POST", "/api/models/nothing/run", "{}").statusCode());
  }

  @Test
  void cardAuditAndColoursAreAtHand() throws Exception {
    JsonNode card = user.get("/api/models/" + shipped + "/card");
    assertEquals(ModelCard.fromJson(card.toString()).name(), card.get("name").stringValue());
    assertTrue(user.get("/api/models/" + shipped + "/audit").get("found").isBoolean());
    JsonNode colours = user.get("/api/color-maps");
    assertEquals(256, colours.get("inferno").size());
    assertEquals(
        texts(user.get("/api/session").get("colorMaps")), new ArrayList<>(colours.propertyNames()));
  }
}
