package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.Subset;
import io.cxr.error.ModelFormatException;
import io.cxr.json.JsonSchemas;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Cards of findings and of measurements: what they hold, refuse, and how they are written. */
class TaskTest {
  private static final JsonSchemas SCHEMA = JsonSchemas.of("cxr-card-2.schema.json");

  private static final PreprocessingSpec GRAY =
      PreprocessingSpec.of(
          8, 8, Resampling.BILINEAR, 1, PreprocessingStep.Normalization.Kind.UNIT_RANGE);

  private static ModelCard.Builder card(Task task, OutputActivation output) {
    return ModelCard.builder("chest", "1")
        .architecture("CNN")
        .task(task)
        .output(output)
        .preprocessing(GRAY);
  }

  private static ModelCard.Builder findings(String... findings) {
    return card(new Task.Findings(List.of(findings)), OutputActivation.SIGMOID);
  }

  private static ModelCard.Builder measurements(Measurement... measurements) {
    return card(new Task.Measurements(List.of(measurements)), OutputActivation.IDENTITY);
  }

  private static OperatingThreshold threshold(String label, double threshold) {
    OperatingThreshold.Estimate estimate = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return new OperatingThreshold(
        label, OperatingThreshold.Aim.SENSITIVITY, 0.9, threshold, estimate, estimate);
  }

  @Provide
  Arbitrary<ModelCard> findingsCards() {
    Arbitrary<List<String>> names =
        Arbitraries.strings()
            .ofMinLength(1)
            .ofMaxLength(8)
            .filter(name -> !name.isBlank() && Character.isDefined(name.charAt(0)))
            .list()
            .uniqueElements()
            .ofMinSize(1)
            .ofMaxSize(18);
    return Combinators.combine(
            names, Arbitraries.doubles().between(0.01, 1), Arbitraries.of(true, false))
        .as(
            (labels, number, fitted) -> {
              ModelCard.Builder card =
                  card(new Task.Findings(labels), OutputActivation.SIGMOID)
                      .thresholds(labels.stream().map(label -> threshold(label, number)).toList());
              return fitted
                  ? card.calibration(
                          new Calibration.PlattPerFinding(
                              labels.stream()
                                  .map(label -> new Calibration.Platt(number, -number / 3))
                                  .toList()))
                      .conformal(
                          new ConformalSets(
                              0.1,
                              Subset.VALIDATION,
                              Map.of(labels.get(0), new ConformalSets.Quantile(number, 30))))
                      .build()
                  : card.build();
            });
  }

  @Provide
  Arbitrary<ModelCard> measurementCards() {
    return Combinators.combine(
            Arbitraries.strings()
                .alpha()
                .ofMinLength(1)
                .list()
                .uniqueElements()
                .ofMinSize(1)
                .ofMaxSize(4),
            Arbitraries.of("mm", "%", "1", "{score}", "m2/s"),
            Arbitraries.doubles().between(-1e6, 1e6),
            Arbitraries.integers().between(0, 3))
        .as(
            (names, unit, number, bounds) -> {
              double least = (bounds & 1) == 0 ? Double.NEGATIVE_INFINITY : number;
              double greatest = (bounds & 2) == 0 ? Double.POSITIVE_INFINITY : number + 1;
              List<Measurement> measurements = new ArrayList<>();
              names.forEach(name -> measurements.add(new Measurement(name, unit, least, greatest)));
              return card(new Task.Measurements(measurements), OutputActivation.IDENTITY).build();
            });
  }

  @Property(tries = 100)
  void findingsReadBack(@ForAll("findingsCards") ModelCard card) {
    readsBack(card);
  }

  @Property(tries = 100)
  void measurementsReadBack(@ForAll("measurementCards") ModelCard card) {
    readsBack(card);
  }

  private static void readsBack(ModelCard card) {
    String json = card.toJson();
    assertEquals(card, ModelCard.fromJson(json));
    assertEquals(card.hashCode(), ModelCard.fromJson(json).hashCode());
    assertEquals(card, card.toBuilder().build());
    SCHEMA.assertFits(json);
    assertTrue(json.contains("\"formatVersion\" : 4,"), "older software must refuse it: " + json);
  }

  @Test
  void namesItsOutputs() {
    ModelCard one = findings("Effusion").build();
    assertEquals(Task.Kind.FINDINGS, one.task().kind());
    assertEquals(List.of("Effusion"), one.labels(), "one finding is enough");
    ModelCard score = measurements(new Measurement("Severity", "{score}", 0, 8)).build();
    assertEquals(List.of("Severity"), score.labels());
    assertEquals(Task.Kind.MEASUREMENTS, score.task().kind());
  }

