package io.cxr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PredictionTest {
  private static final ModelIdentity MODEL = new ModelIdentity("m", "1", "0a".repeat(32));

  private static Prediction prediction(double... probabilities) {
    List<LabelProbability> entries = new ArrayList<>();
    for (int i = 0; i < probabilities.length; i++) {
      entries.add(new LabelProbability("L" + i, probabilities[i]));
    }
    return new Prediction(entries, MODEL);
  }

  @Test
  void namesItsTopLabel() {
    assertEquals(new LabelProbability("L1", 0.7), prediction(0.2, 0.7, 0.1).top());
    assertEquals("L0", prediction(0.5, 0.5).top().label());
    assertEquals("L1", prediction(0.2, 0.4, 0.4).top().label());
  }

  @Property
  void theTopIsTheFirstOfTheLargest(
      @ForAll @Size(min = 2, max = 8) List<@IntRange(min = 0, max = 4) Integer> parts) {
    int sum = parts.stream().mapToInt(Integer::intValue).sum();
    if (sum == 0) {
      return;
    }
    Prediction prediction =
        prediction(parts.stream().mapToDouble(part -> (double) part / sum).toArray());
    int largest = parts.stream().mapToInt(Integer::intValue).max().orElseThrow();
    assertEquals("L" + parts.indexOf(largest), prediction.top().label());
  }

  @Test
  void givesEveryLabelItsProbability() {
    assertEquals(0.75, prediction(0.25, 0.75).probability("L1"));
    Exception error =
        assertThrows(
            IllegalArgumentException.class, () -> prediction(0.25, 0.75).probability("covid"));
    assertTrue(error.getMessage().contains("'covid'"));
    assertTrue(error.getMessage().contains("[L0, L1]"));
  }

  @Test
  void isOneLineInALog() {
    assertEquals("L1 0.750, L0 0.250 by m 1 (0a0a0a0a0a0a)", prediction(0.25, 0.75).toString());
  }

  @Test
  void saysResearchUseOnly() {
    assertEquals("Research use only. Not for diagnostic use.", prediction(0, 1).notice());
  }

  @Test
  void refusesWhatDoesNotSumTo1() {
    assertThrows(IllegalArgumentException.class, () -> prediction(0.5, 0.4));
    assertThrows(IllegalArgumentException.class, () -> prediction(1, 0.5));
    assertThrows(IllegalArgumentException.class, () -> prediction(1));
    assertThrows(IllegalArgumentException.class, () -> prediction());
    assertEquals("L1", prediction(0.33333, 0.66666).top().label());
  }

  @Test
  void aProbabilityLiesBetween0And1() {
    for (double bad : new double[] {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new LabelProbability("A", bad));
    }
  }

  @Test
  void keepsItsOwnCopy() {
    List<LabelProbability> entries =
        new ArrayList<>(
            Arrays.asList(new LabelProbability("A", 0.5), new LabelProbability("B", 0.5)));
    Prediction prediction = new Prediction(entries, MODEL);
    entries.clear();
    assertEquals(2, prediction.probabilities().size());
    assertThrows(UnsupportedOperationException.class, () -> prediction.probabilities().clear());
  }

  @Test
  void aModelIsKnownByItsSha256() {
    for (String bad : new String[] {"", "0A".repeat(32), "0".repeat(63), "g".repeat(64)}) {
      assertThrows(IllegalArgumentException.class, () -> new ModelIdentity("m", "1", bad));
    }
  }

  private static OperatingThreshold point(String label, Aim aim, double threshold) {
    Estimate estimate = new Estimate(0.95, 0.9, 0.99);
    return new OperatingThreshold(label, aim, 0.95, threshold, estimate, estimate);
  }

  @Test
  void decidesAtAnOperatingPointOfTheCard() {
    OperatingThreshold sensitive = point("L1", Aim.SENSITIVITY, 0.25);
    OperatingThreshold specific = point("L1", Aim.SPECIFICITY, 0.5);
    Prediction prediction =
        prediction(0.75, 0.25).withOperatingPoints(List.of(specific, sensitive));
    Decision positive = prediction.decide("L1", Aim.SENSITIVITY);
    // At the threshold counts as above it.
    assertTrue(positive.isPositive());
    assertEquals("L1", positive.positiveClass());
    assertEquals(sensitive, positive.operatingPoint());
    assertEquals(0.25, positive.probability());
    assertFalse(prediction.decide("L1", Aim.SPECIFICITY).isPositive());
  }

  @Test
  void decidesNothingThatTheCardDoesNotSay() {
    Prediction prediction =
        prediction(0.75, 0.25).withOperatingPoints(List.of(point("L1", Aim.SPECIFICITY, 0.5)));
    assertThrows(IllegalArgumentException.class, () -> prediction.decide("covid", Aim.SPECIFICITY));
    IllegalStateException none =
        assertThrows(IllegalStateException.class, () -> prediction.decide("L1", Aim.SENSITIVITY));
    assertTrue(none.getMessage().contains("L1 SPECIFICITY"), none.getMessage());
    assertThrows(
        IllegalStateException.class, () -> prediction(0.75, 0.25).decide("L1", Aim.SPECIFICITY));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            prediction(0.75, 0.25)
                .withOperatingPoints(List.of(point("covid", Aim.SPECIFICITY, 0.5))));
  }

  @Test
  void carriesItsNovelty() {
    assertEquals(Optional.empty(), prediction(0.75, 0.25).novelty());
    Novelty novelty = new Novelty(2.5, 3);
    Prediction with = prediction(0.75, 0.25).withNovelty(novelty);
    assertEquals(Optional.of(novelty), with.novelty());
    assertEquals(prediction(0.75, 0.25).withNovelty(novelty), with);
    assertEquals(prediction(0.75, 0.25).withNovelty(novelty).hashCode(), with.hashCode());
    assertNotEquals(prediction(0.75, 0.25), with);
    assertEquals(
        Optional.of(novelty), with.withOperatingPoints(List.of()).novelty(), "it stays with it");
  }

  @Test
  void whatIsAboveTheThresholdIsRefused() {
    assertFalse(new Novelty(3, 3).isRefused());
    assertTrue(new Novelty(3.5, 3).isRefused());
    assertTrue(new Novelty(Double.NaN, 3).isRefused());
    Novelty ungated = new Novelty(1e9, Double.POSITIVE_INFINITY);
    assertFalse(ungated.hasGate());
    assertFalse(ungated.isRefused());
    assertFalse(new Novelty(Double.NaN, Double.POSITIVE_INFINITY).isRefused());
    assertThrows(IllegalArgumentException.class, () -> new Novelty(1, Double.NaN));
  }
}
