package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonTest {
  private static final Prediction PREDICTION =
      new Prediction(
          List.of(new LabelProbability("NORMAL", 0.25), new LabelProbability("PNEUMONIA", 0.75)),
          new ModelIdentity("m", "1", "0a".repeat(32)));

  private static JsonNode written(String line) {
    return new JsonMapper().readTree(line);
  }

  @Test
  void anAnswerAndARefusalTellNoveltyAlike() {
    JsonNode answer =
        written(
            Json.prediction("film.dcm", PREDICTION.withNovelty(new Novelty(2.25, 3.5)), List.of()));
    assertEquals(2.25, answer.get("novelty").get("score").asDouble());
    assertEquals(3.5, answer.get("novelty").get("threshold").asDouble());
    JsonNode refusal =
        written(
            Json.failure("film.dcm", UnsupportedRadiographException.novel("too novel", 4.5, 3.5)));
    assertEquals("NOT_A_CHEST_RADIOGRAPH", refusal.get("reason").asString());
    assertEquals(4.5, refusal.get("novelty").get("score").asDouble());
    assertEquals(3.5, refusal.get("novelty").get("threshold").asDouble());
  }

  @Test
  void whatIsUnknownIsLeftOut() {
    assertFalse(written(Json.prediction("film.dcm", PREDICTION, List.of())).has("novelty"));
    JsonNode ungated =
        written(
            Json.prediction(
                "film.dcm",
                PREDICTION.withNovelty(new Novelty(2.25, Double.POSITIVE_INFINITY)),
                List.of()));
    assertFalse(ungated.get("novelty").has("threshold"));
    JsonNode lateral =
        written(
            Json.failure(
                "film.dcm",
                new UnsupportedRadiographException(
                    UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW, "lateral")));
    assertFalse(lateral.has("novelty"));
  }
}
