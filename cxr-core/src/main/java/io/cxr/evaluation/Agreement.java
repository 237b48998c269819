package io.cxr.evaluation;

/**
 * A figure of the differences between a measured and a true value: their bias, the mean absolute
 * error, or one of the limits of agreement (Bland and Altman, Lancet 327, 1986), between which 95 %
 * of the differences lie if they are normally distributed.
 */
final class Agreement implements Statistic {
  /** The figures, each of the differences of a sample of films. */
  enum Figure {
    /** The mean absolute difference. */
    MEAN_ABSOLUTE_ERROR,
    /** The mean difference. */
    BIAS,
    /** The bias less 1.96 standard deviations. */
    LOWER_LIMIT,
    /** The bias and 1.96 standard deviations. */
    UPPER_LIMIT
  }

  private static final double LIMIT = 1.96;

  private final Figure figure;
  private final boolean[] among;
  private final double[] differences;

  /**
   * Asks for a figure.
   *
   * @param figure which
   * @param among which samples count; not copied
   * @param differences the measured less the true value; not copied
   */
  Agreement(Figure figure, boolean[] among, double[] differences) {
    this.figure = figure;
    this.among = among;
    this.differences = differences;
  }

  @Override
  public double of(int[] times) {
    double sum = 0;
    double absolute = 0;
    long all = 0;
    for (int i = 0; i < times.length; i++) {
      if (among[i]) {
        sum += times[i] * differences[i];
        absolute += times[i] * Math.abs(differences[i]);
        all += times[i];
      }
    }
    double bias = sum / all;
    return switch (figure) {
      case MEAN_ABSOLUTE_ERROR -> absolute / all;
      case BIAS -> bias;
      case LOWER_LIMIT -> bias - LIMIT * deviation(times, bias, all);
      case UPPER_LIMIT -> bias + LIMIT * deviation(times, bias, all);
    };
  }

  /** Of a sample, so that fewer than two have none. */
  private double deviation(int[] times, double mean, long all) {
    double squares = 0;
    for (int i = 0; i < times.length; i++) {
      if (among[i]) {
        squares += times[i] * (differences[i] - mean) * (differences[i] - mean);
      }
    }
    return all < 2 ? Double.NaN : Math.sqrt(squares / (all - 1));
  }

  @Override
  public boolean isUnbounded() {
    return true;
  }
}
