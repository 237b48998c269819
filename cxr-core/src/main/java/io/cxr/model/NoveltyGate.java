package io.cxr.model;

import java.util.Objects;

/**
 * When a model refuses an image as unlike its training images: when the graph's output {@code
 * novelty} is above a threshold.
 *
 * @param statistic what the graph computes, in words
 * @param threshold the greatest novelty that is accepted, a tolerance bound
 * @param kept the content of that bound: the least share of images like the training images that is
 *     accepted, above 0 and at most 1
 * @param confidence its confidence, above 0 and below 1; 0.5 for a plain sample quantile
 */
public record NoveltyGate(String statistic, double threshold, double kept, double confidence) {

  /** Checks the values. */
  public NoveltyGate {
    Objects.requireNonNull(statistic, "statistic");
    if (!Double.isFinite(threshold)
        || !(kept > 0 && kept <= 1)
        || !(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "Novelty gate: expected a finite threshold, a kept share above 0 and at most 1, and a"
              + " confidence between 0 and 1, found "
              + threshold
              + ", "
              + kept
              + " and "
              + confidence);
    }
  }

  /**
   * The same gate with another threshold, for a file whose novelty has another scale.
   *
   * @param other the greatest novelty that is accepted
   * @return a gate with that threshold
   */
  public NoveltyGate withThreshold(double other) {
    return new NoveltyGate(statistic, other, kept, confidence);
  }
}
