package io.cxr;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives a chest radiograph a probability for every label that a model knows. The model owns its
 * preprocessing: nobody can pair its weights with the wrong resize.
 *
 * <p>Implementations are thread-safe. Whoever opens a classifier closes it. Research use only.
 */
public interface Classifier extends AutoCloseable {

  /**
   * What the model says of itself.
   *
   * @return the card
   */
  ModelCard card();

  /**
   * Which file the model came from, as every prediction repeats it.
   *
   * @return name, version and SHA-256 of the model file
   */
  ModelIdentity model();

  /**
   * Where the model really runs.
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
   * @throws UnsupportedRadiographException if the radiograph is not of the kind the model is for
   */
  Prediction classify(Radiograph radiograph);

  /**
   * Classifies radiographs in batches. Each prediction equals that of {@link #classify(Radiograph)}
   * but for rounding of at most 1e-5. One refusal ends it; where the others' answers must not be
   * lost, call {@link #classifyAll}.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one prediction a radiograph, in their order
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedRadiographException if a radiograph is not of the kind the model is for
   */
  List<Prediction> classify(List<Radiograph> radiographs);

  /**
   * Classifies radiographs in batches; what fails for one fails for that one alone.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one outcome a radiograph, in their order: a prediction, or the {@link
   *     UnsupportedRadiographException} or {@link InferenceException} that {@link
   *     #classify(Radiograph)} would have thrown. A native run that fails, fails for all
   *     radiographs in it
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
   * Classifies images that are radiographs no longer, since something in them was changed to see
   * what the answer does: a patch covered, the borders exchanged. No gate refuses them for being
   * unlike the training images, as changed images are. Not for films that are reported.
   *
   * @param images changed radiographs, any number of them
   * @return one prediction an image, in their order; as {@link #classify(List)} gives them where
   *     this classifier has no gate
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedRadiographException if the view of an image is known and not frontal
   */
  default List<Prediction> classifyUngated(List<Radiograph> images) {
    return classify(images);
  }

  /** Waits for calls in flight, then frees the model. Idempotent. */
  @Override
  void close();
}
