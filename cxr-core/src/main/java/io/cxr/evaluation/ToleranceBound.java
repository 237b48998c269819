package io.cxr.evaluation;

import java.util.Arrays;

/**
 * An upper tolerance bound: a value at or below which, with a given confidence, at least a given
 * share of all further values lies. A sample quantile promises that with a confidence of about one
 * half only.
 */
public final class ToleranceBound {
  private ToleranceBound() {}

  /**
   * The bound for values like these. With values enough it is the least order statistic that holds
   * whatever their distribution (Wilks, Annals of Mathematical Statistics, 1941): 299 values for a
   * share of 99 % and a confidence of 95 %. With fewer, the logarithms are taken to be normal, and
   * the factor of their standard deviation is Natrella's approximation (Experimental Statistics,
   * NBS Handbook 91, 1963, section 2-2).
   *
   * @param values positive values that are independent of one another, at least 10
   * @param share the share that is to lie at or below the bound, above 0.5 and below 1
   * @param confidence above 0.5 and below 1
   * @return the bound; above 0
   */
  public static double upper(double[] values, double share, double confidence) {
    if (values.length < 10
        || !(share > 0.5 && share < 1)
        || !(confidence > 0.5 && confidence < 1)
        || Arrays.stream(values).anyMatch(value -> !(value > 0) || Double.isInfinite(value))) {
      throw new IllegalArgumentException(
          "Tolerance bound: expected 10 finite values above 0 or more, and a share and a confidence"
              + " from above 0.5 to below 1, found "
              + values.length
              + " values, "
              + share
              + " and "
              + confidence);
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = rank(sorted.length, share, confidence);
    return rank <= sorted.length ? sorted[rank - 1] : logNormal(sorted, share, confidence);
  }

  /**
   * The least r that Binomial(n, share) stays below with the confidence; n + 1 if there is none.
   */
  private static int rank(int n, double share, double confidence) {
    // From the far end: P(Binomial(n, share) >= r) sums the terms from n down to r.
    double logTerm = n * Math.log(share);
    double above = 0;
    int rank = n + 1;
    for (int successes = n; successes > 0; successes--) {
      above += Math.exp(logTerm);
      if (above > 1 - confidence) {
        return rank;
      }
      rank = successes;
      logTerm += Math.log((double) successes / (n - successes + 1) * (1 - share) / share);
    }
    return rank;
  }

  private static double logNormal(double[] values, double share, double confidence) {
    int n = values.length;
    double mean = Arrays.stream(values).map(Math::log).average().orElseThrow();
    double squares = Arrays.stream(values).map(value -> Math.pow(Math.log(value) - mean, 2)).sum();
    double zShare = normalQuantile(share);
    double zConfidence = normalQuantile(confidence);
    double a = 1 - zConfidence * zConfidence / (2 * (n - 1));
    double b = zShare * zShare - zConfidence * zConfidence / n;
    double factor = (zShare + Math.sqrt(zShare * zShare - a * b)) / a;
    return Math.exp(mean + factor * Math.sqrt(squares / (n - 1)));
  }

  /** Abramowitz and Stegun, 26.2.23: right to 4.5e-4. */
  private static double normalQuantile(double probability) {
    double t = Math.sqrt(-2 * Math.log(1 - probability));
    return t
        - (2.515517 + t * (0.802853 + t * 0.010328))
            / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  }
}
