package io.cxr.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.LabelSet;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.model.Measurement;
import io.cxr.model.OperatingThreshold;
import io.cxr.radiograph.PixelRegion;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Results against {@code docs/schema/cxr-result-1.schema.json}, and what they say. */
class ResultJsonTest {
  private static final JsonSchemas SCHEMA = JsonSchemas.of("cxr-result-1.schema.json");
  private static final JsonMapper JSON = new JsonMapper();
  private static final String SHA256 = "0a".repeat(32);

  private static Prediction prediction(double first) {
    return new Prediction(
        List.of(new LabelProbability("COVID19", first), new LabelProbability("N\"\n", 1 - first)),
        new ModelIdentity("chest", "1", SHA256));
  }

  private static JsonNode fitting(ResultJson result) {
    String json = result.toJson();
    SCHEMA.assertFits(json);
    assertFalse(json.contains("\n"), json);
    assertEquals(json, result.toString());
    return JSON.readTree(json);
  }

  @Test
  void aPredictionSaysWhatTheModelSaid() {
    JsonNode json = fitting(ResultJson.of(prediction(0.75)));
    assertEquals("cxr-result/1", json.get("schema").asString());
    assertEquals("COVID19", json.get("label").asString());
    assertEquals(0.75, json.get("probabilities").get("COVID19").asDouble());
    assertEquals(0.25, json.get("probabilities").get("N\"\n").asDouble());
    assertEquals("chest", json.get("model").get("name").asString());
    assertEquals("1", json.get("model").get("version").asString());
    assertEquals(SHA256, json.get("model").get("sha256").asString());
    assertEquals(Prediction.NOTICE, json.get("notice").asString());
    assertNull(json.get("file"));
    assertNull(json.get("notes"));
  }

  @Test
  void itsTextIsFixed() {
    assertEquals(
        "{\"schema\":\"cxr-result/1\",\"file\":\"a.png\",\"label\":\"COVID19\",\"probabilities\":"
            + "{\"COVID19\":0.75,\"N\\\"\\n\":0.25},\"model\":{\"name\":\"chest\",\"version\":"
            + "\"1\",\"sha256\":\""
            + SHA256
            + "\"},\"novelty\":{\"score\":1.5},\"notes\":[\"frame 1 of 2\"],"
            + "\"notice\":\"Research use only. Not for diagnostic use.\"}",
        ResultJson.of(prediction(0.75).withNovelty(new Novelty(1.5, Double.POSITIVE_INFINITY)))
            .withNotes(List.of("frame 1 of 2"))
            .withFile("a.png")
            .toJson());
  }

  @Property(tries = 200)
  void everyPredictionFits(
      @ForAll @DoubleRange(min = 0, max = 1) double first,
      @ForAll double score,
      @ForAll String file) {
    ResultJson result =
        ResultJson.of(prediction(first).withNovelty(new Novelty(score, 3.5)))
            .withFile(file.strip());
    JsonNode json = fitting(result);
    assertEquals(first, json.get("probabilities").get("COVID19").asDouble());
    assertEquals(score, json.get("novelty").get("score").asDouble());
  }

  private static final ModelIdentity MODEL = new ModelIdentity("chest", "1", SHA256);

  @Property(tries = 100)
  void findingsFit(
      @ForAll @DoubleRange(min = 0, max = 1) double first,
      @ForAll @DoubleRange(min = 0, max = 1) double second,
      @ForAll @DoubleRange(min = 0, max = 1) double threshold) {
    OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    Prediction prediction =
        Prediction.ofFindings(
                List.of(
                    new LabelProbability("Effusion", first), new LabelProbability("Mass", second)),
                MODEL)
            .withOperatingPoints(
                List.of(
                    new OperatingThreshold(
                        "Mass",
                        OperatingThreshold.Aim.SPECIFICITY,
                        0.9,
                        threshold,
                        reached,
                        reached)))
            .withLabelSet(new LabelSet(List.of(), 0.9));
    JsonNode json = fitting(ResultJson.of(prediction));
    assertEquals("cxr-result/2", json.get("schema").asString());
    assertEquals("findings", json.get("task").asString());
    assertNull(json.get("label"), "no finding need be present");
    assertEquals(first, json.get("probabilities").get("Effusion").asDouble());
    JsonNode decision = json.get("decisions").get(0);
    assertEquals(1, json.get("decisions").size());
    assertEquals("Mass", decision.get("label").asString());
    assertEquals("specificity", decision.get("aim").asString());
    assertEquals(second >= threshold, decision.get("positive").asBoolean());
    assertEquals(0, json.get("labelSet").get("labels").size());
  }

  @Property(tries = 100)
  void measurementsFit(@ForAll @DoubleRange(min = -1e9, max = 1e9) double value) {
    Measurement severity = new Measurement("Severity", "{score}", 0, 8);
    JsonNode json =
        fitting(
            ResultJson.of(
                Prediction.ofMeasurements(List.of(new MeasuredValue(severity, value)), MODEL)));
    assertEquals("cxr-result/2", json.get("schema").asString());
    assertEquals("measurements", json.get("task").asString());
    assertNull(json.get("probabilities"));
    JsonNode measured = json.get("measurements").get(0);
    assertEquals("Severity", measured.get("name").asString());
    assertEquals(value, measured.get("value").asDouble());
    assertEquals("{score}", measured.get("unit").asString());
    assertEquals(value >= 0 && value <= 8, measured.get("plausible").asBoolean());
  }

