package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.ModelFormatException;
import io.cxr.model.PreprocessingStep.Normalization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LungCardTest {
  private static LungCard card(int channels) {
    return new LungCard(
        "lungs",
        "1",
        "U-Net",
        PreprocessingSpec.of(96, 96, Resampling.BILINEAR, channels, Normalization.Kind.UNIT_RANGE),
        Map.of("iou.mean", 0.91),
        new TrainingProvenance(
            "films", Map.of("A", 3), Map.of(), true, 7, 45, 45, true, Map.of(), Map.of()),
        List.of("Films: somebody, CC BY 4.0"));
  }

  @Test
  void jsonGivesTheSameCard() {
    LungCard card = card(1);
    assertEquals(card, LungCard.fromJson(card.toJson()));
    assertTrue(card.toJson().contains(ModelCard.NOTICE));
  }

  @Test
  void refusesOtherCards() {
    String json = card(1).toJson();
    assertThrows(
        ModelFormatException.class,
        () -> LungCard.fromJson(json.replace("\"task\" : \"lungs\"", "\"task\" : \"hearts\"")));
    assertThrows(
        ModelFormatException.class,
        () -> LungCard.fromJson(json.replace("\"formatVersion\" : 1", "\"formatVersion\" : 2")));
    assertThrows(
        ModelFormatException.class, () -> LungCard.fromJson(json.replace("\"name\"", "\"nome\"")));
    assertThrows(
        ModelFormatException.class,
        () -> LungCard.fromJson(json.replace(ModelCard.NOTICE, "For any use.")));
    assertThrows(ModelFormatException.class, () -> LungCard.fromJson("{}"));
    assertThrows(IllegalArgumentException.class, () -> card(3));
  }
}
