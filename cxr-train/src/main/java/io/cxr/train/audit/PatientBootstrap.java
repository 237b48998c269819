package io.cxr.train.audit;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * The 95 % interval of a figure by the bootstrap: patients, with all their images, are drawn anew
 * as many times as there are, 1,000 times over, and the figure's 2.5th and 97.5th percentiles are
 * the interval (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
 * Drawing images instead would make intervals too narrow, since a patient's images are alike.
 */
final class PatientBootstrap {
  private static final int RESAMPLES = 1000;

  private PatientBootstrap() {}

  /** An interval. */
  record Interval(double low, double high) {}

  static Interval interval(int patients, long seed, ToDoubleFunction<int[]> figure) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[RESAMPLES];
    int known = 0;
    for (int i = 0; i < RESAMPLES; i++) {
      int[] times = new int[patients];
      for (int j = 0; j < patients; j++) {
        times[random.nextInt(patients)]++;
      }
      double value = figure.applyAsDouble(times);
      // A draw may miss a class altogether.
      if (!Double.isNaN(value)) {
        values[known++] = value;
      }
    }
    if (known == 0) {
      return new Interval(0, 1);
    }
    Arrays.sort(values, 0, known);
    return new Interval(
        values[(int) Math.floor(0.025 * (known - 1))],
        values[(int) Math.ceil(0.975 * (known - 1))]);
  }

  /** Every patient once. */
  static int[] once(int patients) {
    int[] times = new int[patients];
    Arrays.fill(times, 1);
    return times;
  }
}
