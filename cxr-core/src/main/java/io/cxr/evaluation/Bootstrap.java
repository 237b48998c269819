package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * 95 % confidence intervals by the percentile bootstrap, with 2,000 resamples (Efron and
 * Tibshirani, 1993). Samples of one group, such as the images of a patient, are drawn together,
 * because they are not independent. The same seed gives the same intervals. Immutable and
 * thread-safe.
 *
 * <p>An interval always contains its metric. With fewer than about ten groups it is too narrow.
 */
public final class Bootstrap {
  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

  /** The 97.5th percentile of the standard normal distribution. */
  private static final double NORMAL_QUANTILE = 1.959963984540054;

  private final List<int[]> groups;
  private final int samples;
  private final long seed;

  private Bootstrap(List<int[]> groups, int samples, long seed) {
    this.groups = groups;
    this.samples = samples;
    this.seed = seed;
  }

  /**
   * Resamples groups.
   *
   * @param groupOfSample the group of each sample, such as its patient; at least one sample
   * @param seed decides the resamples
   * @return the bootstrap
   */
  public static Bootstrap ofGroups(List<String> groupOfSample, long seed) {
    if (groupOfSample.isEmpty()) {
      throw new IllegalArgumentException("Bootstrap: expected samples, found none");
    }
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < groupOfSample.size(); i++) {
      members.computeIfAbsent(groupOfSample.get(i), group -> new ArrayList<>()).add(i);
    }
    List<int[]> groups =
        members.values().stream()
            .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
            .toList();
    return new Bootstrap(groups, groupOfSample.size(), seed);
  }

  /**
   * Resamples independent samples.
   *
   * @param samples how many, at least 1
   * @param seed decides the resamples
   * @return the bootstrap
   */
  public static Bootstrap ofSamples(int samples, long seed) {
    List<String> own = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      own.add(String.valueOf(i));
    }
    return ofGroups(own, seed);
  }

  /**
   * The interval of a metric.
   *
   * @param figure computes the metric on samples given by their indices, which may repeat; NaN
   *     where it is not defined, such as an AUROC of one class
   * @return the metric on all samples, with its interval; resamples on which it is not defined are
   *     left out, and the bounds are NaN if none is left
   */
  public Interval interval(ToDoubleFunction<int[]> figure) {
    int[] all = new int[samples];
    Arrays.setAll(all, i -> i);
    double value = figure.applyAsDouble(all);
    SplittableRandom random = new SplittableRandom(seed);
    double[] figures = new double[RESAMPLES];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      List<int[]> drawn = draw(random);
      int[] indices = new int[drawn.stream().mapToInt(group -> group.length).sum()];
      int next = 0;
      for (int[] group : drawn) {
        System.arraycopy(group, 0, indices, next, group.length);
        next += group.length;
      }
      figures[resample] = figure.applyAsDouble(indices);
    }
    double[] sorted = sorted(figures);
    return sorted.length == 0
        ? new Interval(value, Double.NaN, Double.NaN)
        : percentiles(value, sorted, 0);
  }

  /**
   * The intervals of metrics from 0 to 1, all from the same resamples. Where all resamples agree,
   * as with 20 correct predictions of 20, percentiles are meaningless: the interval is then
   * Wilson's score interval (Journal of the American Statistical Association 22, 1927) for as many
   * independent samples as there are groups with an observation of the metric's rarest kind.
   *
   * @param figures the metrics, called with one count for each sample
   * @return the interval of each metric, or empty where it is not defined on all samples; resamples
   *     on which it is not defined are left out
   */
  public List<Optional<Interval>> intervals(List<? extends Statistic> figures) {
    int[] times = new int[samples];
    Arrays.fill(times, 1);
    double[] values = figures.stream().mapToDouble(figure -> figure.of(times)).toArray();
    double[][] resampled = new double[values.length][RESAMPLES];
    SplittableRandom random = new SplittableRandom(seed);
    for (int resample = 0; resample < RESAMPLES; resample++) {
      Arrays.fill(times, 0);
      for (int[] group : draw(random)) {
        for (int sample : group) {
          times[sample]++;
        }
      }
      for (int i = 0; i < values.length; i++) {
        resampled[i][resample] = Double.isNaN(values[i]) ? Double.NaN : figures.get(i).of(times);
      }
    }
    List<Optional<Interval>> intervals = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      intervals.add(
          Double.isNaN(values[i])
              ? Optional.empty()
              : Optional.of(interval(figures.get(i), values[i], sorted(resampled[i]))));
    }
    return intervals;
  }

  private Interval interval(Statistic figure, double value, double[] sorted) {
    if (sorted.length == 0 || sorted[0] == sorted[sorted.length - 1]) {
      return wilson(value, observedGroups(figure));
    }
    double shift = figure.risesInResamples() ? value - quantile(sorted, 0.5) : 0;
    Interval found = percentiles(value, sorted, shift);
    return new Interval(value, Math.max(0, found.low()), Math.min(1, found.high()));
  }

  private static Interval percentiles(double value, double[] sorted, double shift) {
    return new Interval(
        value,
        Math.min(value, quantile(sorted, TAIL) + shift),
        Math.max(value, quantile(sorted, 1 - TAIL) + shift));
  }

  private int observedGroups(Statistic figure) {
    int fewest = groups.size();
    for (boolean[] kind : figure.observations()) {
      fewest =
          Math.min(
              fewest,
              (int)
                  groups.stream()
                      .filter(group -> Arrays.stream(group).anyMatch(sample -> kind[sample]))
                      .count());
    }
    return fewest;
  }

  /** Wilson's score interval of a share of {@code n} independent samples. */
  static Interval wilson(double share, int n) {
    double weight = NORMAL_QUANTILE * NORMAL_QUANTILE / n;
    double centre = (share + weight / 2) / (1 + weight);
    double half = Math.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight);
    return new Interval(
        share,
        Math.min(share, Math.max(0, centre - half)),
        Math.max(share, Math.min(1, centre + half)));
  }

  /** As many groups as there are. */
  private List<int[]> draw(SplittableRandom random) {
    List<int[]> drawn = new ArrayList<>(groups.size());
    for (int i = 0; i < groups.size(); i++) {
      drawn.add(groups.get(random.nextInt(groups.size())));
    }
    return drawn;
  }

  /** Those that are defined. */
  private static double[] sorted(double[] figures) {
    return Arrays.stream(figures).filter(figure -> !Double.isNaN(figure)).sorted().toArray();
  }

  /** With linear interpolation between neighbours, as NumPy's default. */
  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
