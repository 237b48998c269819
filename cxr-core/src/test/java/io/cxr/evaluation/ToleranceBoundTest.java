package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToleranceBoundTest {
  /** Wilks' sample sizes: with fewer values than these even the greatest is no bound. */
  @ParameterizedTest
  @CsvSource({"299, 0.99, 0.95, 299", "473, 0.99, 0.95, 472", "59, 0.95, 0.95, 59"})
  void takesTheOrderStatisticOfTheTables(int n, double share, double confidence, int rank) {
    double[] values = new double[n];
    Arrays.setAll(values, i -> n - i);
    assertEquals(rank, ToleranceBound.upper(values, share, confidence));
  }

  /** One-sided factors for 99 % with a confidence of 90 %, as NBS Handbook 91 tabulates them. */
  @ParameterizedTest
  @CsvSource({"50, 2.735", "30, 2.884"})
  void takesTheFactorOfTheNormalDistributionForFew(int n, double factor) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = Math.exp(i % 2 == 0 ? 1 : -1);
    }
    double deviation = Math.sqrt((double) n / (n - 1));
    assertEquals(
        factor, Math.log(ToleranceBound.upper(values, 0.99, 0.90)) / deviation, 0.01 * factor);
  }

  /** Over many samples of a skewed distribution, in about so many as promised the bound holds. */
  @ParameterizedTest
  @CsvSource({"60", "150", "400", "1000"})
  void holdsAsOftenAsItPromises(int n) {
    Random random = new Random(n);
    int held = 0;
    int samples = 2000;
    double quantile = Math.exp(0.5 * 2.3263478740408408);
    for (int sample = 0; sample < samples; sample++) {
      double[] values = new double[n];
      Arrays.setAll(values, i -> Math.exp(0.5 * random.nextGaussian()));
      held += ToleranceBound.upper(values, 0.99, 0.95) >= quantile ? 1 : 0;
    }
    assertTrue(held >= 0.935 * samples, held + " of " + samples);
  }

  @Test
  void refusesWhatHasNoBound() {
    double[] ten = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    assertThrows(
        IllegalArgumentException.class, () -> ToleranceBound.upper(new double[9], 0.99, 0.95));
    assertThrows(IllegalArgumentException.class, () -> ToleranceBound.upper(ten, 1, 0.95));
    assertThrows(IllegalArgumentException.class, () -> ToleranceBound.upper(ten, 0.9, 0.2));
    ten[3] = 0;
    assertThrows(IllegalArgumentException.class, () -> ToleranceBound.upper(ten, 0.9, 0.9));
  }
}
