package io.cxr.train.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The area under the ROC curve over pairs of images of the same fold: the share of pairs of a
 * positive and a negative image in which the positive one scores higher, a tie counting one half.
 * Scores of different folds come from different fits and are not compared.
 *
 * <p>Images carry the index of their patient, and patients can be counted several times or not at
 * all, as a bootstrap does.
 */
final class PairedRanking {

  /** One fold's images in the order of their scores. */
  private record Fold(List<Image> ascending) {}

  private record Image(double score, boolean positive, int patient) {}

  private final List<Fold> folds = new ArrayList<>();

  /**
   * Ranks images.
   *
   * @param scores a score an image, higher for positive
   * @param positive whether the image is
   * @param fold the fold that the image is scored in, or -1 to leave it out
   * @param patient whose it is, from 0
   */
  PairedRanking(double[] scores, boolean[] positive, int[] fold, int[] patient) {
    int last = Arrays.stream(fold).max().orElse(-1);
    for (int f = 0; f <= last; f++) {
      List<Image> images = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        if (fold[i] == f) {
          images.add(new Image(scores[i], positive[i], patient[i]));
        }
      }
      images.sort(Comparator.comparingDouble(Image::score));
      folds.add(new Fold(images));
    }
  }

  /**
   * The area.
   *
   * @param times how often each patient counts
   * @return from 0 to 1, or NaN if no fold has images of both kinds
   */
  double area(int[] times) {
    double right = 0;
    double pairs = 0;
    for (Fold fold : folds) {
      List<Image> images = fold.ascending;
      double negatives = 0;
      double positives = 0;
      int next = 0;
      while (next < images.size()) {
        double score = images.get(next).score;
        double tiedNegatives = 0;
        double tiedPositives = 0;
        for (; next < images.size() && images.get(next).score == score; next++) {
          Image image = images.get(next);
          if (image.positive) {
            tiedPositives += times[image.patient];
          } else {
            tiedNegatives += times[image.patient];
          }
        }
        right += tiedPositives * (negatives + tiedNegatives / 2);
        negatives += tiedNegatives;
        positives += tiedPositives;
      }
      pairs += negatives * positives;
    }
    return right / pairs;
  }
}
