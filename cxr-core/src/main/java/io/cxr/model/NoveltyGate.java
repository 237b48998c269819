package io.cxr.model;

import java.util.Objects;

/**
 * When a model refuses an image as none that it knows: the graph's output {@code novelty} is above
 * a threshold.
 *
 * @param statistic what the graph computes, in words
 * @param threshold the greatest novelty that is accepted
 * @param kept the share of films like those of the training that lie at or below it, at least
 * @param confidence how sure that share is, above 0 and below 1: the confidence of the tolerance
 *     bound that the threshold is; 0.5 for a plain sample quantile
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
   * The same gate for a file whose novelty is on another scale.
   *
   * @param other the greatest novelty that is accepted
   * @return a gate with that threshold
   */
  public NoveltyGate withThreshold(double other) {
    return new NoveltyGate(statistic, other, kept, confidence);
  }
}
