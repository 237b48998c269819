package io.cxr.workbench.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.FindingsEvaluation;
import io.cxr.evaluation.FindingsEvaluationBuilder;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.workbench.http.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Figures of findings, against those of the SDK. */
class EvaluationResultTest {
  private static final List<String> FINDINGS = List.of("Effusion", "Mass");
  private static final ModelIdentity MODEL = new ModelIdentity("chest", "1", "0".repeat(64));

  private static ModelCard card() {
    OperatingThreshold.Estimate none = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return ModelCard.builder("chest", "1")
        .architecture("any")
        .task(new Task.Findings(FINDINGS))
        .output(OutputActivation.SIGMOID)
        .preprocessing(
            PreprocessingSpec.of(64, 64, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE))
        .thresholds(
            List.of(
                new OperatingThreshold(
                    "Effusion", OperatingThreshold.Aim.SENSITIVITY, 0.9, 0.4, none, none)))
        .build();
  }

  private static EvaluatedFilm film(int i, Random random, ModelCard card) {
    LabelState mass = i % 5 == 0 ? LabelState.UNKNOWN : state(i % 3 == 0);
    FindingStates truth = FindingStates.of(FINDINGS, List.of(state(i % 2 == 0), mass));
    LabelledRadiograph film =
        new LabelledRadiograph(
            Path.of(i + ".png"),
            truth,
            Optional.of("patient " + i / 2),
            Optional.empty(),
            Optional.empty());
    if (i == 7) {
      return new EvaluatedFilm(film, i + ".png", null, "NOT_A_CHEST_RADIOGRAPH");
    }
    Prediction answer =
        Prediction.ofFindings(
                List.of(
                    new LabelProbability("Effusion", random.nextDouble()),
                    new LabelProbability("Mass", random.nextDouble())),
                MODEL)
            .withOperatingPoints(card.thresholds());
    return new EvaluatedFilm(film, i + ".png", answer, null);
  }

  private static LabelState state(boolean present) {
    return present ? LabelState.PRESENT : LabelState.ABSENT;
  }

  @Test
  void eachFindingHasTheFiguresOfTheSdkAndAMatrixOfItsOwn() {
    ModelCard card = card();
    Random random = new Random(1);
    List<EvaluatedFilm> films = new ArrayList<>();
    FindingsEvaluationBuilder builder =
        FindingsEvaluation.builder(new Task.Findings(FINDINGS)).thresholds(card.thresholds());
    for (int i = 0; i < 40; i++) {
      EvaluatedFilm each = film(i, random, card);
      films.add(each);
      FindingStates truth = each.film().findings();
      if (each.answer().isPresent()) {
        builder.answered(each.file(), each.film().patient(), truth, each.answer().get());
      } else {
        builder.refused(each.file(), each.film().patient(), truth, each.code());
      }
    }
    FindingsEvaluation expected = builder.build();

    JsonNode found = Json.mapper().valueToTree(EvaluationResult.of(card, films));
    assertEquals("findings", found.get("task").asString());
    assertEquals(40, found.get("images").asInt());
    assertEquals(39, found.get("answered").asInt());
    assertEquals("{\"NOT_A_CHEST_RADIOGRAPH\":1}", found.get("refusals").toString());
    assertEquals(Json.mapper().valueToTree(expected.auroc().orElseThrow()), found.get("auroc"));
    for (int i = 0; i < FINDINGS.size(); i++) {
      JsonNode entry = found.get("perLabel").get(i);
      assertEquals(
          Json.mapper().valueToTree(expected.byFinding().get(i).auroc().orElseThrow()),
          entry.get("auroc"));
      assertEquals(expected.byFinding().get(i).present(), entry.get("present").asInt());
      assertEquals(expected.byFinding().get(i).unknown(), entry.get("unknown").asInt());
    }
    JsonNode effusion = found.get("perLabel").get(0);
    assertEquals(
        Json.mapper().valueToTree(expected.byThreshold().get(0).sensitivity().orElseThrow()),
        effusion.get("sensitivity"));
    JsonNode cells = effusion.get("confusion");
    int positives = cells.get(0).get(0).asInt() + cells.get(0).get(1).asInt();
    assertEquals(20, positives, "film 7 has no effusion");
    assertEquals(
        expected.byThreshold().get(0).sensitivity().orElseThrow().value(),
        cells.get(0).get(0).asDouble() / positives,
        1e-12);
    // The other has no operating point, so that nothing is said of it at one.
    assertTrue(found.get("perLabel").get(1).get("sensitivity").isNull());
    assertTrue(found.get("perLabel").get(1).get("confusion").isNull());
    JsonNode first = found.get("items").get(0);
    assertEquals("[\"Effusion\"]", first.get("truth").toString());
    assertTrue(first.get("predicted").isArray());
    assertTrue(found.get("items").get(7).get("predicted").isNull());
  }
}
