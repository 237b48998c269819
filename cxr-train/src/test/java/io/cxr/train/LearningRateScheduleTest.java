package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.LearningRateSchedule.Constant;
import io.cxr.train.LearningRateSchedule.Cosine;
import io.cxr.train.LearningRateSchedule.Step;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  @Test
  void stepsFallEverySoManyEpochs() {
    Step step = new Step(3, 0.1);
    double[] expected = {1, 1, 1, 0.1, 0.1, 0.1, 0.01};
    for (int epoch = 1; epoch <= expected.length; epoch++) {
      assertEquals(expected[epoch - 1], step.rate(1, epoch, 7), 1e-12);
    }
  }

  @Test
  void cosineGoesFromTheFirstRateToItsShare() {
    Cosine cosine = new Cosine(0.01);
    assertEquals(0.5, cosine.rate(0.5, 1, 11), 1e-12);
    assertEquals(0.5 * (0.01 + 0.99 / 2), cosine.rate(0.5, 6, 11), 1e-12, "half way");
    assertEquals(0.005, cosine.rate(0.5, 11, 11), 1e-12);
    for (int epoch = 2; epoch <= 11; epoch++) {
      assertTrue(cosine.rate(0.5, epoch, 11) < cosine.rate(0.5, epoch - 1, 11));
    }
    assertEquals(0.5, cosine.rate(0.5, 1, 1), 1e-12);
  }

  @Test
  void constantStays() {
    assertEquals(0.3, new Constant().rate(0.3, 9, 9));
  }

  @Test
  void refusesWhatIsNoSchedule() {
    assertThrows(IllegalArgumentException.class, () -> new Step(0, 0.5));
    assertThrows(IllegalArgumentException.class, () -> new Step(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Step(1, 1.5));
    assertThrows(IllegalArgumentException.class, () -> new Cosine(0));
    assertThrows(IllegalArgumentException.class, () -> new Cosine(Double.NaN));
  }
}