  @Test
  void theTextOfOtherTasksIsFixed() {
    String model =
        "\"model\":{\"name\":\"chest\",\"version\":\"1\",\"sha256\":\"" + SHA256 + "\"},";
    String notice = "\"notice\":\"Research use only. Not for diagnostic use.\"}";
    assertEquals(
        "{\"schema\":\"cxr-result/2\",\"task\":\"findings\",\"probabilities\":{\"Effusion\":0.75},"
            + model
            + notice,
        ResultJson.of(Prediction.ofFindings(List.of(new LabelProbability("Effusion", 0.75)), MODEL))
            .toJson());
    assertEquals(
        "{\"schema\":\"cxr-result/2\",\"task\":\"measurements\",\"measurements\":[{\"name\":"
            + "\"Width\",\"value\":12.5,\"unit\":\"mm\",\"plausible\":true}],"
            + model
            + notice,
        ResultJson.of(
                Prediction.ofMeasurements(
                    List.of(new MeasuredValue(new Measurement("Width", "mm"), 12.5)), MODEL))
            .toJson());
  }

  @Test
  void aScoreThatIsNoNumberIsLeftOut() {
    JsonNode json =
        fitting(ResultJson.of(prediction(0.5).withNovelty(new Novelty(Double.NaN, 3.5))));
    assertNull(json.get("novelty").get("score"));
    assertEquals(3.5, json.get("novelty").get("threshold").asDouble());
  }

  @Test
  void anExplanationHasItsHeatmap() {
    Heatmap heatmap =
        Heatmap.ofActivations(
            "COVID19", 2, 3, new float[] {-1, 0, 1, 2, 3, 4}, new PixelRegion(1, 2, 6, 9), 8, 12);
    JsonNode json = fitting(ResultJson.of(new Explanation(prediction(0.75), heatmap)));
    assertEquals(1, json.get("heatmaps").size());
    JsonNode map = json.get("heatmaps").get(0);
    assertEquals("COVID19", map.get("label").asString());
    assertEquals(2, map.get("rows").asInt());
    assertEquals(3, map.get("columns").asInt());
    assertEquals("{\"row\":1,\"column\":2,\"rows\":6,\"columns\":9}", map.get("region").toString());
    assertEquals(8, map.get("radiographRows").asInt());
    assertEquals(12, map.get("radiographColumns").asInt());
    assertEquals("[0.0,0.0,0.25,0.5,0.75,1.0]", map.get("values").toString());
    assertEquals("COVID19", json.get("label").asString());
  }

  @Test
  void severalLabelsOfOnePredictionAreExplainedTogether() {
    List<Explanation> both =
        prediction(0.75).probabilities().stream()
            .map(
                entry ->
                    new Explanation(
                        prediction(0.75),
                        Heatmap.ofActivations(
                            entry.label(),
                            1,
                            1,
                            new float[] {1},
                            new PixelRegion(0, 0, 2, 2),
                            2,
                            2)))
            .toList();
    JsonNode maps = fitting(ResultJson.of(both)).get("heatmaps");
    assertEquals(2, maps.size());
    assertEquals("N\"\n", maps.get(1).get("label").asString());
    assertThrows(IllegalArgumentException.class, () -> ResultJson.of(List.of()));
    List<Explanation> different =
        List.of(both.get(0), new Explanation(prediction(0.5), both.get(0).heatmap()));
    assertThrows(IllegalArgumentException.class, () -> ResultJson.of(different));
  }

  @Test
  void aRefusalHasACodeAndOtherFailuresHaveNone() {
    for (Reason reason : Reason.values()) {
      JsonNode json =
          fitting(ResultJson.of(new UnsupportedRadiographException(reason, "Image: found \u00e9")));
      assertEquals(reason.name(), json.get("reason").asString());
      assertEquals("Image: found \u00e9", json.get("error").asString());
      assertNull(json.get("label"));
    }
    JsonNode novel =
        fitting(ResultJson.of(UnsupportedRadiographException.novel("too novel", 4.5, 3.5)));
    assertEquals("{\"score\":4.5,\"threshold\":3.5}", novel.get("novelty").toString());
    assertEquals("NOT_A_CHEST_RADIOGRAPH", novel.get("reason").asString());
    JsonNode failed = fitting(ResultJson.of(new InferenceException("Run: failed")).withFile("a"));
    assertNull(failed.get("reason"));
    assertEquals("Run: failed", failed.get("error").asString());
    assertEquals("a", failed.get("file").asString());
    assertNull(fitting(ResultJson.ofError("No such file: a")).get("reason"));
  }

  @Test
  void theSchemaRefusesWhatIsNoResult() {
    String json = ResultJson.of(prediction(0.75)).withFile("a").toJson();
    for (String[] damage :
        new String[][] {
          {"cxr-result/1", "cxr-result/2"},
          {"\"label\":\"COVID19\",", ""},
          {"0.75", "1.75"},
          {SHA256, "0A"},
          {"\"file\":\"a\"", "\"error\":\"a\""},
          {Prediction.NOTICE, "For diagnostic use."},
        }) {
      assertTrue(json.contains(damage[0]), damage[0]);
      SCHEMA.assertDoesNotFit(json.replace(damage[0], damage[1]));
    }
    SCHEMA.assertDoesNotFit("{}");
  }
}
