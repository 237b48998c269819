package io.cxr.onnx;

import io.cxr.model.ModelCard;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Which labels of a radiograph are explained.
 *
 * @param topLabel whether it is the most probable one, and of findings all that are positive as
 *     well
 * @param labels others by name, in the order of their explanations
 */
record HeatmapChoice(boolean topLabel, List<String> labels) {
  /** A prediction alone. */
  static final HeatmapChoice NONE = new HeatmapChoice(false, List.of());

  /** The {@linkplain io.cxr.Prediction#explainedLabels labels that a prediction explains}. */
  static final HeatmapChoice TOP_LABEL = new HeatmapChoice(true, List.of());

  /**
   * Labels by name.
   *
   * @throws IllegalArgumentException if the model does not know one
   */
  static HeatmapChoice of(ModelCard card, List<String> labels) {
    List<String> known = new ArrayList<>(labels.size());
    for (String label : labels) {
      if (!card.labels().contains(Objects.requireNonNull(label, "label"))) {
        throw new IllegalArgumentException(
            "Label '" + label + "' is unknown to this model. Expected one of " + card.labels());
      }
      known.add(label);
    }
    return new HeatmapChoice(false, List.copyOf(known));
  }

  /** Whether a run has to give heatmaps. */
  boolean any() {
    return topLabel || !labels.isEmpty();
  }
}
