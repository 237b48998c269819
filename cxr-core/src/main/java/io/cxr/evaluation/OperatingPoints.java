package io.cxr.evaluation;

import io.cxr.model.OperatingThreshold;
import io.cxr.model.OperatingThreshold.Aim;
import io.cxr.model.OperatingThreshold.Estimate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Finds operating points on validation images. */
public final class OperatingPoints {
  /** Probabilities closer than twice this may change their order on another processor. */
  public static final double TOLERANCE = 1e-4;

  private OperatingPoints() {}

  /**
   * The threshold that reaches a target at the least cost of the other metric: the highest that
   * reaches a sensitivity, the lowest that reaches a specificity. An image counts as positive if
   * its probability is at or above the threshold.
   *
   * <p>A threshold lies midway between two neighbouring probabilities that are at least {@code 2 *}
   * {@value #TOLERANCE} apart, or between the extreme one and 0 or 1. So no validation image
   * changes sides on another processor whose rounding changes probabilities by less than {@value
   * #TOLERANCE}.
   *
   * @param label the label's name
   * @param index the label's index
   * @param probabilities calibrated probabilities of the validation images, one per label
   * @param truth the index of each image's label
   * @param aim the metric that the target is for
   * @param target its least value, above 0 and at most 1
   * @param bootstrap resamples the images, for confidence intervals that include the choice of the
   *     threshold
   * @return the operating point with its metrics
   * @throws IllegalArgumentException if no image has the label, or all have
   */
  public static OperatingThreshold fit(
      String label,
      int index,
      List<double[]> probabilities,
      int[] truth,
      Aim aim,
      double target,
      Bootstrap bootstrap) {
    if (!(target > 0 && target <= 1)) {
      throw new IllegalArgumentException(
          "Operating threshold: expected a target above 0 and at most 1, found " + target);
    }
    long positives = Arrays.stream(truth).filter(one -> one == index).count();
    if (positives == 0 || positives == truth.length) {
      throw new IllegalArgumentException(
          "Operating threshold: expected images with and without the label " + label);
    }
    Ranked ranked = new Ranked(index, probabilities, truth);
    boolean sensitivity = aim == Aim.SENSITIVITY;
    double threshold = ranked.threshold(Bootstrap.once(truth.length), sensitivity, target);
    Reached resampled = new Reached(ranked, threshold, sensitivity, target, bootstrap);
    return new OperatingThreshold(
        label,
        aim,
        target,
        threshold,
        resampled.estimate(true, bootstrap),
        resampled.estimate(false, bootstrap));
  }

  /** The images by their probability of a label. */
  private static final class Ranked {
    private final int[] order;
    private final double[] scores;
    private final boolean[] positive;

