package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.model.Measurement;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Errors, limits of agreement and correlations of measured values. */
class MeasurementsEvaluationTest {
  private static final Measurement SEVERITY = new Measurement("Severity", "{score}", 0, 8);
  private static final Measurement WIDTH = new Measurement("Width", "mm");
  private static final Task.Measurements TASK = new Task.Measurements(List.of(SEVERITY, WIDTH));

  private static Prediction measured(double severity, double width) {
    return Prediction.ofMeasurements(
        List.of(new MeasuredValue(SEVERITY, severity), new MeasuredValue(WIDTH, width)),
        new ModelIdentity("m", "1", "0a".repeat(32)));
  }

  @Test
  void figuresAreThoseComputedByHand() {
    double[][] truth = {{1, 10}, {2, 20}, {2, Double.NaN}, {3, 40}};
    double[][] answers = {{1.5, 13}, {3, 19}, {2, 0}, {9, 43}};
    MeasurementsEvaluation.Builder builder = MeasurementsEvaluation.builder(TASK);
    for (int i = 0; i < truth.length; i++) {
      builder.answered(
          "f" + i, Optional.of("p" + i), truth[i], measured(answers[i][0], answers[i][1]));
    }
    builder.refused("f9", Optional.empty(), new double[] {7, 70}, "UNREADABLE");
    MeasurementsEvaluation found = builder.build();
    assertEquals(5, found.images());
    assertEquals(4, found.answered());
    assertEquals(0.8, found.coverage().value());
    assertEquals(Map.of("UNREADABLE", 1), found.refusals());

    MeasurementEvaluation severity = found.byMeasurement().get(0);
    assertEquals(SEVERITY, severity.measurement());
    assertEquals(4, severity.films());
    assertEquals(1, severity.implausible());
    // Differences 0.5, 1, 0, 6.
    assertEquals(1.875, severity.meanAbsoluteError().orElseThrow().value(), 1e-12);
    assertEquals(1.875, severity.bias().orElseThrow().value(), 1e-12);
    double deviation =
        Math.sqrt((1.375 * 1.375 + 0.875 * 0.875 + 1.875 * 1.875 + 4.125 * 4.125) / 3);
    assertEquals(1.875 - 1.96 * deviation, severity.lowerLimit().orElseThrow().value(), 1e-12);
    assertEquals(1.875 + 1.96 * deviation, severity.upperLimit().orElseThrow().value(), 1e-12);
    // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4.
    assertEquals(4.5 / Math.sqrt(4.5 * 5), severity.spearman().orElseThrow().value(), 1e-12);

    MeasurementEvaluation width = found.byMeasurement().get(1);
    assertEquals(3, width.films());
    assertEquals(1, width.unknown());
    assertEquals(7.0 / 3, width.meanAbsoluteError().orElseThrow().value(), 1e-12);
    assertEquals(5.0 / 3, width.bias().orElseThrow().value(), 1e-12);
    // x - mean: -40/3, -10/3, 50/3; y - mean: -12, -6, 18.
    double xy = 480.0 / 3 + 60.0 / 3 + 900.0 / 3;
    double xx = (1600 + 100 + 2500) / 9.0;
    assertEquals(
        xy / Math.sqrt(xx * (144 + 36 + 324)), width.pearson().orElseThrow().value(), 1e-12);
    for (Optional<Interval> interval :
        List.of(
            severity.meanAbsoluteError(),
            severity.bias(),
            severity.lowerLimit(),
            severity.upperLimit(),
            severity.spearman())) {
      Interval of = interval.orElseThrow();
      assertTrue(of.low() <= of.value() && of.value() <= of.high(), of::toString);
    }
  }

  /** Nothing has a share's interval: an error may be 40 mm. */
  @Test
  void aPerfectMeasurementHasNoSpread() {
    MeasurementsEvaluation.Builder builder = MeasurementsEvaluation.builder(TASK);
    for (int i = 0; i < 12; i++) {
      builder.answered(
          "f" + i, Optional.empty(), new double[] {i % 3, 100 + i}, measured(i % 3, 140 + i));
    }
    MeasurementsEvaluation found = builder.build();
    assertEquals(
        new Interval(0, 0, 0), found.byMeasurement().get(0).meanAbsoluteError().orElseThrow());
    assertEquals(new Interval(40, 40, 40), found.byMeasurement().get(1).bias().orElseThrow());
    assertEquals(new Interval(40, 40, 40), found.byMeasurement().get(1).upperLimit().orElseThrow());
    assertEquals(1, found.byMeasurement().get(1).pearson().orElseThrow().low(), 1e-9);
  }

  @Test
  void whatIsTheSameForAllFilmsGoesWithNothing() {
    MeasurementsEvaluation.Builder builder = MeasurementsEvaluation.builder(TASK);
    for (int i = 0; i < 5; i++) {
      builder.answered("f" + i, Optional.empty(), new double[] {i, Double.NaN}, measured(4, 3));
    }
    MeasurementsEvaluation found = builder.build();
    assertTrue(found.byMeasurement().get(0).pearson().isEmpty());
    assertTrue(found.byMeasurement().get(0).spearman().isEmpty());
    assertEquals(2, found.byMeasurement().get(0).meanAbsoluteError().orElseThrow().value(), 1e-12);
    assertEquals(0, found.byMeasurement().get(1).films());
    assertTrue(found.byMeasurement().get(1).meanAbsoluteError().isEmpty());
    assertTrue(found.byMeasurement().get(1).bias().isEmpty());
  }

  /** A sample that counts three times is three samples, and one that counts not at all is none. */
  @Property(tries = 50)
  void samplesCountAsOften(@ForAll long seed) {
    Random random = new Random(seed);
    int count = 2 + random.nextInt(20);
    double[] first = new double[count];
    double[] second = new double[count];
    boolean[] among = new boolean[count];
    int[] times = new int[count];
    List<Integer> copies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      first[i] = random.nextInt(6);
      second[i] = first[i] + random.nextInt(4);
      among[i] = random.nextInt(5) > 0;
      times[i] = random.nextInt(4);
      copies.addAll(Collections.nCopies(among[i] ? times[i] : 0, i));
    }
    double[] x = copies.stream().mapToDouble(i -> first[i]).toArray();
    double[] y = copies.stream().mapToDouble(i -> second[i]).toArray();
    boolean[] all = new boolean[x.length];
    Arrays.fill(all, true);
    int[] once = Bootstrap.once(x.length);
    assertEquals(
        Correlation.pearson(all, x, y).of(once),
        Correlation.pearson(among, first, second).of(times),
        1e-9);
    assertEquals(
        Correlation.spearman(all, x, y).of(once),
        Correlation.spearman(among, first, second).of(times),
        1e-9);
    double[] differences = new double[count];
    double[] copied = new double[x.length];
    for (int i = 0; i < count; i++) {
      differences[i] = second[i] - first[i];
    }
    for (int i = 0; i < copied.length; i++) {
      copied[i] = y[i] - x[i];
    }
    for (Agreement.Figure figure : Agreement.Figure.values()) {
      assertEquals(
          new Agreement(figure, all, copied).of(once),
          new Agreement(figure, among, differences).of(times),
          1e-9);
    }
  }

  @Test
  void refusesOtherValues() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            MeasurementsEvaluation.builder(TASK)
                .refused("f", Optional.empty(), new double[1], "X"));
    assertThrows(
        IllegalArgumentException.class, () -> MeasurementsEvaluation.builder(TASK).build());
  }
}
