package io.cxr.onnx;

import io.cxr.Explanation;
import io.cxr.Prediction;
import java.util.List;

/**
 * What a model says of one radiograph.
 *
 * @param prediction a probability for every label or finding, or the measured values
 * @param explanations of the labels that were chosen; none if none were
 */
record Answer(Prediction prediction, List<Explanation> explanations) {
  Answer {
    explanations = List.copyOf(explanations);
  }

  /** The explanation of the first of the labels that were chosen. */
  Explanation explanation() {
    return explanations.get(0);
  }
}
