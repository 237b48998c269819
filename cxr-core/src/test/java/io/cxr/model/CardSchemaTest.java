package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.Subset;
import io.cxr.error.ModelFormatException;
import io.cxr.json.JsonSchemas;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Cards against {@code docs/schema/cxr-card-2.schema.json}. */
class CardSchemaTest {
  private static final JsonSchemas SCHEMA = JsonSchemas.of("cxr-card-2.schema.json");

  private static String resource(String name) throws IOException {
    try (InputStream in = CardSchemaTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void everyCardFits() {
    for (ModelCard card : GoldenCards.all()) {
      SCHEMA.assertFits(card.toJson());
    }
  }

  @Test
  void cardsOfFilesFitAsTheyAreAndAsTheyAreWritten() throws IOException {
    for (String name : new String[] {"card-chest-xray.json", "card-v2.json"}) {
      String shipped = resource(name);
      SCHEMA.assertFits(shipped);
      SCHEMA.assertFits(ModelCard.fromJson(shipped).toJson());
    }
  }

  @Test
  void exportedCardsFitWithAndWithoutAGate() throws IOException {
    ModelCard card = ModelCard.fromJson(resource("card-v2.json"));
    String sha256 = "0b".repeat(32);
    ExportProvenance.Gate gate = new ExportProvenance.Gate(9, 0.9, 1, 0.95, 0.94, 0, 1, true);
    for (Optional<ExportProvenance.Gate> checked :
        List.of(Optional.<ExportProvenance.Gate>empty(), Optional.of(gate))) {
      String json =
          card.toBuilder()
              .export(new ExportProvenance("int8", "uint8", sha256, 32, "percentile", checked))
              .build()
              .toJson();
      SCHEMA.assertFits(json);
    }
  }

  @Test
  void cardsOfAdoptedNetworksFitAndReadBack() throws IOException {
    ModelCard plain = ModelCard.fromJson(resource("card-v2.json"));
    ModelOrigin origin =
        new ModelOrigin(
            "Someone's network", "net.onnx", "0b".repeat(32), "", "https://example.org");
    List<PreprocessingStep> steps =
        List.of(
            new PreprocessingStep.FullDepth(),
            new PreprocessingStep.CentreCrop(),
            new PreprocessingStep.Resize(9, 8, Resampling.AREA),
            new PreprocessingStep.SquarePad(7),
            new PreprocessingStep.ChannelReplication(1),
            new PreprocessingStep.Normalization(PreprocessingStep.Normalization.Kind.UNIT_RANGE));
    ModelCard adopted =
        plain.toBuilder()
            .origin(origin)
            .preprocessing(new PreprocessingSpec(steps, InputShape.Layout.CHANNELS_FIRST))
            .thresholds(List.of(OperatingThreshold.published(plain.labels().get(0), 0.3)))
            .build();
    SCHEMA.assertFits(adopted.toJson());
    assertEquals(adopted, ModelCard.fromJson(adopted.toJson()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ModelOrigin("", "net.onnx", "0b".repeat(32), "", "javascript:alert(1)"));
    assertThrows(
        IllegalArgumentException.class, () -> new ModelOrigin("", "net.onnx", "short", "", ""));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new PreprocessingSpec(
                List.of(
                    new PreprocessingStep.FullDepth(),
                    new PreprocessingStep.HistogramEqualization(),
                    steps.get(2),
                    steps.get(4),
                    steps.get(5)),
                InputShape.Layout.CHANNELS_FIRST));
  }

  @Test
  void severalInputsAndNormalizationsByChannelFit() throws IOException {
    PreprocessingSpec signed =
        PreprocessingSpec.of(
            9, 8, Resampling.NEAREST, 3, PreprocessingStep.Normalization.Kind.SIGNED_UNIT_RANGE);
    PreprocessingSpec torch =
        PreprocessingSpec.of(
            9, 8, Resampling.NEAREST, 1, PreprocessingStep.Normalization.Kind.TORCH_MEAN_DEVIATION);
    PreprocessingSpec own =
        PreprocessingSpec.of(
            7,
            8,
            Resampling.BILINEAR,
            new PreprocessingStep.ChannelNormalization(
                List.of(1.0, 2.0, 3.0), List.of(-1.0, 2.5, 3.0)));
    String card =
        ModelCard.fromJson(resource("card-v2.json")).toBuilder()
            .inputs(
                List.of(
                    new ModelInput("a", signed),
                    new ModelInput("b", torch),
                    new ModelInput("c", own)))
            .build()
            .toJson();
    SCHEMA.assertFits(card);
    for (String[] damage :
        new String[][] {
          {"\"formatVersion\" : 3", "\"formatVersion\" : 2"},
          {"\"inputs\" :", "\"input\" :"},
          {"\"name\" : \"b\"", "\"name\" : \" \""},
          {"\"name\" : \"b\",", ""},
          {"\"means\" : [ 1.0, 2.0, 3.0 ]", "\"means\" : [ ]"},
          {"\"means\" : [ 1.0, 2.0, 3.0 ]", "\"means\" : [ 1.0, 2.0, 3.0, 4.0 ]"},
          {"\"signed-unit-range\"", "\"minus-one-to-one\""},
        }) {
      assertTrue(card.contains(damage[0]), damage[0]);
      String damaged = card.replace(damage[0], damage[1]);
      SCHEMA.assertDoesNotFit(damaged);
      assertFalse(readable(damaged), damaged);
    }
    assertTrue(readable(card));
  }

  @Test
  void figuresOfSubsetsAndLabelSetsFit() throws IOException {
    ModelCard card =
        ModelCard.fromJson(resource("card-v2.json")).toBuilder()
            .figures(
                List.of(
                    new SubsetFigures(
                        Subset.TEST,
                        Map.of("COVID19", 20, "NORMAL", 80),
                        90,
                        "0b".repeat(32),
                        Map.of("accuracy", new OperatingThreshold.Estimate(0.9, 0.8, 0.95)))))
            .conformal(
                new ConformalSets(
                    0.1,
                    Subset.VALIDATION,
                    Map.of("COVID19", new ConformalSets.Quantile(0.25, 19))))
            .build();
    String json = card.toJson();
    assertTrue(card.equals(ModelCard.fromJson(json)), json);
    SCHEMA.assertFits(json);
    SCHEMA.assertFits(card.toBuilder().conformal(null).build().toJson());
    SCHEMA.assertFits(card.toBuilder().figures(List.of()).build().toJson());
    for (String[] damage :
        new String[][] {
          {"\"formatVersion\" : 3", "\"formatVersion\" : 2"},
          {"\"subset\" : \"test\"", "\"subset\" : \"tests\""},
          {"\"patients\" : 90,", ""},
          {"0b0b", "0B0B"},
          {"\"alpha\" : 0.1", "\"alpha\" : 1"},
          {"\"least\" : 0.25", "\"least\" : 1.5"},
          {"\"least\" :", "\"most\" :"},
        }) {
      assertTrue(json.contains(damage[0]), damage[0]);
      String damaged = json.replace(damage[0], damage[1]);
      SCHEMA.assertDoesNotFit(damaged);
      assertFalse(readable(damaged), damaged);
    }
  }

  /** Each property that the reader wants is one that the schema wants, and none else. */
  @Test
  void theSchemaIsAsStrictAsTheReader() throws IOException {
    String card = resource("card-v2-finished.json");
    for (String[] damage :
        new String[][] {
          {"\"formatVersion\" : 2", "\"formatVersion\" : 3"},
          {"\"version\" : \"0.1.0\",", ""},
          {"\"name\" :", "\"title\" :"},
          {"\"sigmoid-per-label\"", "\"relu\""},
          {"\"border-crop\"", "\"zoom\""},
          {"\"fraction\" : 0.12", "\"fraction\" : 0.5"},
          {"\"seed\" : 9007199254740993", "\"seed\" : 1.5"},
          {"\"target\" :", "\"wish\" :"},
          {"\"found\" : true", "\"found\" : 1"},
          {"\"kept\" : 0.99", "\"kept\" : 1.5"},
          {"\"temperature\" : 1.5", "\"temperature\" : 0"},
          {"Not for diagnostic use", "Approved"},
        }) {
      assertTrue(card.contains(damage[0]), damage[0]);
      String damaged = card.replace(damage[0], damage[1]);
      SCHEMA.assertDoesNotFit(damaged);
      assertFalse(readable(damaged), damaged);
    }
    SCHEMA.assertFits(card);
    assertTrue(readable(card));
  }

  private static boolean readable(String json) {
    try {
      ModelCard.fromJson(json);
      return true;
    } catch (ModelFormatException e) {
      return false;
    }
  }
}
