package io.cxr;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;

/**
 * Predicts the probability of every label of a model for a chest radiograph. Preprocessing is part
 * of the model, so weights cannot be combined with the wrong resize.
 *
 * <p>Implementations are thread-safe. The code that opens a classifier must close it. Research use
 * only.
 */
public interface Classifier extends AutoCloseable {

  /**
   * The model card.
   *
   * @return the card
   */
  ModelCard card();

  /**
   * The identity of the model file, which every prediction repeats.
   *
   * @return name, version and SHA-256 of the model file
   */
  ModelIdentity model();

  /**
   * The device that the model actually runs on.
   *
   * @return the device
   */
  Device device();

  /**
   * Classifies one radiograph.
   *
   * @param radiograph a frontal chest radiograph
   * @return a probability for every label
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedRadiographException if the model does not support the radiograph
   */
  Prediction classify(Radiograph radiograph);

  /**
   * Classifies radiographs in batches. Each prediction equals that of {@link #classify(Radiograph)}
   * up to rounding differences of at most 1e-5. If one radiograph is refused, no predictions are
   * returned; use {@link #classifyAll} to get the others.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one prediction per radiograph, in the same order
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedRadiographException if the model does not support one of the radiographs
   */
  List<Prediction> classify(List<Radiograph> radiographs);

  /**
   * Classifies radiographs in batches; a failure affects only its own radiograph.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one outcome per radiograph, in the same order: a prediction, or the {@link
   *     UnsupportedRadiographException} or {@link InferenceException} that {@link
   *     #classify(Radiograph)} would have thrown
   * @throws IllegalStateException if this classifier is closed
   */
  default List<Outcome<Prediction>> classifyAll(List<Radiograph> radiographs) {
    List<Outcome<Prediction>> outcomes = new ArrayList<>(radiographs.size());
    for (Radiograph radiograph : radiographs) {
      outcomes.add(Outcome.of(() -> classify(radiograph)));
    }
    return List.copyOf(outcomes);
  }

  /**
   * Classifies radiographs that were modified to probe the model, such as by covering a patch or
   * exchanging the borders. Modified images differ from the training images, so the novelty gate is
   * not applied. Not for radiographs whose results are reported.
   *
   * @param images modified radiographs, any number of them
   * @return one prediction per image, in the same order; those of {@link #classify(List)} if this
   *     classifier has no gate
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedRadiographException if the view of an image is known and is not frontal
   */
  default List<Prediction> classifyUngated(List<Radiograph> images) {
    return classify(images);
  }

  /** Waits for calls in flight, then frees the model. Idempotent. */
  @Override
  void close();
}
