package io.cxr.train.audit;

import io.cxr.evaluation.RankedScores;
import io.cxr.evaluation.Statistic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The area under the ROC curve over pairs of images of the same fold: the share of pairs of a
 * positive and a negative image in which the positive one scores higher, a tie counting one half.
 * Scores of different folds come from different fits and are not compared.
 */
final class PairedRanking implements Statistic {
  private final List<RankedScores> folds = new ArrayList<>();

  /**
   * Ranks images.
   *
   * @param scores a score an image, higher for positive
   * @param positive whether the image is
   * @param fold the fold that the image is scored in, or -1 to leave it out
   */
  PairedRanking(double[] scores, boolean[] positive, int[] fold) {
    int last = Arrays.stream(fold).max().orElse(-1);
    for (int f = 0; f <= last; f++) {
      boolean[] inFold = new boolean[fold.length];
      for (int i = 0; i < fold.length; i++) {
        inFold[i] = fold[i] == f;
      }
      folds.add(RankedScores.of(positive, scores, inFold));
    }
  }

  /**
   * The area.
   *
   * @param times how often each image counts
   * @return from 0 to 1, or NaN if no fold has images of both kinds
   */
  @Override
  public double of(int[] times) {
    double twice = 0;
    double pairs = 0;
    for (RankedScores fold : folds) {
      RankedScores.Pairs ofFold = fold.pairs(times);
      twice += ofFold.twiceInOrder();
      pairs += ofFold.all();
    }
    return twice / (2 * pairs);
  }

  /** The area with every image once. */
  double area(int images) {
    int[] once = new int[images];
    Arrays.fill(once, 1);
    return of(once);
  }

  /** The images of either kind, whatever their fold. */
  @Override
  public List<boolean[]> observations() {
    List<boolean[]> kinds = new ArrayList<>();
    for (RankedScores fold : folds) {
      List<boolean[]> ofFold = fold.observations();
      for (int kind = 0; kind < ofFold.size(); kind++) {
        if (kinds.size() <= kind) {
          kinds.add(ofFold.get(kind).clone());
        }
        for (int i = 0; i < ofFold.get(kind).length; i++) {
          kinds.get(kind)[i] |= ofFold.get(kind)[i];
        }
      }
    }
    return kinds;
  }
}
