package io.cxr.onnx;

import io.cxr.Prediction;
import io.cxr.Explanation;
import java.util.Optional;

/**
 * What an {@link InferencePipeline} gives for one item: exactly one of prediction and failure.
 *
 * @param <T> what an item is, such as a file
 * @param index the item's place in the input, from 0
 * @param item the item
 * @param prediction what the model said
 * @param explanation the prediction with its heatmap, where heatmaps were asked for
 * @param failure why there is no prediction: an {@link java.io.IOException}, an {@link
 *     io.cxr.error.UnsupportedRadiographException}, or whatever decoding this item threw
 */
public record PipelineResult<T>(
    long index,
    T item,
    Optional<Prediction> prediction,
    Optional<Explanation> explanation,
    Optional<Exception> failure) {

  /** Checks that there is a prediction or a failure. */
  public PipelineResult {
    if (prediction.isPresent() == failure.isPresent()) {
      throw new IllegalArgumentException("Pipeline result: expected a prediction or a failure");
    }
  }

  static <T> PipelineResult<T> of(long index, T item, Answer answer) {
    return answer.prediction() == null
        ? failed(index, item, Optional.ofNullable(answer.failure()).orElseThrow())
        : new PipelineResult<>(
            index,
            item,
            Optional.of(answer.prediction()),
            Optional.ofNullable(answer.explanation()),
            Optional.empty());
  }

  static <T> PipelineResult<T> failed(long index, T item, Exception failure) {
    return new PipelineResult<>(
        index, item, Optional.empty(), Optional.empty(), Optional.of(failure));
  }
}
