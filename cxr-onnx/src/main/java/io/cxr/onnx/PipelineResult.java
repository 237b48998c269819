package io.cxr.onnx;

import io.cxr.Explanation;
import io.cxr.Outcome;
import io.cxr.Prediction;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The result of an {@link InferencePipeline} for one item.
 *
 * @param <T> the type of an item, such as a file
 * @param index the item's index in the input, from 0
 * @param item the item
 * @param outcome the prediction, or the reason why there is none: an {@link java.io.IOException},
 *     an {@link io.cxr.error.UnsupportedRadiographException}, or any exception that decoding the
 *     item threw
 * @param explanations the prediction with a heatmap of each label that it {@linkplain
 *     Prediction#explainedLabels explains}, which is one unless there are several findings, if
 *     heatmaps were requested and there is a prediction; else none
 */
public record PipelineResult<T>(
    long index, T item, Outcome<Prediction> outcome, List<Explanation> explanations) {

  /** Checks the values. */
  public PipelineResult {
    Objects.requireNonNull(outcome, "outcome");
    explanations = List.copyOf(explanations);
  }

  /** A result without heatmaps. */
  PipelineResult(long index, T item, Outcome<Prediction> outcome) {
    this(index, item, outcome, List.of());
  }

  static <T> PipelineResult<T> of(long index, T item, Outcome<Answer> outcome) {
    return new PipelineResult<>(
        index,
        item,
        outcome.map(Answer::prediction),
        outcome.answer().map(Answer::explanations).orElse(List.of()));
  }

  /**
   * The prediction.
   *
   * @return empty if there is a {@link #failure()}
   */
  public Optional<Prediction> prediction() {
    return outcome.answer();
  }

  /**
   * The prediction with the heatmap of its principal label.
   *
   * @return empty if there is a {@link #failure()}, or no heatmaps were requested
   */
  public Optional<Explanation> explanation() {
    return explanations.stream().findFirst();
  }

  /**
   * The reason why there is no prediction.
   *
   * @return empty if there is a {@link #prediction()}
   */
  public Optional<Exception> failure() {
    return outcome.failure();
  }
}
