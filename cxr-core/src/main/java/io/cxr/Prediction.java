package io.cxr;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * What a model says of one radiograph. Research use only: not for diagnosis.
 *
 * @param probabilities one entry a label, in the order of the model card; they sum to 1
 * @param model the model that said it
 */
public record Prediction(List<LabelProbability> probabilities, ModelIdentity model) {

  /** What every output of this software says of itself. */
  public static final String NOTICE = "Research use only. Not for diagnostic use.";

  /** Checks the values. */
  public Prediction {
    probabilities = List.copyOf(probabilities);
    Objects.requireNonNull(model, "model");
    if (probabilities.size() < 2) {
      throw new IllegalArgumentException(
          "Probabilities: expected two labels or more, found " + probabilities.size());
    }
    double sum = probabilities.stream().mapToDouble(LabelProbability::probability).sum();
    if (!(Math.abs(sum - 1) <= 1e-4)) {
      throw new IllegalArgumentException("Probabilities: expected a sum of 1, found " + sum);
    }
  }

  /**
   * The most probable label; of equals, the first in the model card.
   *
   * @return the label with its probability
   */
  public LabelProbability top() {
    // max() keeps the last of equals, so compare backwards and take the minimum.
    return probabilities.stream()
        .min(Comparator.comparingDouble(LabelProbability::probability).reversed())
        .orElseThrow();
  }

  /**
   * The probability of one label.
   *
   * @param label one of the model's labels
   * @return from 0 to 1
   * @throws IllegalArgumentException if the model does not know the label
   */
  public double probability(String label) {
    for (LabelProbability entry : probabilities) {
      if (entry.label().equals(label)) {
        return entry.probability();
      }
    }
    throw new IllegalArgumentException(
        "Label '"
            + label
            + "' is unknown to this model. Expected one of "
            + probabilities.stream().map(LabelProbability::label).toList());
  }

  /**
   * What this output says of itself.
   *
   * @return {@link #NOTICE}
   */
  public String notice() {
    return NOTICE;
  }
}