    Ranked(int label, List<double[]> probabilities, int[] truth) {
      scores = probabilities.stream().mapToDouble(each -> each[label]).toArray();
      positive = new boolean[truth.length];
      for (int i = 0; i < truth.length; i++) {
        positive[i] = truth[i] == label;
      }
      order =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> scores[i]))
              .mapToInt(Integer::intValue)
              .toArray();
    }

    /**
     * The threshold of a resample; NaN if it lacks images with the label or without it. Candidates
     * go from one below all answers to one above all; with them sensitivity falls and specificity
     * rises.
     */
    double threshold(int[] times, boolean ofPositives, double target) {
      long of = 0;
      long others = 0;
      for (int i = 0; i < times.length; i++) {
        of += positive[i] == ofPositives ? times[i] : 0;
        others += positive[i] == ofPositives ? 0 : times[i];
      }
      if (of == 0 || others == 0) {
        return Double.NaN;
      }
      double before = 0;
      long below = 0;
      double chosen = Double.NaN;
      boolean first = true;
      for (int sample : order) {
        if (times[sample] == 0) {
          continue;
        }
        double score = scores[sample];
        if (first || score - before >= 2 * TOLERANCE) {
          double candidate = first ? score / 2 : (before + score) / 2;
          double share = (ofPositives ? of - below : below) / (double) of;
          if (share >= target - 1e-9) {
            chosen = candidate;
            if (!ofPositives) {
              return chosen;
            }
          } else if (ofPositives) {
            return chosen;
          }
        }
        first = false;
        before = score;
        below += positive[sample] == ofPositives ? times[sample] : 0;
      }
      return ofPositives ? chosen : (before + 1) / 2;
    }

    /** Whether an image is on the right side of a threshold. */
    boolean right(int sample, double threshold) {
      return (scores[sample] >= threshold) == positive[sample];
    }

    /** The share of right images among the positive or the negative ones of a resample. */
    double share(int[] times, double threshold, boolean ofPositives) {
      long all = 0;
      long right = 0;
      for (int i = 0; i < times.length; i++) {
        if (positive[i] == ofPositives) {
          all += times[i];
          right += right(i, threshold) ? times[i] : 0;
        }
      }
      return (double) right / all;
    }
  }

  /**
   * What a threshold reaches, and what the same choice reaches on images that it was not made on.
   *
   * <p>Each resample chooses its own threshold. What these reach on the films left out of their
   * resamples, weighted with the figure on all films by 0.632 to 0.368, is the centre (Efron,
   * Journal of the American Statistical Association 78, 1983); how much what a resample's threshold
   * reaches in the resample differs from what it reaches on all films, the spread of its optimism,
   * is the variance (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 17). The
   * interval is Wilson's for as many samples as have that variance, and for no more than a fixed
   * threshold would have.
   */
  private static final class Reached {
    private static final double LEFT_OUT = 0.632;

    private final Ranked ranked;
    private final double threshold;
    private final int[] once;
    private final double[] leftOutSum = new double[2];
    private final int[] leftOutResamples = new int[2];
    private final double[] optimismSum = new double[2];
    private final double[] optimismSquares = new double[2];
    private int resamples;

    Reached(
        Ranked ranked, double threshold, boolean ofPositives, double target, Bootstrap bootstrap) {
      this.ranked = ranked;
      this.threshold = threshold;
      this.once = Bootstrap.once(ranked.order.length);
      int[] out = new int[once.length];
      bootstrap.forEachResample(
          (resample, times) -> {
            double own = ranked.threshold(times, ofPositives, target);
            if (Double.isNaN(own)) {
              return;
            }
            resamples++;
            for (int i = 0; i < out.length; i++) {
              out[i] = times[i] == 0 ? 1 : 0;
            }
            for (int kind = 0; kind < 2; kind++) {
              double left = ranked.share(out, own, kind == 1);
              if (!Double.isNaN(left)) {
                leftOutSum[kind] += left;
                leftOutResamples[kind]++;
              }
              double optimism =
                  ranked.share(times, own, kind == 1) - ranked.share(once, own, kind == 1);
              optimismSum[kind] += optimism;
              optimismSquares[kind] += optimism * optimism;
            }
          });
    }

    Estimate estimate(boolean ofPositives, Bootstrap bootstrap) {
      int kind = ofPositives ? 1 : 0;
      boolean[] right = new boolean[once.length];
      boolean[] counted = new boolean[once.length];
      for (int i = 0; i < right.length; i++) {
        counted[i] = ranked.positive[i] == ofPositives;
        right[i] = ranked.right(i, threshold);
      }
      double value = ranked.share(once, threshold, ofPositives);
      double centre =
          leftOutResamples[kind] == 0
              ? value
              : LEFT_OUT * leftOutSum[kind] / leftOutResamples[kind] + (1 - LEFT_OUT) * value;
      double samples = ScoreIntervals.effectiveSamples(bootstrap.groups(), counted, right);
      if (resamples > 1) {
        double mean = optimismSum[kind] / resamples;
        double variance = optimismSquares[kind] / resamples - mean * mean;
        if (centre * (1 - centre) < samples * variance) {
          samples = Math.max(1, centre * (1 - centre) / variance);
        }
      }
      Interval interval = ScoreIntervals.wilson(centre, samples);
      return new Estimate(value, Math.min(value, interval.low()), Math.max(value, interval.high()));
    }
  }
}
