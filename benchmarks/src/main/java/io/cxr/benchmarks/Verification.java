package io.cxr.benchmarks;

import io.cxr.LabelProbability;
import io.cxr.Prediction;
import java.util.List;

/** Checks before timing: a fast wrong answer is worth nothing. */
public final class Verification {
  /** How far predictions of one network in 32-bit floats may differ between ways to compute it. */
  public static final double ROUNDING = 1e-5;

  private Verification() {}

  /**
   * Stops the benchmark unless something holds.
   *
   * @param holds what must hold
   * @param otherwise what was expected and what was found
   * @throws IllegalStateException if it does not hold
   */
  public static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException("Not timed, as the output is wrong. " + otherwise);
    }
  }

  /**
   * Checks that a prediction is one: its probabilities sum to one and none is saturated, so that
   * comparing them means something.
   *
   * @param prediction of a softmax
   */
  public static void distribution(Prediction prediction) {
    double sum =
        prediction.probabilities().stream().mapToDouble(LabelProbability::probability).sum();
    double most = prediction.top().probability();
    require(
        Math.abs(sum - 1) < ROUNDING && most < 0.9999,
        "Expected probabilities that sum to 1, each below 0.9999, found " + prediction);
  }

  /**
   * Checks that two predictions are the same.
   *
   * @param expected one
   * @param found the other
   * @param tolerance how far a probability may differ
   */
  public static void same(Prediction expected, Prediction found, double tolerance) {
    for (LabelProbability one : expected.probabilities()) {
      double other = found.probability(one.label());
      require(
          Math.abs(one.probability() - other) <= tolerance,
          "Expected " + one + " within " + tolerance + ", found " + other);
    }
  }

  /**
   * Checks that every prediction of a batch is the same as one.
   *
   * @param expected the one
   * @param found the batch
   * @param tolerance how far a probability may differ
   */
  public static void same(Prediction expected, List<Prediction> found, double tolerance) {
    found.forEach(one -> same(expected, one, tolerance));
  }
}