  @Test
  void exclusiveLabelsAreWrittenForOlderSoftware() {
    ModelCard card =
        card(new Task.ExclusiveLabels(List.of("A", "B")), OutputActivation.SOFTMAX).build();
    assertEquals(card, ModelCard.fromJson(card.toJson()));
    assertTrue(card.toJson().contains("\"formatVersion\" : 2,"), card.toJson());
    assertFalse(card.toJson().contains("task"), card.toJson());
  }

  @Test
  void refusesWhatBelongsToAnotherTask() {
    Calibration.Platt platt = new Calibration.Platt(1, 0);
    Calibration.PlattPerFinding two = new Calibration.PlattPerFinding(List.of(platt, platt));
    Measurement severity = new Measurement("Severity", "{score}");
    for (ModelCard.Builder wrong :
        List.of(
            findings("A", "B").output(OutputActivation.SOFTMAX),
            findings("A", "B").output(OutputActivation.SIGMOID_PER_LABEL),
            findings("A").output(OutputActivation.SIGMOID_OF_SECOND_LABEL),
            findings("A").output(OutputActivation.IDENTITY),
            findings("A", "B").labels("A", "B"),
            findings("A", "B").calibration(new Calibration.Temperature(2)),
            findings("A", "B").calibration(platt),
            findings("A", "B", "C").calibration(two),
            findings("A").thresholds(List.of(threshold("B", 0.5))),
            measurements(severity).output(OutputActivation.SIGMOID),
            measurements(severity).calibration(new Calibration.PlattPerFinding(List.of(platt))),
            measurements(severity).thresholds(List.of(threshold("Severity", 0.5))),
            measurements(severity).conformal(new ConformalSets(0.1, Subset.VALIDATION, Map.of())),
            card(new Task.ExclusiveLabels(List.of("A", "B")), OutputActivation.SIGMOID),
            card(new Task.ExclusiveLabels(List.of("A", "B")), OutputActivation.SOFTMAX)
                .calibration(two))) {
      IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, wrong::build);
      assertTrue(refused.getMessage().startsWith("Model card: "), refused.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> new Task.Findings(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Task.Findings(List.of("A", "A")));
    assertThrows(IllegalArgumentException.class, () -> new Task.Findings(List.of(" ")));
    assertThrows(IllegalArgumentException.class, () -> new Task.ExclusiveLabels(List.of("A")));
    assertThrows(IllegalArgumentException.class, () -> new Task.Measurements(List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new Task.Measurements(List.of(severity, severity)));
    for (String unit : List.of("", "m m", "\u00b5m", "m".repeat(65))) {
      assertThrows(IllegalArgumentException.class, () -> new Measurement("Width", unit));
    }
    assertThrows(IllegalArgumentException.class, () -> new Measurement("Width", "mm", 2, 2));
    assertThrows(
        IllegalArgumentException.class, () -> new Measurement("Width", "mm", Double.NaN, 2));
  }

  @Test
  void refusesDamagedCards() {
    String findings =
        findings("Effusion", "Hernia")
            .calibration(
                new Calibration.PlattPerFinding(
                    List.of(new Calibration.Platt(2, 0.5), new Calibration.Platt(1, 0))))
            .build()
            .toJson();
    String measured = measurements(new Measurement("Severity", "{score}", 0, 8)).build().toJson();
    for (String[] damage :
        new String[][] {
          {findings, "\"formatVersion\" : 4", "\"formatVersion\" : 3"},
          {findings, "\"formatVersion\" : 4", "\"formatVersion\" : 2"},
          {findings, "\"task\" : \"findings\"", "\"task\" : \"exclusive-labels\""},
          {findings, "\"task\" : \"findings\"", "\"task\" : \"finding\""},
          {findings, "\"task\" : \"findings\",", ""},
          {findings, "\"output\" : \"sigmoid\"", "\"output\" : \"softmax\""},
          {findings, "\"slope\" : 2.0", "\"slope\" : 0.0"},
          {findings, "\"intercept\" : 0.5", "\"offset\" : 0.5"},
          {measured, "\"unit\" : \"{score}\"", "\"unit\" : \"a score\""},
          {measured, "\"unit\" : \"{score}\",", ""},
          {measured, "\"task\" : \"measurements\"", "\"task\" : \"findings\""},
        }) {
      assertTrue(damage[0].contains(damage[1]), damage[0]);
      String damaged = damage[0].replace(damage[1], damage[2]);
      assertThrows(ModelFormatException.class, () -> ModelCard.fromJson(damaged), damaged);
      SCHEMA.assertDoesNotFit(damaged);
    }
    // A schema does not compare values.
    String other = measured.replace("[ \"Severity\" ]", "[ \"Width\" ]");
    assertThrows(ModelFormatException.class, () -> ModelCard.fromJson(other));
  }

  @Test
  void eachActivationBelongsToOneTask() {
    float[] output = {0.25f, 1, 0.75f};
    assertArrayEquals(
        new double[] {0.25, 1, 0.75}, OutputActivation.SIGMOID.probabilities(output), 1e-9);
    assertThrows(
        IllegalArgumentException.class,
        () -> OutputActivation.SIGMOID.probabilities(new float[] {1.5f}));
    assertThrows(
        UnsupportedOperationException.class, () -> OutputActivation.IDENTITY.probabilities(output));
    assertEquals(14, OutputActivation.SIGMOID.units(14));
  }

  @Test
  void calibratesEachFindingOnTheFilmsOfWhichItIsKnown() {
    // The first finding's logits are twice too large; the second is known of no positive film.
    Random random = new Random(7);
    List<String> names = List.of("Effusion", "Hernia");
    List<double[]> answers = new ArrayList<>();
    List<FindingStates> films = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      double logit = 4 * random.nextDouble() - 2;
      boolean present = random.nextDouble() < 1 / (1 + Math.exp(-logit));
      double said = 1 / (1 + Math.exp(-2 * logit));
      boolean unknown = i % 4 == 0;
      // Where it is unknown the answers are far off: they must not count.
      answers.add(new double[] {unknown ? (present ? 1e-6 : 1 - 1e-6) : said, 0.3});
      films.add(
          FindingStates.of(
              names,
              List.of(
                  unknown ? LabelState.UNKNOWN : present ? LabelState.PRESENT : LabelState.ABSENT,
                  i % 2 == 0 ? LabelState.ABSENT : LabelState.UNKNOWN)));
    }
    Calibration.PlattPerFinding fitted = Calibration.fitFindings(answers, films);
    assertEquals(0.5, fitted.findings().get(0).slope(), 0.05);
    assertEquals(0, fitted.findings().get(0).intercept(), 0.1);
    assertEquals(new Calibration.Platt(1, 0), fitted.findings().get(1));
    double[] calibrated = fitted.calibrate(new double[] {0.9, 0.9});
    assertTrue(calibrated[0] < 0.8 && Math.abs(calibrated[1] - 0.9) < 1e-9);
    assertThrows(
        IllegalArgumentException.class, () -> fitted.calibrate(new double[] {0.1, 0.2, 0.3}));
    assertThrows(
        IllegalArgumentException.class,
        () -> Calibration.fitFindings(answers, films.subList(1, 9)));
  }

  @Test
  void findingsThatCannotBeRuledOut() {
    ConformalSets sets =
        new ConformalSets(
            0.1,
            Subset.VALIDATION,
            Map.of(
                "Effusion", new ConformalSets.Quantile(0.2, 40),
                "Hernia", new ConformalSets.Quantile(0, 3)));
    List<String> names = List.of("Effusion", "Hernia", "Mass");
    assertEquals(
        List.of("Hernia", "Mass"),
        sets.ofFindings(names, new double[] {0.19, 0.01, 0.5}),
        "without a quantile a finding cannot be ruled out");
    assertEquals(List.of(), sets.ofFindings(List.of("Effusion"), new double[] {0.19}));
  }

  @Test
  void statesOfAFilm() {
    List<String> names = List.of("Effusion", "Hernia", "Mass");
    FindingStates film =
        FindingStates.of(names, List.of(LabelState.PRESENT, LabelState.UNKNOWN, LabelState.ABSENT));
    assertEquals(LabelState.UNKNOWN, film.state("Hernia"));
    assertEquals(LabelState.ABSENT, film.state(2));
    assertEquals(List.of("Effusion"), film.in(LabelState.PRESENT));
    assertEquals(
        FindingStates.of(names, List.of(LabelState.ABSENT, LabelState.PRESENT, LabelState.ABSENT)),
        FindingStates.ofPresent(names, List.of("Hernia")));
    assertThrows(IllegalArgumentException.class, () -> film.state("Nodule"));
    assertThrows(
        IllegalArgumentException.class, () -> FindingStates.ofPresent(names, List.of("Nodule")));
    assertThrows(
        IllegalArgumentException.class, () -> FindingStates.of(names, List.of(LabelState.PRESENT)));
    assertFalse(LabelState.UNKNOWN.isKnown());
  }
}
