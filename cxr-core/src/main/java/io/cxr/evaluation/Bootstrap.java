package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * 95 % confidence intervals of all metrics: by the percentile bootstrap with 2,000 resamples (Efron
 * and Tibshirani, An Introduction to the Bootstrap, 1993), and by scores for shares. Samples of one
 * group, such as the images of a patient, are drawn together, because they are not independent. The
 * same seed gives the same intervals. Immutable and thread-safe.
 *
 * <p>An interval always contains its metric. With fewer than about ten groups percentiles are too
 * narrow.
 */
public final class Bootstrap {
  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

  /** Figures that are equal but for the order of their sums differ by less. */
  private static final double ROUNDING = 1e-12;

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
   * The intervals of metrics, all from the same resamples.
   *
   * <ul>
   *   <li>A share, such as a sensitivity, has Wilson's score interval for as many independent
   *       samples as these are worth ({@code ScoreIntervals.effectiveSamples}), and an F1 score
   *       that of the share that it is a function of.
   *   <li>An area under the ROC curve has the wider of its percentile and its score interval, and
   *       so has the mean of such figures.
   *   <li>All others have percentiles of the resamples.
   *   <li>Where percentiles are a point but for rounding, as when all resamples agree, they are
   *       meaningless: the interval is then Wilson's for as many samples as there are groups with
   *       an observation of the metric's rarest kind.
   * </ul>
   *
   * @param figures the metrics, called with one count for each sample; from 0 to 1, or differences
   *     of such, or {@linkplain Statistic#isUnbounded unbounded}
   * @return the interval of each metric, or empty where it is not defined on all samples; resamples
   *     on which it is not defined are left out
   */
  public List<Optional<Interval>> intervals(List<? extends Statistic> figures) {
    int[] once = once(samples);
    double[] values = figures.stream().mapToDouble(figure -> figure.of(once)).toArray();
    List<Optional<Interval>> scores = new ArrayList<>();
    boolean[] drawn = new boolean[values.length];
    boolean any = false;
    for (int i = 0; i < values.length; i++) {
      Statistic figure = figures.get(i);
      scores.add(
          Double.isNaN(values[i])
              ? Optional.empty()
              : ScoreIntervals.of(figure, values[i], groups));
      drawn[i] = !Double.isNaN(values[i]) && !isShare(figure);
      any |= drawn[i];
    }
    if (!any) {
      return scores;
    }
    double[][] resampled = new double[values.length][RESAMPLES];
    forEachResample(
        (resample, times) -> {
          for (int i = 0; i < drawn.length; i++) {
            resampled[i][resample] = drawn[i] ? figures.get(i).of(times) : Double.NaN;
          }
        });
    List<Optional<Interval>> intervals = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      intervals.add(
          drawn[i]
              ? Optional.of(
                  interval(figures.get(i), values[i], sorted(resampled[i]), scores.get(i)))
              : scores.get(i));
    }
    return intervals;
  }

  /**
   * The interval of one metric, as {@link #intervals} has it.
   *
   * @param figure the metric
   * @return its interval, or empty where it is not defined on all samples
   */
  public Optional<Interval> interval(Statistic figure) {
    return intervals(List.of(figure)).get(0);
  }

  private static boolean isShare(Statistic figure) {
    return figure instanceof Proportion || figure instanceof F1Score;
  }

  /** Each sample counted once. */
  static int[] once(int samples) {
    int[] times = new int[samples];
    Arrays.fill(times, 1);
    return times;
  }

  /** The samples of each group. */
  List<int[]> groups() {
    return groups;
  }

  /** Hears of resamples. */
  interface Resampled {
    /**
     * A resample.
     *
     * @param resample its number, from 0
     * @param times how often it has each sample; not to be kept
     */
    void drawn(int resample, int[] times);
  }

  /** Draws all resamples, the same ones each time. */
  void forEachResample(Resampled resampled) {
    int[] times = new int[samples];
    SplittableRandom random = new SplittableRandom(seed);
    for (int resample = 0; resample < RESAMPLES; resample++) {
      Arrays.fill(times, 0);
      for (int i = 0; i < groups.size(); i++) {
        for (int sample : groups.get(random.nextInt(groups.size()))) {
          times[sample]++;
        }
      }
      resampled.drawn(resample, times);
    }
  }

  private Interval interval(
      Statistic figure, double value, double[] sorted, Optional<Interval> score) {
    Interval drawn =
        sorted.length == 0 ? new Interval(value, value, value) : percentiles(figure, value, sorted);
    boolean agree = drawn.high() - drawn.low() <= ROUNDING * Math.max(1, Math.abs(value));
    if (agree && figure instanceof DifferenceStatistic difference) {
      return ScoreIntervals.difference(
          interval(difference.first()).orElseThrow(), interval(difference.second()).orElseThrow());
    }
    if (agree && figure.isUnbounded()) {
      return new Interval(value, value, value);
    }
    Interval found = agree ? wilson(figure, value) : drawn;
    return score.isEmpty()
        ? found
        : new Interval(
            value,
            Math.min(found.low(), score.get().low()),
            Math.max(found.high(), score.get().high()));
  }

  private Interval wilson(Statistic figure, double value) {
    int fewest = groups.size();
    for (boolean[] kind : figure.observations()) {
      fewest = Math.min(fewest, ScoreIntervals.groupsWith(groups, kind));
    }
    return ScoreIntervals.wilson(value, fewest);
  }

  private static Interval percentiles(Statistic figure, double value, double[] sorted) {
    double low = quantile(sorted, TAIL);
    double high = quantile(sorted, 1 - TAIL);
    if (figure.risesInResamples()) {
      double shift = value - quantile(sorted, 0.5);
      low = Math.max(0, low + shift);
      high = Math.min(1, high + shift);
    }
    return new Interval(value, Math.min(value, low), Math.max(value, high));
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
