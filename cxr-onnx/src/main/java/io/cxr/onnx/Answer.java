package io.cxr.onnx;

import io.cxr.Prediction;
import io.cxr.Explanation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run gave for one of its samples: a prediction, perhaps explained, or why there is none.
 */
record Answer(
    @Nullable Prediction prediction,
    @Nullable Explanation explanation,
    @Nullable RuntimeException failure) {

  static Answer of(Prediction prediction) {
    return new Answer(prediction, null, null);
  }

  static Answer of(Explanation explanation) {
    return new Answer(explanation.prediction(), explanation, null);
  }

  static Answer failed(RuntimeException failure) {
    return new Answer(null, null, failure);
  }

  /**
   * The prediction.
   *
   * @throws RuntimeException the failure, if there is none
   */
  Prediction orThrow() {
    if (prediction == null) {
      throw Optional.ofNullable(failure).orElseThrow();
    }
    return prediction;
  }

  /**
   * The explanation, of a run with heatmaps.
   *
   * @throws RuntimeException the failure, if there is none
   */
  Explanation explanationOrThrow() {
    if (explanation == null) {
      throw Optional.ofNullable(failure).orElseThrow();
    }
    return explanation;
  }
}
