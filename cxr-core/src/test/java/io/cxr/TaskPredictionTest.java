package io.cxr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.Measurement;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.Task;
import io.cxr.radiograph.PixelRegion;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/** Predictions of findings and of measurements. */
class TaskPredictionTest {
  private static final ModelIdentity MODEL = new ModelIdentity("chest", "1", "0a".repeat(32));
  private static final Measurement SEVERITY = new Measurement("Severity", "{score}", 0, 8);

  private static OperatingThreshold threshold(String label, Aim aim, double threshold) {
    OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
    return new OperatingThreshold(label, aim, 0.9, threshold, reached, reached);
  }

  private static Prediction findings(double effusion, double mass) {
    return Prediction.ofFindings(
        List.of(new LabelProbability("Effusion", effusion), new LabelProbability("Mass", mass)),
        MODEL);
  }

  @Property(tries = 200)
  void aFindingIsPositiveByItsFirstOperatingPointWhateverTheOthersAre(
      @ForAll @DoubleRange(min = 0, max = 1) double effusion,
      @ForAll @DoubleRange(min = 0, max = 1) double mass,
      @ForAll @DoubleRange(min = 0, max = 1) double threshold) {
    Prediction prediction =
        findings(effusion, mass)
            .withOperatingPoints(
                List.of(
                    threshold("Mass", Aim.SPECIFICITY, threshold),
                    threshold("Mass", Aim.SENSITIVITY, 0),
                    threshold("Effusion", Aim.SENSITIVITY, threshold)));
    assertEquals(effusion >= threshold, prediction.positives().contains("Effusion"));
    assertEquals(mass >= threshold, prediction.positives().contains("Mass"));
    assertEquals(
        List.of("Effusion", "Mass"),
        prediction.decisions(Aim.SENSITIVITY).stream().map(Decision::positiveClass).toList());
    assertEquals(1, prediction.decisions(Aim.SPECIFICITY).size());
    assertEquals(
        effusion >= threshold, prediction.decide("Effusion", Aim.SENSITIVITY).isPositive());
    assertEquals(effusion, prediction.value("Effusion"));
    List<String> explained = prediction.explainedLabels();
    assertEquals(prediction.top().label(), explained.get(0));
    assertTrue(explained.containsAll(prediction.positives()));
    assertEquals(explained.size(), explained.stream().distinct().count());
  }

  @Test
  void findingsNeedNoSumAndOneIsEnough() {
    Prediction one = Prediction.ofFindings(List.of(new LabelProbability("Effusion", 0.2)), MODEL);
    assertEquals("Effusion 0.200", one.summary(), "there is no threshold to tell");
    assertEquals(List.of(), one.positives());
    assertEquals(Task.Kind.FINDINGS, one.task());
    assertThrows(IllegalArgumentException.class, () -> Prediction.ofFindings(List.of(), MODEL));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Prediction(List.of(new LabelProbability("Effusion", 0.2)), MODEL));
    assertEquals(findings(0.4, 0.6), findings(0.4, 0.6));
    // The same numbers of another task are another answer.
    assertNotEquals(findings(0.4, 0.6), new Prediction(findings(0.4, 0.6).probabilities(), MODEL));
    assertTrue(
        findings(0.4, 0.6).toString().startsWith("Mass 0.600, Effusion 0.400 by chest 1 ("),
        findings(0.4, 0.6).toString());
  }

  @Test
  void measurementsHaveValuesAndUnits() {
    Prediction prediction =
        Prediction.ofMeasurements(
            List.of(
                new MeasuredValue(SEVERITY, 9.25),
                new MeasuredValue(new Measurement("Cardiothoracic ratio", "1"), 0.512345)),
            MODEL);
    assertEquals(List.of("Severity", "Cardiothoracic ratio"), prediction.labels());
    assertEquals(9.25, prediction.value("Severity"));
    assertFalse(prediction.measurement("Severity").isPlausible());
    assertEquals("Severity", prediction.principalLabel());
    assertEquals(List.of("Severity"), prediction.explainedLabels());
    assertEquals("Severity 9.250 {score}, Cardiothoracic ratio 0.5123", prediction.summary());
    assertEquals(
        "Severity 9.250 {score}, Cardiothoracic ratio 0.5123 by chest 1 (0a0a0a0a0a0a)",
        prediction.toString());
    assertThrows(IllegalStateException.class, prediction::top);
    assertThrows(IllegalArgumentException.class, () -> prediction.probability("Severity"));
    assertThrows(
        IllegalArgumentException.class,
        () -> prediction.withOperatingPoints(List.of(threshold("Severity", Aim.SENSITIVITY, 0.5))));
    assertThrows(IllegalArgumentException.class, () -> new MeasuredValue(SEVERITY, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Prediction.ofMeasurements(List.of(), MODEL));
    Heatmap heatmap =
        Heatmap.ofActivations("Severity", 1, 1, new float[] {1}, new PixelRegion(0, 0, 2, 2), 2, 2);
    assertEquals(heatmap, new Explanation(prediction, heatmap).heatmap());
    assertThrows(
        IllegalArgumentException.class, () -> new Explanation(findings(0.5, 0.5), heatmap));
  }

  @Test
  void valuesAreWrittenToFourDigits() {
    Measurement width = new Measurement("Width", "mm");
    assertEquals("Width 0.000 mm", new MeasuredValue(width, 0).format());
    assertEquals("Width 123457 mm", new MeasuredValue(width, 123456.7).format());
    assertEquals("Width -12.35 mm", new MeasuredValue(width, -12.346).format());
    assertEquals("Width 0.001234 mm", new MeasuredValue(width, 0.0012344).format());
    assertTrue(new MeasuredValue(width, 1e300).isPlausible());
    assertFalse(new MeasuredValue(SEVERITY, -0.01).isPlausible());
    assertTrue(new MeasuredValue(SEVERITY, 8).isPlausible());
  }
}
