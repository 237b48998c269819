package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.evaluation.CalibrationCurve;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against SciPy's fits, from {@code src/test/python/calibration_cases.py}, and laws. */
class CalibrationTest {
  @TestFactory
  Stream<DynamicTest> fitsAsSciPyDoes() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (InputStream in = CalibrationTest.class.getResourceAsStream("calibration-cases.json")) {
      for (JsonNode node : JsonMapper.shared().readTree(in)) {
        tests.add(DynamicTest.dynamicTest(node.get("name").asString(), () -> check(node)));
      }
    }
    assertEquals(6, tests.size());
    return tests.stream();
  }

  private static void check(JsonNode expected) {
    List<double[]> probabilities = new ArrayList<>();
    expected
        .get("probabilities")
        .forEach(
            row -> probabilities.add(row.valueStream().mapToDouble(JsonNode::asDouble).toArray()));
    int[] truth = expected.get("truth").valueStream().mapToInt(JsonNode::asInt).toArray();
    Calibration.Temperature temperature =
        assertInstanceOf(
            Calibration.Temperature.class,
            Calibration.fit(OutputActivation.SOFTMAX, probabilities, truth));
    double t = expected.get("temperature").asDouble();
    assertEquals(t, temperature.temperature(), 1e-5 * t);
    assertEquals(
        expected.get("expectedCalibrationError").asDouble(),
        CalibrationCurve.of(probabilities, truth, 15).expectedCalibrationError(),
        1e-12);
    if (expected.has("platt")) {
      Calibration.Platt platt =
          assertInstanceOf(
              Calibration.Platt.class,
              Calibration.fit(OutputActivation.SIGMOID_OF_SECOND_LABEL, probabilities, truth));
      assertEquals(expected.get("platt").get(0).asDouble(), platt.slope(), 1e-4);
      assertEquals(expected.get("platt").get(1).asDouble(), platt.intercept(), 1e-4);
    }
  }

  @Property
  void temperatureKeepsTheOrderAndTheSum(
      @ForAll @Size(min = 2, max = 6) List<@DoubleRange(min = 0, max = 1) Double> values,
      @ForAll @DoubleRange(min = 0.05, max = 20) double temperature) {
    double sum = values.stream().mapToDouble(v -> v + 1e-3).sum();
    double[] p = values.stream().mapToDouble(v -> (v + 1e-3) / sum).toArray();
    double[] calibrated = new Calibration.Temperature(temperature).calibrate(p);
    assertEquals(1, Arrays.stream(calibrated).sum(), 1e-9);
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p.length; j++) {
        assertTrue(p[i] <= p[j] ? calibrated[i] <= calibrated[j] + 1e-12 : true);
      }
    }
  }

  @Property
  void plattKeepsTheOrderOfImages(
      @ForAll @DoubleRange(min = 0, max = 1) double first,
      @ForAll @DoubleRange(min = 0, max = 1) double second,
      @ForAll @DoubleRange(min = 0.01, max = 5) double slope,
      @ForAll @DoubleRange(min = -5, max = 5) double intercept) {
    Calibration.Platt platt = new Calibration.Platt(slope, intercept);
    double a = platt.calibrate(new double[] {1 - first, first})[1];
    double b = platt.calibrate(new double[] {1 - second, second})[1];
    assertTrue(first <= second ? a <= b : a >= b);
    assertTrue(a >= 0 && a <= 1);
  }

  @Test
  void certainAnswersStayNumbers() {
    for (double temperature : new double[] {0.05, 1, 20}) {
      double[] calibrated =
          new Calibration.Temperature(temperature).calibrate(new double[] {0, 1, 0});
      assertEquals(1, Arrays.stream(calibrated).sum(), 1e-12);
      assertTrue(calibrated[1] > 0.5);
    }
    assertEquals(1, new Calibration.Platt(1, 0).calibrate(new double[] {0, 1})[1], 1e-9);
  }

  @Test
  void perfectAnswersDoNotBecomeCertain() {
    List<double[]> answers = new ArrayList<>();
    int[] truth = new int[20];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = i % 2;
      answers.add(i % 2 == 0 ? new double[] {0.9, 0.1} : new double[] {0.1, 0.9});
    }
    double temperature =
        Calibration.fit(OutputActivation.SOFTMAX, answers, truth).calibrate(answers.get(0))[0];
    assertTrue(temperature > 0.9 && temperature < 0.98, "surer, not certain: " + temperature);
    // (10 + 1) / (10 + 2): what ten right answers of ten let one believe.
    double platt =
        Calibration.fit(OutputActivation.SIGMOID_OF_SECOND_LABEL, answers, truth)
            .calibrate(answers.get(0))[0];
    assertEquals(11 / 12.0, platt, 1e-3);
  }

  @Test
  void aNetworkWorseThanChanceIsNotTurnedRound() {
    List<double[]> answers = new ArrayList<>();
    int[] truth = new int[20];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = i % 2;
      answers.add(i % 2 == 1 ? new double[] {0.9, 0.1} : new double[] {0.1, 0.9});
    }
    Calibration.Platt platt =
        (Calibration.Platt)
            Calibration.fit(OutputActivation.SIGMOID_OF_SECOND_LABEL, answers, truth);
    assertTrue(platt.slope() > 0);
    assertEquals(0.5, platt.calibrate(answers.get(0))[0], 0.01);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new Calibration.Temperature(0));
    assertThrows(IllegalArgumentException.class, () -> new Calibration.Temperature(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Calibration.Platt(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Calibration.Platt(1, Double.NaN));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Calibration.Platt(1, 0).calibrate(new double[] {0.2, 0.3, 0.5}));
    assertThrows(
        IllegalArgumentException.class,
        () -> Calibration.fit(OutputActivation.SOFTMAX, List.of(), new int[0]));
  }
}
