package io.cxr.onnx;

import io.cxr.ExplainingClassifier;
import io.cxr.Outcome;
import io.cxr.radiograph.Radiograph;
import java.util.List;

/**
 * A classifier that takes radiographs one by one, each on a thread of its own, and answers them
 * together. Thread-safe.
 *
 * @param <S> what waits for a batch; used by one thread at a time, and then again
 */
interface BatchedModel<S> {

  /**
   * The way into a classifier that leaves least to do for the thread that runs the model.
   *
   * @param classifier any one; only {@link OnnxClassifier} takes radiographs that are preprocessed
   */
  static BatchedModel<?> of(ExplainingClassifier classifier) {
    return classifier instanceof OnnxClassifier onnx
        ? onnx.runs()
        : new RadiographBatches(classifier);
  }

  /** The most samples in one run. */
  int batchLimit();

  /** Whether a radiograph waits itself, so that its memory must be its own. */
  boolean keepsRadiographs();

  /** Memory for a sample. */
  S newSample();

  /**
   * Does on the caller's thread what can be done before a run.
   *
   * @throws IllegalStateException if the classifier is closed
   * @throws io.cxr.error.UnsupportedRadiographException if it is seen now that the radiograph is
   *     not of the kind that the model is for
   */
  void prepare(Radiograph radiograph, S sample);

  /** Forgets the radiograph of a sample that is not needed for now. */
  void clear(S sample);

  /**
   * Answers samples as one batch, at most {@link #batchLimit()}.
   *
   * @param choices which labels are explained, one choice a sample
   * @return one outcome a sample, in their order; what fails for one sample fails for that one
   *     alone
   * @throws IllegalStateException if the classifier is closed
   * @throws io.cxr.error.InferenceException if the native run fails
   * @throws UnsupportedOperationException if heatmaps are asked of a model without them
   */
  List<Outcome<Answer>> run(List<S> samples, List<HeatmapChoice> choices);
}
