package io.cxr.evaluation;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How two values of each sample go together: Pearson's correlation, or Spearman's, which is
 * Pearson's of the ranks, equal values having the mean of their ranks. Not defined where one of
 * them is the same for all samples.
 */
final class Correlation implements Statistic {
  private final boolean[] among;
  private final double[] first;
  private final double[] second;
  private final boolean ranked;
  private final int[] firstOrder;
  private final int[] secondOrder;

  private Correlation(boolean[] among, double[] first, double[] second, boolean ranked) {
    this.among = among;
    this.first = first;
    this.second = second;
    this.ranked = ranked;
    this.firstOrder = ranked ? order(among, first) : new int[0];
    this.secondOrder = ranked ? order(among, second) : new int[0];
  }

  /** Of the values; arrays are not copied, and read only where a sample is among those chosen. */
  static Correlation pearson(boolean[] among, double[] first, double[] second) {
    return new Correlation(among, first, second, false);
  }

  /** Of the ranks; arrays are not copied, and read only where a sample is among those chosen. */
  static Correlation spearman(boolean[] among, double[] first, double[] second) {
    return new Correlation(among, first, second, true);
  }

  private static int[] order(boolean[] among, double[] values) {
    return IntStream.range(0, values.length)
        .filter(i -> among[i])
        .boxed()
        .sorted(Comparator.comparingDouble(i -> values[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Override
  public double of(int[] times) {
    return ranked
        ? pearson(times, ranks(times, first, firstOrder), ranks(times, second, secondOrder))
        : pearson(times, first, second);
  }

  /** From 0, as their mean does not matter. A sample that counts twice has two ranks. */
  private static double[] ranks(int[] times, double[] values, int[] order) {
    double[] ranks = new double[values.length];
    long below = 0;
    for (int i = 0; i < order.length; ) {
      long tied = 0;
      int end = i;
      while (end < order.length && values[order[end]] == values[order[i]]) {
        tied += times[order[end++]];
      }
      for (; i < end; i++) {
        ranks[order[i]] = below + (tied - 1) / 2.0;
      }
      below += tied;
    }
    return ranks;
  }

  private double pearson(int[] times, double[] x, double[] y) {
    // Rounding gives equal values a little variance, whose correlation would be noise.
    if (isConstant(times, x) || isConstant(times, y)) {
      return Double.NaN;
    }
    double meanX = 0;
    double meanY = 0;
    long all = 0;
    for (int i = 0; i < times.length; i++) {
      if (among[i]) {
        meanX += times[i] * x[i];
        meanY += times[i] * y[i];
        all += times[i];
      }
    }
    meanX /= all;
    meanY /= all;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < times.length; i++) {
      if (among[i]) {
        double dx = x[i] - meanX;
        double dy = y[i] - meanY;
        xx += times[i] * dx * dx;
        yy += times[i] * dy * dy;
        xy += times[i] * dx * dy;
      }
    }
    double scale = Math.sqrt(xx) * Math.sqrt(yy);
    return scale > 0 ? Math.max(-1, Math.min(1, xy / scale)) : Double.NaN;
  }

  private boolean isConstant(int[] times, double[] values) {
    double first = Double.NaN;
    for (int i = 0; i < times.length; i++) {
      if (among[i] && times[i] > 0) {
        if (!Double.isNaN(first) && values[i] != first) {
          return false;
        }
        first = values[i];
      }
    }
    return true;
  }

  @Override
  public boolean isUnbounded() {
    return true;
  }
}
