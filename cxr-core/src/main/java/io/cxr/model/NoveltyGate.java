package io.cxr.model;

import java.util.Objects;

/**
 * When a model refuses an image as none that it knows: the graph's output {@code novelty} is above
 * a threshold.
 *
 * @param statistic what the graph computes, in words
 * @param threshold the greatest novelty that is accepted
 * @param kept the share of validation images that lie at or below it
 */
public record NoveltyGate(String statistic, double threshold, double kept) {

  /** Checks the values. */
  public NoveltyGate {
    Objects.requireNonNull(statistic, "statistic");
    if (!Double.isFinite(threshold) || !(kept > 0 && kept <= 1)) {
      throw new IllegalArgumentException(
          "Novelty gate: expected a finite threshold and a kept share above 0 and at most 1, found "
              + threshold
              + " and "
              + kept);
    }
  }
}
