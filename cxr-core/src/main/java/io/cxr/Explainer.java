package io.cxr;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;

/**
 * Computes a heatmap, a saliency map of the regions that contribute to the probability of a label.
 * Implementations are thread-safe.
 *
 * <p>A heatmap shows what the model's prediction rests on, not where a disease is. Research use
 * only.
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
   * @throws UnsupportedOperationException if the model computes no heatmaps
   * @throws UnsupportedRadiographException if the model does not support the radiograph
   */
  Explanation explain(Radiograph radiograph, String label);
}
