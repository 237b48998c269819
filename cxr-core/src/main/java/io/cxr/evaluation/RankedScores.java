package io.cxr.evaluation;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The area under the ROC curve of samples that count once, several times or not at all: of the
 * pairs of a positive and a negative sample, the share in which the positive one scores higher, a
 * tie counting one half (Hanley and McNeil, Radiology 143, 1982). Samples are sorted once, so that
 * each area takes one pass. Immutable and thread-safe.
 */
public final class RankedScores implements Statistic {
  /** Samples by rising score, and for each whether the next one has another score. */
  private final int[] order;

  private final boolean[] last;
  private final boolean[] positive;
  private final List<boolean[]> observations;

  private RankedScores(int[] order, boolean[] last, boolean[] positive, int samples) {
    this.order = order;
    this.last = last;
    this.positive = positive;
    boolean[] with = new boolean[samples];
    boolean[] without = new boolean[samples];
    for (int sample : order) {
      (positive[sample] ? with : without)[sample] = true;
    }
    this.observations = List.of(with, without);
  }

  /**
   * Pairs of samples.
   *
   * @param all how many pairs of a positive and a negative sample there are
   * @param twiceInOrder those in which the positive one scores higher, twice, and the ties
   */
  public record Pairs(long all, long twiceInOrder) {}

  /**
   * Sorts samples.
   *
   * @param positive whether each sample has the finding; copied
   * @param scores the score of each sample, higher where the finding is likelier
   * @param among which samples are ranked; the others never count
   * @return the ranking
   * @throws IllegalArgumentException if the lengths differ or a ranked score is not a number
   */
  public static RankedScores of(boolean[] positive, double[] scores, boolean[] among) {
    if (positive.length != scores.length || among.length != scores.length) {
      throw new IllegalArgumentException(
          "Ranking: expected as many truths and choices as scores, found "
              + positive.length
              + ", "
              + among.length
              + " and "
              + scores.length);
    }
    int[] order =
        IntStream.range(0, scores.length)
            .filter(i -> among[i])
            .boxed()
            .sorted(Comparator.comparingDouble(i -> scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    boolean[] last = new boolean[order.length];
    for (int i = 0; i < order.length; i++) {
      if (Double.isNaN(scores[order[i]])) {
        throw new IllegalArgumentException(
            "Ranking: expected numbers, found NaN at index " + order[i]);
      }
      // != and not compare(): 0.0 and -0.0 are one score.
      last[i] = i == order.length - 1 || scores[order[i]] != scores[order[i + 1]];
    }
    return new RankedScores(order, last, positive.clone(), scores.length);
  }

  /**
   * Counts pairs.
   *
   * @param times how often each sample counts
   * @return the pairs
   */
  public Pairs pairs(int[] times) {
    long twice = 0;
    long negatives = 0;
    long positives = 0;
    long tiedNegatives = 0;
    long tiedPositives = 0;
    for (int i = 0; i < order.length; i++) {
      if (positive[order[i]]) {
        tiedPositives += times[order[i]];
      } else {
        tiedNegatives += times[order[i]];
      }
      if (last[i]) {
        twice += tiedPositives * (2 * negatives + tiedNegatives);
        negatives += tiedNegatives;
        positives += tiedPositives;
        tiedNegatives = 0;
        tiedPositives = 0;
      }
    }
    return new Pairs(positives * negatives, twice);
  }

  /**
   * The area.
   *
   * @param times how often each sample counts
   * @return from 0 to 1, or NaN if there is no pair
   */
  @Override
  public double of(int[] times) {
    Pairs pairs = pairs(times);
    return pairs.twiceInOrder() / (2.0 * pairs.all());
  }

  /**
   * The positive and the negative samples. If every pair is in order, then so are the independent
   * pairs that can be formed, as many as the rarer kind has.
   */
  @Override
  public List<boolean[]> observations() {
    return observations;
  }
}
