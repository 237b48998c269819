package io.cxr;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;

/**
 * A classifier that also computes heatmaps. Services should be programmed against this type,
 * whether the model is called directly, through shared batches, or can be replaced at run time.
 *
 * <p>{@link #canExplain()} tells whether the current model computes heatmaps. If it does not,
 * classification still works, and explaining throws {@link UnsupportedOperationException}; {@link
 * io.cxr.explain.OcclusionExplainer} explains any classifier, at the cost of about a hundred
 * classifications per heatmap.
 *
 * <p>Implementations are thread-safe. The code that opens a classifier must close it. Research use
 * only.
 */
public interface ExplainingClassifier extends Classifier, Explainer {

  /**
   * Whether this model computes heatmaps.
   *
   * @return whether the methods named {@code explain} are supported
   */
  boolean canExplain();

  /**
   * Classifies one radiograph and explains its most probable label or finding, or the first
   * measurement, in one run of the model.
   *
   * @param radiograph a frontal chest radiograph
   * @return the prediction, and the heatmap of its principal label
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model computes no heatmaps
   * @throws UnsupportedRadiographException if the model does not support the radiograph
   */
  Explanation explain(Radiograph radiograph);

  /**
   * Classifies one radiograph and explains the labels that its prediction {@linkplain
   * Prediction#explainedLabels explains}, in one run of the model: the top label, or all findings
   * that reach their operating point, or the first measurement.
   *
   * @param radiograph a frontal chest radiograph
   * @return one explanation or more, that of the principal label first, all with the same
   *     prediction
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model computes no heatmaps
   * @throws UnsupportedRadiographException if the model does not support the radiograph
   */
  default List<Explanation> explainPositives(Radiograph radiograph) {
    List<Explanation> all = explain(radiograph, card().labels());
    List<Explanation> explained = new ArrayList<>();
    for (String label : all.get(0).prediction().explainedLabels()) {
      for (Explanation explanation : all) {
        if (explanation.heatmap().label().equals(label)) {
          explained.add(explanation);
        }
      }
    }
    return List.copyOf(explained);
  }

  /** {@inheritDoc} Both come from one run of the model. */
  @Override
  Explanation explain(Radiograph radiograph, String label);

  /**
   * Classifies one radiograph and explains several labels, in one run of the model.
   *
   * @param radiograph a frontal chest radiograph
   * @param labels labels of the model, any number of them; {@code card().labels()} for all
   * @return one explanation per label, in the same order, all with the same prediction
   * @throws IllegalArgumentException if the model does not know a label
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model computes no heatmaps
   * @throws UnsupportedRadiographException if the model does not support the radiograph
   */
  List<Explanation> explain(Radiograph radiograph, List<String> labels);

  /**
   * Classifies radiographs and explains the most probable label of each. If one radiograph is
   * refused, no explanations are returned; use {@link #explainAll} to get the others.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one explanation per radiograph, in the same order
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model computes no heatmaps
   * @throws UnsupportedRadiographException if the model does not support one of the radiographs
   */
  List<Explanation> explain(List<Radiograph> radiographs);

  /**
   * Classifies radiographs and explains the most probable label of each; a failure affects only its
   * own radiograph, as with {@link #classifyAll}.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one outcome per radiograph, in the same order
   * @throws IllegalStateException if this classifier is closed
   * @throws UnsupportedOperationException if the model computes no heatmaps
   */
  default List<Outcome<Explanation>> explainAll(List<Radiograph> radiographs) {
    List<Outcome<Explanation>> outcomes = new ArrayList<>(radiographs.size());
    for (Radiograph radiograph : radiographs) {
      outcomes.add(Outcome.of(() -> explain(radiograph)));
    }
    return List.copyOf(outcomes);
  }
}
