package io.cxr.evaluation;

import java.util.List;

/**
 * A metric of samples that count once, several times or not at all, as a bootstrap draws them. Its
 * value does not depend on the order of the samples.
 */
@FunctionalInterface
public interface Statistic {
  /** A figure that is not defined, such as a sensitivity where nobody has the finding. */
  Statistic UNDEFINED = times -> Double.NaN;

  /**
   * The plain mean of figures, such as that of an AUROC a label.
   *
   * @param parts one figure or more
   * @return their mean, which is not defined where one of them is not
   */
  static Statistic mean(List<? extends Statistic> parts) {
    return new MeanStatistic(List.copyOf(parts));
  }

  /**
   * One figure less another of the same samples, such as those of two models.
   *
   * @param first the figure
   * @param second what is taken off it
   * @return the difference, which is not defined where one of them is not
   */
  static Statistic difference(Statistic first, Statistic second) {
    return new DifferenceStatistic(first, second);
  }

  /**
   * The mean of a value a sample.
   *
   * @param values a value for each sample; copied
   * @return the mean, which is not defined without samples
   */
  static Statistic meanOf(double[] values) {
    double[] copy = values.clone();
    return times -> {
      double sum = 0;
      long all = 0;
      for (int i = 0; i < times.length; i++) {
        sum += times[i] * copy[i];
        all += times[i];
      }
      return sum / all;
    };
  }

  /**
   * The figure.
   *
   * @param times how often each sample counts, 0 or more; not kept
   * @return the figure; NaN where it is not defined on these samples
   */
  double of(int[] times);

  /**
   * The samples that the figure rests on. Where it needs several kinds, such as positive and
   * negative ones, each kind is an entry, and the figure is as sure as the rarest of them.
   *
   * @return for each kind, which samples are of it; empty if the figure rests on all samples
   */
  default List<boolean[]> observations() {
    return List.of();
  }

  /**
   * Whether resamples are known to lie above the figure of all samples, as those of a distance do.
   * Their interval is then shifted until its median is the figure.
   *
   * @return false but for such figures
   */
  default boolean risesInResamples() {
    return false;
  }

  /**
   * Whether the figure may be anything but a number from 0 to 1, or a difference of such: a
   * correlation, or something with a unit. Where all resamples agree, its interval is a point.
   *
   * @return false but for such figures
   */
  default boolean isUnbounded() {
    return false;
  }
}
