package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.Subset;
import io.cxr.error.ModelFormatException;
import io.cxr.model.PreprocessingStep.Normalization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ModelCardTest {
  private static final PreprocessingSpec UNIT_RANGE =
      PreprocessingSpec.of(64, 64, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);

  private static String format1() {
    return resource("card-v1.json");
  }

  private static String format2() {
    return resource("card-v2.json");
  }

  private static String resource(String name) {
    try (InputStream in = ModelCardTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static ModelCard.Builder card(OutputActivation output, String... labels) {
    return ModelCard.builder("name", "1")
        .architecture("CNN")
        .labels(labels)
        .output(output)
        .preprocessing(UNIT_RANGE);
  }

  private static TrainingProvenance provenance(String data, int epochs, int bestEpoch) {
    return new TrainingProvenance(
        data,
        Map.of("A", 1),
        Map.of("A", 1),
        false,
        1,
        epochs,
        bestEpoch,
        true,
        Map.of(),
        Map.of());
  }

  /** This file is what released models hold: it must be readable for ever. */
  @Test
  void reopensFormats1And2() {
    Map<String, Integer> training = new LinkedHashMap<>();
    training.put("COVID19", 80);
    training.put("NORMAL", 320);
    ModelCard expected =
        ModelCard.builder("covid-resnet50", "0.1.0")
            .architecture("ResNet-50")
            .labels("COVID19", "NORMAL")
            .output(OutputActivation.SIGMOID_PER_LABEL)
            .preprocessing(
                new PreprocessingSpec(
                    List.of(
                        new PreprocessingStep.BorderCrop(0.12),
                        new PreprocessingStep.HistogramEqualization(),
                        new PreprocessingStep.Clahe(2, 8, 4),
                        new PreprocessingStep.GaussianBlur(1.5),
                        new PreprocessingStep.Resize(224, 192, Resampling.BILINEAR),
                        new PreprocessingStep.ChannelReplication(3),
                        new Normalization(Normalization.Kind.CAFFE_BGR_MEAN)),
                    InputShape.Layout.CHANNELS_FIRST))
            .metrics(Map.of("accuracy", 0.97, "auroc", 0.995))
            .training(
                new TrainingProvenance(
                    "chest-xray-900",
                    training,
                    Map.of("COVID19", 20, "NORMAL", 80),
                    true,
                    // Not a double: a seed must come back whole.
                    9007199254740993L,
                    7,
                    5,
                    true,
                    Map.of("optimizer", "Adam", "learning-rate", "0.001"),
                    Map.of("cxr", "0.1.0")))
            .build();
    assertEquals(expected, ModelCard.fromJson(format1()));
    assertEquals(
        expected.toBuilder()
            .calibration(new Calibration.Temperature(1.5))
            .thresholds(
                List.of(
                    new OperatingThreshold(
                        "COVID19",
                        OperatingThreshold.Aim.SENSITIVITY,
                        0.95,
                        0.25,
                        new OperatingThreshold.Estimate(0.96, 0.9, 1),
                        new OperatingThreshold.Estimate(0.8, 0.75, 0.85))))
            .novelty(new NoveltyGate("distance of features", 5.5, 0.99, 0.5))
            .shortcuts(
                new ShortcutFinding(true, "The classes differ by source.", Map.of("border", 0.9)))
            .build(),
        ModelCard.fromJson(format2()));
    assertEquals(
        new InputShape(3, 224, 192, InputShape.Layout.CHANNELS_FIRST),
        ModelCard.fromJson(format1()).preprocessing().inputShape());
  }

  @Test
  void writesWhatItReadFieldByFieldInOrder() {
    // Fields that came later have the meaning that they had silently before.
    String now = resource("card-v2-finished.json").replace("\r\n", "\n").strip();
    assertEquals(now, ModelCard.fromJson(format2()).toJson().replace("\r\n", "\n"));
    assertEquals(now, ModelCard.fromJson(now).toJson().replace("\r\n", "\n"));
    assertTrue(
        card(OutputActivation.SOFTMAX, "A", "B")
            .build()
            .toJson()
            .replaceAll("\\s", "")
            .startsWith("{\"formatVersion\":2,"));
  }

  /**
   * Byte for byte what was written before, but for the name of a threshold's target: what reads
   * cards depends on it. The texts themselves, which have the early name, are read.
   */
  @Test
  void keepsTheViewGate() {
    Map<FilmView, Double> thresholds = new LinkedHashMap<>();
    thresholds.put(FilmView.MIRRORED, 0.75);
    thresholds.put(FilmView.ROTATED_CLOCKWISE, 0.5);
    ViewGate gate =
        new ViewGate(
            thresholds, 0.99, List.of(List.of(97, 2, 1), List.of(30, 70, 0), List.of(0, 0, 100)));
    ModelCard card = card(OutputActivation.SOFTMAX, "A", "B").views(gate).build();
    String json = card.toJson();
    assertEquals(card, ModelCard.fromJson(json));
    assertEquals(gate, ModelCard.fromJson(json).views().orElseThrow());
    assertEquals(
        List.of(FilmView.FRONTAL, FilmView.MIRRORED, FilmView.ROTATED_CLOCKWISE), gate.views());
    assertEquals(30, gate.judged(FilmView.MIRRORED).get(FilmView.FRONTAL));
    assertTrue(json.contains("\"rotated-clockwise\""), json);
    assertRefused(json.replace("\"view\" : \"mirrored\"", "\"view\" : \"frontal\""), "view");
    assertRefused(json.replace("\"threshold\" : 0.75", "\"threshold\" : 1.75"), "1.75");
    assertThrows(
        IllegalArgumentException.class,
        () -> new ViewGate(thresholds, 0.99, List.of(List.of(97, 2, 1))));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ViewGate(
                Map.of(FilmView.FRONTAL, 0.5), 0.99, List.of(List.of(1, 0), List.of(0, 1))));
  }

  @Test
  void writesGoldenCards() {
    String[] golden = resource("golden-cards.txt").replace("\r\n", "\n").strip().split("\n\n", -1);
    List<ModelCard> cards = GoldenCards.all();
    assertEquals(cards.size(), golden.length);
    for (int i = 0; i < golden.length; i++) {
      assertEquals(renamed(golden[i]), cards.get(i).toJson().replace("\r\n", "\n"));
      assertEquals(cards.get(i), ModelCard.fromJson(golden[i]));
    }
    String shipped = resource("card-chest-xray.json").replace("\r\n", "\n").strip();
    assertEquals(renamed(shipped), ModelCard.fromJson(shipped).toJson().replace("\r\n", "\n"));
  }

  private static String renamed(String early) {
    return early.replace("\"wished\" :", "\"target\" :");
  }

  @Test
  void readsACardWithoutProvenance() {
    ModelCard card = card(OutputActivation.SOFTMAX, "A", "B").build();
    assertEquals(card, ModelCard.fromJson(card.toJson()));
    assertTrue(card.toJson().contains("\"training\" : null"));
  }

  @Provide
  Arbitrary<ModelCard> cards() {
    // Surrogates stand alone in no text that a file can hold.
    Arbitrary<String> text =
        Arbitraries.strings().excludeChars('\0').filter(s -> s.codePoints().noneMatch(this::alone));
    Arbitrary<TrainingProvenance> provenance =
        Combinators.combine(
                text.map(s -> s.replaceAll("[/\\\\]", "")),
                Arbitraries.maps(text, Arbitraries.integers()).ofMaxSize(3),
                Arbitraries.of(true, false),
                Arbitraries.longs(),
                Arbitraries.integers().between(0, 500),
                Arbitraries.maps(text, text).ofMaxSize(3))
            .as(
                (data, images, apart, seed, epochs, settings) ->
                    new TrainingProvenance(
                        data,
                        images,
                        images,
                        apart,
                        seed,
                        epochs,
                        epochs / 2,
                        epochs % 2 == 0,
                        settings,
                        settings));
    return Combinators.combine(
            text,
            text,
            text.filter(s -> !s.isBlank()).list().uniqueElements().ofMinSize(2).ofMaxSize(5),
            Arbitraries.of(OutputActivation.SOFTMAX, OutputActivation.SIGMOID_PER_LABEL),
            inputs(text.filter(s -> !s.isBlank())),
            Arbitraries.maps(text, Arbitraries.doubles()).ofMaxSize(3),
            provenance.optional(),
            Arbitraries.doubles().between(0.05, 1))
        .as(
            (name, architecture, labels, output, inputs, metrics, training, number) ->
                ModelCard.builder(name, "1")
                    .architecture(architecture)
                    .labels(labels)
                    .output(output)
                    .inputs(inputs)
                    .metrics(metrics)
                    .training(training.orElse(null))
                    .calibration(number < 0.1 ? null : calibration(labels, number))
                    .figures(number < 0.4 ? List.of() : List.of(figures(number)))
                    .conformal(number < 0.6 ? null : conformal(labels, number))
                    .thresholds(labels.stream().map(label -> threshold(label, number)).toList())
                    .novelty(
                        number < 0.2
                            ? null
                            : new NoveltyGate(name, -1 / number, number, 0.99 * number))
                    .shortcuts(
                        number < 0.3 ? null : new ShortcutFinding(number < 0.5, name, metrics))
                    .build());
  }

  private static SubsetFigures figures(double number) {
    return new SubsetFigures(
        number < 0.7 ? Subset.VALIDATION : Subset.TEST,
        Map.of("A", 3),
        2,
        "5f".repeat(32),
        Map.of("auroc", new OperatingThreshold.Estimate(number, 0, 1)));
  }

  private static ConformalSets conformal(List<String> labels, double number) {
    return new ConformalSets(
        number / 2,
        Subset.VALIDATION,
        Map.of(labels.get(0), new ConformalSets.Quantile(number, 7)));
  }

  private static Arbitrary<List<ModelInput>> inputs(Arbitrary<String> name) {
    Arbitrary<List<ModelInput>> one =
        specifications().map(spec -> List.of(new ModelInput(ModelInput.DEFAULT_NAME, spec)));
    return Arbitraries.oneOf(
        one,
        Combinators.combine(name, specifications())
            .as(ModelInput::new)
            .list()
            .ofMinSize(1)
            .ofMaxSize(3)
            .uniqueElements(ModelInput::name));
  }

  private static Calibration calibration(List<String> labels, double number) {
    return labels.size() == 2 && number < 0.5
        ? new Calibration.Platt(number, -number / 3)
        : new Calibration.Temperature(number);
  }

  private static OperatingThreshold threshold(String label, double number) {
    return new OperatingThreshold(
        label,
        number < 0.5 ? OperatingThreshold.Aim.SENSITIVITY : OperatingThreshold.Aim.SPECIFICITY,
        number,
        number / 7,
        new OperatingThreshold.Estimate(number, number / 3, 1),
        new OperatingThreshold.Estimate(number / 11, 0, number));
  }

  private boolean alone(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  private static Arbitrary<PreprocessingSpec> specifications() {
    Arbitrary<PreprocessingStep> free =
        Arbitraries.oneOf(
            Arbitraries.doubles()
                .between(0, true, 0.5, false)
                .map(PreprocessingStep.BorderCrop::new),
            Arbitraries.doubles().between(0.1, 100).map(PreprocessingStep.GaussianBlur::new),
            Arbitraries.integers()
                .between(1, 16)
                .map(tiles -> new PreprocessingStep.Clahe(tiles / 3.0, tiles, 17 - tiles)),
            Arbitraries.just(new PreprocessingStep.HistogramEqualization()));
    return Combinators.combine(
            free.list().ofMaxSize(4),
            free.list().ofMaxSize(2),
            Arbitraries.integers().between(1, 1024),
            Arbitraries.of(Resampling.class),
            Arbitraries.of(1, 3),
            PreprocessingSpecTest.normalizations(),
            Arbitraries.of(InputShape.Layout.class))
        .as(
            (before, after, size, resampling, channels, normalization, layout) -> {
              List<PreprocessingStep> steps = new ArrayList<>(before);
              steps.add(new PreprocessingStep.Resize(size, size + 1, resampling));
              steps.addAll(after);
              steps.add(new PreprocessingStep.ChannelReplication(channels));
              steps.add(normalization.apply(channels));
              return new PreprocessingSpec(steps, layout);
            });
  }

  @Property(tries = 300)
  void readsBackWhateverItWrites(@ForAll("cards") ModelCard card) {
    assertEquals(card, ModelCard.fromJson(card.toJson()));
  }

  private static void assertRefused(String json, String... parts) {
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> ModelCard.fromJson(json));
    for (String part : parts) {
      assertTrue(error.getMessage().contains(part), () -> part + " in: " + error.getMessage());
    }
  }

  private static String replaced(String from, String to) {
    assertTrue(format2().contains(from), from);
    return format2().replace(from, to);
  }

  @Test
  void refusesWhatIsNoCard() {
    for (String json : List.of("", " ", "null", "3", "[]", "{}", "\"card\"")) {
      assertRefused(json, "format version 1 to 4, found none");
    }
    for (String json : List.of("{", "covid", "{\"formatVersion\":1", "\0", "\uFFFD")) {
      assertRefused(json, "expected the JSON");
    }
    assertRefused(format2() + "x", "expected the JSON");
  }

  @Test
  void refusesOtherVersions() {
    assertRefused(replaced("\"formatVersion\" : 2", "\"formatVersion\" : 5"), "found 5");
    // Version 3 has inputs, version 2 has none.
    assertRefused(
        replaced("\"formatVersion\" : 2", "\"formatVersion\" : 3"), "at inputs", "Missing");
    assertRefused(
        severalInputs().toJson().replace("\"formatVersion\" : 3", "\"formatVersion\" : 2"),
        "at inputs",
        "Unknown property");
    assertRefused(replaced("\"formatVersion\" : 2", "\"formatVersion\" : \"1\""), "found \"1\"");
    assertRefused(replaced("\"formatVersion\" : 2", "\"formatVersion\" : 1.0"), "found 1.0");
    assertRefused(replaced("\"formatVersion\" : 2", "\"formatVersion\" : null"), "found null");
  }

  private static ModelCard severalInputs() {
    return card(OutputActivation.SOFTMAX, "A", "B")
        .inputs(
            List.of(
                new ModelInput("small", UNIT_RANGE),
                new ModelInput(
                    "large",
                    PreprocessingSpec.of(
                        96, 80, Resampling.BILINEAR, 1, Normalization.Kind.SIGNED_UNIT_RANGE))))
        .build();
  }

  @Test
  void oneInputIsNamedInputAndWrittenAsVersion2() {
    ModelCard one = card(OutputActivation.SOFTMAX, "A", "B").build();
    assertEquals(List.of(new ModelInput("input", UNIT_RANGE)), one.inputs());
    assertEquals(one, card(OutputActivation.SOFTMAX, "A", "B").inputs(one.inputs()).build());
    assertTrue(one.toJson().contains("\"formatVersion\" : 2,"), one.toJson());
    assertTrue(!one.toJson().contains("\"inputs\""), one.toJson());
  }

  @Test
  void severalInputsAreWrittenAsVersion3() {
    ModelCard card = severalInputs();
    assertEquals(UNIT_RANGE, card.preprocessing());
    assertThrows(UnsupportedOperationException.class, () -> card.inputs().clear());
    String json = card.toJson();
    assertTrue(json.contains("\"formatVersion\" : 3,"), json);
    assertEquals(card, ModelCard.fromJson(json));
    assertEquals(card.inputs(), ModelCard.fromJson(json).inputs());
    // Another name than the usual one is not lost either.
    ModelCard named =
        card.toBuilder().inputs(List.of(new ModelInput("pixels", UNIT_RANGE))).build();
    assertTrue(named.toJson().contains("\"formatVersion\" : 3,"), named.toJson());
    assertEquals(named, ModelCard.fromJson(named.toJson()));
    // The later call counts.
    assertEquals(
        "input", card.toBuilder().preprocessing(UNIT_RANGE).build().inputs().get(0).name());
  }

  @Test
  void refusesInputsThatDoNotFit() {
    IllegalArgumentException blank =
        assertThrows(IllegalArgumentException.class, () -> new ModelInput(" ", UNIT_RANGE));
    assertTrue(blank.getMessage().contains("found a blank one"), blank.getMessage());
    ModelInput input = new ModelInput("a", UNIT_RANGE);
    for (List<ModelInput> wrong : List.of(List.<ModelInput>of(), List.of(input, input))) {
      ModelCard.Builder card = card(OutputActivation.SOFTMAX, "A", "B").inputs(wrong);
      IllegalArgumentException error = assertThrows(IllegalArgumentException.class, card::build);
      assertTrue(error.getMessage().contains("distinct names, found ["), error.getMessage());
    }
    String json = severalInputs().toJson();
    assertRefused(json.replace("\"large\"", "\"small\""), "distinct names", "[small, small]");
    assertRefused(json.replace("\"large\"", "\"\""), "inputs[1]", "blank");
    assertRefused(json.replace("\"large\"", "null"), "inputs[1].name", "Null");
    assertRefused(json.replaceFirst("\"rows\" : 64", "\"rows\" : 65"), "at inputs", "the card's");
    assertRefused(
        json.replaceFirst(
            "(?s)\"inputs\" : \\[.*?\\],\\s*\"metrics\"", "\"inputs\" : [ ], \"metrics\""),
        "one input or more");
  }

  @Test
  void readsANormalizationByChannel() {
    String json =
        replaced(
            "\"step\" : \"normalize\",\n      \"kind\" : \"caffe-bgr-mean\"",
            "\"step\" : \"normalize-channels\", \"means\" : [ 1, 2.5, 3 ],"
                + " \"deviations\" : [ 4, 5, 6 ]");
    PreprocessingSpec read = ModelCard.fromJson(json).preprocessing();
    assertEquals(
        new PreprocessingStep.ChannelNormalization(List.of(1.0, 2.5, 3.0), List.of(4.0, 5.0, 6.0)),
        read.steps().get(read.steps().size() - 1));
    assertRefused(
        json.replace("[ 4, 5, 6 ]", "[ 4, 5 ]"), "steps[6]", "found means [1.0, 2.5, 3.0]");
    assertRefused(json.replace("[ 4, 5, 6 ]", "[ 4, 0, 6 ]"), "steps[6]", "other than 0");
    assertRefused(json.replace("[ 4, 5, 6 ]", "[ 4, \"x\", 6 ]"), "deviations[1]", "a number");
    assertRefused(json.replace("[ 4, 5, 6 ]", "7"), "deviations", "a list");
    assertRefused(
        json.replace("[ 1, 2.5, 3 ]", "[ 1 ]").replace("[ 4, 5, 6 ]", "[ 4 ]"), "3 channels");
  }

  @Test
  void namesAMissingField() {
    String training = format2().replaceFirst("(?s)  \"training\" : .*\\n  },\\n", "");
    assertRefused(training, "at training", "Missing");
    assertRefused(replaced("  \"name\" : \"covid-resnet50\",\n", ""), "at name", "Missing");
    assertRefused(replaced("    \"seed\" : 9007199254740993,\n", ""), "training.seed", "Missing");
    assertRefused(
        replaced("      \"fraction\" : 0.12\n", "").replace("\"border-crop\",", "\"border-crop\""),
        "preprocessing.steps[0].fraction");
    assertRefused(replaced("\"covid-resnet50\"", "null"), "at name", "Null");
  }

  @Test
  void namesAnUnknownField() {
    assertRefused(replaced("\"epochs\" :", "\"colour\" : 1, \"epochs\" :"), "colour", "training");
    assertRefused(replaced("\"sigma\" :", "\"gamma\" : 2, \"sigma\" :"), "gamma", "steps[3]");
    assertRefused(replaced("\"epochs\" :", "\"epochs\" : 1, \"epochs\" :"), "Duplicate", "epochs");
  }

  @Test
  void refusesValuesOfAnotherKind() {
    assertRefused(replaced("\"sigmoid-per-label\"", "\"relu\""), "at output", "softmax");
    assertRefused(replaced("\"sigmoid-per-label\"", "0"), "at output");
    assertRefused(replaced("\"border-crop\"", "\"zoom\""), "zoom", "steps[0]");
    assertRefused(replaced("9007199254740993", "1.5"), "training.seed");
    assertRefused(replaced(": 7,", ": \"7\","), "training.epochs");
    assertRefused(replaced("0.995", "null"), "metric");
    assertRefused(replaced("0.995", "\"NaN\""), "finite");
    assertRefused(replaced("\"NORMAL\" ]", "null ]"), "label");
  }

  @Test
  void turnsNoKindIntoAnother() {
    for (String value : List.of("1", "1.5", "true", "{}", "[]", "[ \"a\" ]")) {
      assertRefused(replaced("\"covid-resnet50\"", value), "at name: Expected text, found");
      assertRefused(replaced("\"Adam\"", value), "at training.settings.optimizer");
    }
    for (String value : List.of("1.0", "1e0", "\"1\"", "\"\"", "true", "2147483648", "null")) {
      assertRefused(replaced("\"epochs\" : 7", "\"epochs\" : " + value), "at training.epochs");
      assertRefused(
          replaced("\"NORMAL\" : 80", "\"NORMAL\" : " + value), "validationImages.NORMAL");
    }
    for (String value : List.of("1.0", "\"1\"", "9223372036854775808", "null")) {
      assertRefused(replaced("9007199254740993", value), "at training.seed");
    }
    for (String value : List.of("\"0.9\"", "\"\"", "\" \"", "\"INF\"", "true", "null", "[ 1 ]")) {
      assertRefused(
          replaced("\"border\" : 0.9", "\"border\" : " + value), "shortcuts.figures.border");
    }
    for (String value : List.of("0", "1", "\"true\"", "\"\"", "null")) {
      assertRefused(replaced("\"found\" : true", "\"found\" : " + value), "at shortcuts.found");
    }
    for (String value : List.of("\"SENSITIVITY\"", "\" sensitivity\"", "0", "\"\"", "null")) {
      assertRefused(
          replaced("\"aim\" : \"sensitivity\"", "\"aim\" : " + value), "thresholds[0].aim");
    }
    for (String value :
        List.of("\"\"", "[]", "1", "[ \"temperature\", { \"temperature\" : 1 } ]")) {
      assertRefused(
          format2().replaceFirst("(?s)\"calibration\" : \\{.*?\\}", "\"calibration\" : " + value),
          "at calibration: Expected an object, found");
    }
  }

  @Test
  void readsPropertiesInAnyOrderAndWholeNumbersForNumbers() {
    ModelCard card = ModelCard.fromJson(format2());
    assertEquals(
        card,
        ModelCard.fromJson(
            replaced(
                "\"step\" : \"border-crop\",\n      \"fraction\" : 0.12",
                "\"fraction\" : 0.12, \"step\" : \"border-crop\"")));
    assertEquals(card, ModelCard.fromJson(replaced("\"high\" : 1.0", "\"high\" : 1")));
    String version = "  \"formatVersion\" : 2,\n";
    assertEquals(
        card,
        ModelCard.fromJson(
            replaced(version, "").replaceFirst("\n}\\s*$", ", \"formatVersion\" : 2 }")));
  }

  @Test
  void refusesBadResizes() {
    String resize =
        "\"rows\" : 224,\n      \"columns\" : 192,\n      \"resampling\" : \"bilinear\"";
    for (String bad :
        List.of(
            "\"rows\":0,\"columns\":9,\"resampling\":\"nearest\"",
            "\"rows\":9,\"columns\":9,\"resampling\":\"NEAREST\"",
            "\"rows\":9,\"columns\":9",
            "\"columns\":9,\"resampling\":\"nearest\"",
            "\"rows\":9,\"columns\":9,\"resampling\":\"nearest\",\"step\":\"resize\"")) {
      assertRefused(replaced(resize, bad), "expected the JSON");
    }
    assertRefused(replaced("\"step\" : \"resize\",", ""), "steps[4].step: Missing");
  }

  @Provide
  Arbitrary<String> damagedCards() {
    Arbitrary<String> inserted =
        Arbitraries.oneOf(
            Arbitraries.strings()
                .withChars("{}[]\",:0123456789.eE-+ntfu\\ \n\0\u00e9\ud800")
                .ofMaxLength(3),
            Arbitraries.of(
                "[".repeat(10_000),
                "{\"a\":".repeat(10_000),
                "9".repeat(5_000),
                "0." + "1".repeat(5_000),
                "1e999999999",
                "-1E-999999999",
                "\"" + "x".repeat(100_000) + "\"",
                "null",
                "true",
                "{}",
                "[]",
                "\"NaN\""));
    return Combinators.combine(
            Arbitraries.of(format1(), format2(), resource("card-chest-xray.json")),
            Arbitraries.doubles().between(0, 1),
            Arbitraries.integers().between(0, 12),
            inserted)
        .as(
            (json, share, removed, text) -> {
              int from = (int) (share * json.length());
              int to = Math.min(json.length(), from + removed);
              return json.substring(0, from) + text + json.substring(to);
            });
  }

  @Property(tries = 3000)
  void readsOrRefusesDamagedCards(@ForAll("damagedCards") String json) {
    ModelCard card;
    try {
      card = ModelCard.fromJson(json);
    } catch (ModelFormatException e) {
      String message = e.getMessage();
      assertTrue(message.startsWith("Model card: expected "), message);
      assertTrue(message.contains(", found"), message);
      return;
    }
    assertEquals(card, ModelCard.fromJson(card.toJson()));
  }

  @Test
  void refusesValuesOutOfRangeInTheirOwnWords() {
    assertRefused(replaced("0.12", "0.5"), "steps[0]", "below 0.5, found 0.5");
    assertRefused(replaced("[ \"COVID19\", \"NORMAL\" ]", "[ \"A\" ]"), "found [A]");
    assertRefused(
        replaced("\"sigmoid-per-label\"", "\"sigmoid-of-second-label\"")
            .replace("\"NORMAL\" ]", "\"NORMAL\", \"C\" ]"),
        "one sigmoid unit");
    assertRefused(replaced("Not for diagnostic use", "Approved"), "notice");
    assertRefused(replaced("\"bestEpoch\" : 5", "\"bestEpoch\" : 8"), "found 8 of 7");
  }

  @Test
  void cannotBeMadeWithWhatDoesNotFit() {
    ModelCard.Builder undefined =
        card(OutputActivation.SOFTMAX, "A", "B").metrics(Map.of("auroc", Double.NaN));
    assertThrows(IllegalArgumentException.class, undefined::build);
    for (String[] labels : new String[][] {{"A"}, {"A", "A"}, {"A", " "}}) {
      assertThrows(
          IllegalArgumentException.class, () -> card(OutputActivation.SOFTMAX, labels).build());
    }
    ModelCard.Builder three = card(OutputActivation.SIGMOID_OF_SECOND_LABEL, "A", "B", "C");
    assertThrows(IllegalArgumentException.class, three::build);
    ModelCard.Builder platt =
        card(OutputActivation.SOFTMAX, "A", "B", "C").calibration(new Calibration.Platt(1, 0));
    assertThrows(IllegalArgumentException.class, platt::build);
    ModelCard.Builder sets =
        card(OutputActivation.SOFTMAX, "A", "B").conformal(conformal(List.of("C", "A"), 0.5));
    assertThrows(IllegalArgumentException.class, sets::build);
    ModelCard.Builder foreign =
        card(OutputActivation.SOFTMAX, "A", "B").thresholds(List.of(threshold("C", 0.5)));
    assertThrows(IllegalArgumentException.class, foreign::build);
    for (String data : List.of("/home/someone/data", "a\\b")) {
      Exception error = assertThrows(IllegalArgumentException.class, () -> provenance(data, 1, 1));
      assertTrue(!error.getMessage().contains(data));
    }
    assertThrows(IllegalArgumentException.class, () -> provenance("d", 1, 2));
    assertThrows(IllegalArgumentException.class, () -> provenance("d", -1, -1));
  }

  @Test
  void keepsItsOwnCopies() {
    Map<String, Double> metrics = new HashMap<>(Map.of("accuracy", 0.5));
    List<String> labels = new ArrayList<>(List.of("A", "B"));
    ModelCard card =
        card(OutputActivation.SOFTMAX, "A", "B").labels(labels).metrics(metrics).build();
    metrics.clear();
    labels.clear();
    assertEquals(List.of("A", "B"), card.labels());
    assertEquals(Map.of("accuracy", 0.5), card.metrics());
    assertThrows(UnsupportedOperationException.class, () -> card.metrics().clear());
  }

  @Test
  void namesWhatIsMissing() {
    IllegalStateException none =
        assertThrows(IllegalStateException.class, ModelCard.builder("name", "1")::build);
    assertTrue(
        none.getMessage().contains("found no architecture, labels, output, preprocessing"),
        none.getMessage());
    IllegalStateException one =
        assertThrows(
            IllegalStateException.class,
            ModelCard.builder("name", "1")
                    .architecture("CNN")
                    .labels("A", "B")
                    .preprocessing(UNIT_RANGE)
                ::build);
    assertTrue(one.getMessage().contains("found no output."), one.getMessage());
    NullPointerException error =
        assertThrows(NullPointerException.class, () -> ModelCard.builder("name", null));
    assertEquals("version", error.getMessage());
  }

  @Property(tries = 100)
  void changesOneValueOfACard(@ForAll("cards") ModelCard card) {
    assertEquals(card, card.toBuilder().build());
    assertEquals(card.hashCode(), card.toBuilder().build().hashCode());
    ModelCard renamed = card.toBuilder().name(card.name() + "!").version("2").build();
    assertNotEquals(card, renamed);
    assertEquals(card, renamed.toBuilder().name(card.name()).version(card.version()).build());
    assertEquals(Optional.empty(), card.toBuilder().novelty(null).build().novelty());
  }
}
