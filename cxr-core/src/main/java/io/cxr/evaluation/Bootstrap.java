package io.cxr.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * 95 % percentile intervals from 2,000 resamples with replacement (Efron and Tibshirani, 1993).
 * Samples of one group, such as a patient's images, are drawn together, because they do not say
 * much more than one of them. The same seed gives the same intervals. Immutable, thread-safe.
 */
public final class Bootstrap {
  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

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
   * Resamples samples that have nothing to do with one another.
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
   * The interval of a figure.
   *
   * @param figure gives the figure on samples by their indices, which may repeat; NaN where it is
   *     not defined, such as an AUROC of one label
   * @return the figure on all samples, with its interval; resamples without a figure are left out
   */
  public Interval interval(ToDoubleFunction<int[]> figure) {
    int[] all = new int[samples];
    Arrays.setAll(all, i -> i);
    double value = figure.applyAsDouble(all);
    SplittableRandom random = new SplittableRandom(seed);
    double[] figures = new double[RESAMPLES];
    int defined = 0;
    for (int resample = 0; resample < RESAMPLES; resample++) {
      List<int[]> drawn = new ArrayList<>(groups.size());
      int size = 0;
      for (int i = 0; i < groups.size(); i++) {
        int[] group = groups.get(random.nextInt(groups.size()));
        drawn.add(group);
        size += group.length;
      }
      int[] indices = new int[size];
      int next = 0;
      for (int[] group : drawn) {
        System.arraycopy(group, 0, indices, next, group.length);
        next += group.length;
      }
      double one = figure.applyAsDouble(indices);
      if (!Double.isNaN(one)) {
        figures[defined++] = one;
      }
    }
    if (defined == 0) {
      return new Interval(value, Double.NaN, Double.NaN);
    }
    double[] sorted = Arrays.copyOf(figures, defined);
    Arrays.sort(sorted);
    return new Interval(value, quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
  }

  /** With linear interpolation between neighbours, as NumPy's default. */
  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
