package io.cxr;

import io.cxr.model.ModelCard;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a model says of one radiograph. Research use only: not for diagnosis.
 *
 * @param probabilities one entry a label, in the order of the model card; they sum to 1
 * @param model the model that said it
 */
public record Prediction(List<LabelProbability> probabilities, ModelIdentity model) {

  /** The intended use, stated by every result. */
  public static final String NOTICE = ModelCard.NOTICE;

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
   * For logs, such as {@code NORMAL 0.912, COVID19 0.088 by chest-xray 1 (5061276ce0e5)}: the most
   * probable label first, the first twelve digits of the model file's SHA-256.
   *
   * @return one line
   */
  @Override
  public String toString() {
    String said =
        probabilities.stream()
            .sorted(Comparator.comparingDouble(LabelProbability::probability).reversed())
            .map(entry -> String.format(Locale.ROOT, "%s %.3f", entry.label(), entry.probability()))
            .collect(Collectors.joining(", "));
    return said
        + " by "
        + model.name()
        + " "
        + model.version()
        + " ("
        + model.sha256().substring(0, 12)
        + ")";
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
