package io.cxr;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;

/**
 * A classifier that can show where it looked: the type to program a service against, whether its
 * model is asked directly, through batches that callers share, or can be replaced while it runs.
 *
 * <p>Whether the present model has heatmaps is told by {@link #canExplain()}. Where it has none,
 * classifying works all the same, and explaining throws {@link UnsupportedOperationException};
 * {@link io.cxr.explain.OcclusionExplainer} explains any classifier, at the cost of about a hundred
 * classifications.
 *
 * <p>Implementations are thread-safe. Whoever opens a classifier closes it. Research use only.
 */
public interface ExplainingClassifier extends Classifier, Explainer {

  /**
   * Whether this model has heatmaps.
   *
   * @return whether the methods named {@code explain} give an answer
   */
  boolean canExplain();

  /**
   * Classifies one radiograph and explains its most probable label, in one run of the model.
   *
   * @param radiograph a frontal chest radiograph
   * @return the prediction, and the heatmap of its top label
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model cannot explain
   * @throws UnsupportedRadiographException if the radiograph is not of the kind the model is for
   */
  Explanation explain(Radiograph radiograph);

  /** {@inheritDoc} Both come from one run of the model. */
  @Override
  Explanation explain(Radiograph radiograph, String label);

  /**
   * Classifies one radiograph and explains several labels, in one run of the model.
   *
   * @param radiograph a frontal chest radiograph
   * @param labels labels of the model, any number of them; {@code card().labels()} for all
   * @return one explanation a label, in their order, all with the same prediction
   * @throws IllegalArgumentException if the model does not know a label
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model cannot explain
   * @throws UnsupportedRadiographException if the radiograph is not of the kind the model is for
   */
  List<Explanation> explain(Radiograph radiograph, List<String> labels);

  /**
   * Classifies radiographs and explains the most probable label of each. One refusal ends it; where
   * the others' answers must not be lost, call {@link #explainAll}.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one explanation a radiograph, in their order
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model cannot explain
   * @throws UnsupportedRadiographException if a radiograph is not of the kind the model is for
   */
  List<Explanation> explain(List<Radiograph> radiographs);

  /**
   * Classifies radiographs and explains the most probable label of each; what fails for one fails
   * for that one alone, as with {@link #classifyAll}.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one outcome a radiograph, in their order
   * @throws IllegalStateException if this classifier is closed
   * @throws UnsupportedOperationException if the model cannot explain
   */
  default List<Outcome<Explanation>> explainAll(List<Radiograph> radiographs) {
    List<Outcome<Explanation>> outcomes = new ArrayList<>(radiographs.size());
    for (Radiograph radiograph : radiographs) {
      outcomes.add(Outcome.of(() -> explain(radiograph)));
    }
    return List.copyOf(outcomes);
  }
}
