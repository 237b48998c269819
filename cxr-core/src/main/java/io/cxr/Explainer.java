package io.cxr;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;

/**
 * Shows which part of a radiograph speaks for a label. Implementations are thread-safe.
 *
 * <p>A heatmap shows what a model looked at, not where a disease is. Research use only.
 */
public interface Explainer {

  /**
   * Classifies one radiograph and explains one label.
   *
   * @param radiograph a frontal chest radiograph
   * @param label one of the model's labels
   * @return the prediction, and the heatmap of the label with the region of the radiograph that it
   *     covers
   * @throws IllegalArgumentException if the model does not know the label
   * @throws IllegalStateException if the model is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model cannot explain
   * @throws UnsupportedRadiographException if the radiograph is not of the kind the model is for
   */
  Explanation explain(Radiograph radiograph, String label);
}
