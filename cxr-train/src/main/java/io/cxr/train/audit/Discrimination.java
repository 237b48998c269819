package io.cxr.train.audit;

/**
 * How well classes are told apart on images that nothing was fitted to, and what chance gives.
 *
 * @param images how many images were answered
 * @param auroc area under the ROC curve: that of the first class against the second, or the plain
 *     mean of each class against the rest where there are more than two; chance gives 0.5
 * @param low where its 95 % interval begins, by bootstrap over patients
 * @param high where its 95 % interval ends
 * @param accuracy the share of right answers, the likeliest class being the answer
 * @param chanceAccuracy the share that always answering the largest class gets right
 * @param balancedAccuracy the mean over classes of the share of right answers; a probe then answers
 *     as if all classes were equally common
 * @param chanceBalancedAccuracy 1 by the number of classes
 */
public record Discrimination(
    int images,
    double auroc,
    double low,
    double high,
    double accuracy,
    double chanceAccuracy,
    double balancedAccuracy,
    double chanceBalancedAccuracy) {

  /** Checks the values. */
  public Discrimination {
    if (!(auroc >= 0 && auroc <= 1 && low <= high && low >= 0 && high <= 1)) {
      throw new IllegalArgumentException(
          "AUROC: expected 0 to 1 and an interval in it, found "
              + auroc
              + " from "
              + low
              + " to "
              + high);
    }
  }
}
