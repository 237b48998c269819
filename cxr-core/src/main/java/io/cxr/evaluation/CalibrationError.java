package io.cxr.evaluation;

import java.util.List;

/**
 * The expected calibration error of {@link CalibrationCurve}, with its bins, for samples that count
 * several times. A resample's bins scatter about those of all samples, which adds to every bin's
 * distance.
 */
final class CalibrationError implements Statistic {
  private static final int BINS = CalibrationCurve.BINS;

  private final boolean[] answered;
  private final int[] bins;
  private final double[] gaps;

  /**
   * Sorts answers into bins.
   *
   * @param answered which samples count
   * @param confidence the top label's probability, or that of one finding
   * @param right whether the top label is the truth, or the finding is present
   */
  CalibrationError(boolean[] answered, double[] confidence, boolean[] right) {
    this.answered = answered;
    this.bins = new int[confidence.length];
    this.gaps = new double[confidence.length];
    for (int i = 0; i < confidence.length; i++) {
      bins[i] = CalibrationCurve.bin(confidence[i], BINS);
      gaps[i] = confidence[i] - (right[i] ? 1 : 0);
    }
  }

  @Override
  public double of(int[] times) {
    double[] sums = new double[BINS];
    long all = 0;
    for (int i = 0; i < times.length; i++) {
      if (answered[i]) {
        sums[bins[i]] += times[i] * gaps[i];
        all += times[i];
      }
    }
    double error = 0;
    for (double sum : sums) {
      error += Math.abs(sum);
    }
    return all == 0 ? Double.NaN : error / all;
  }

  @Override
  public List<boolean[]> observations() {
    return List.of(answered);
  }

  @Override
  public boolean risesInResamples() {
    return true;
  }
}
