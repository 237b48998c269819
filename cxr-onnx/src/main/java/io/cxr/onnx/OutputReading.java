package io.cxr.onnx;

import io.cxr.DetectedView;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.LabelSet;
import io.cxr.MeasuredValue;
import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.error.InferenceException;
import io.cxr.model.Calibration;
import io.cxr.model.ConformalSets;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.Task;
import io.cxr.preprocess.StandardPreprocessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes answers of what a run left in its memory. Immutable and thread-safe. */
final class OutputReading {
  private final LoadedModel model;
  private final ModelCard card;
  private final @Nullable Calibration calibration;
  private final List<OperatingThreshold> operatingPoints;
  private final @Nullable ConformalSets conformal;
  private final double noveltyThreshold;

  /**
   * Reads outputs of a model.
   *
   * @param calibrated whether the card's calibration is applied
   */
  OutputReading(LoadedModel model, boolean calibrated) {
    this.model = model;
    this.card = model.card();
    this.calibration = calibrated ? card.calibration().orElse(null) : null;
    // The card's thresholds and label sets are for calibrated probabilities.
    boolean asFitted = calibrated || card.calibration().isEmpty();
    this.operatingPoints = asFitted ? card.thresholds() : List.of();
    this.conformal = asFitted ? card.conformal().orElse(null) : null;
    this.noveltyThreshold =
        card.novelty().map(NoveltyGate::threshold).orElse(Double.POSITIVE_INFINITY);
  }

  /**
   * What the model says of one sample.
   *
   * @param slot holds the outputs of a run
   * @param sample which of its samples
   * @param rows of the radiograph
   * @param columns of the radiograph
   * @param choice which labels are explained
   * @param gate refuses what is novel, or not
   * @throws io.cxr.error.UnsupportedRadiographException if the gate refuses the radiograph
   * @throws InferenceException if the outputs are none
   */
  Answer answer(
      InputStaging.Slot slot, int sample, int rows, int columns, HeatmapChoice choice, Gate gate) {
    Optional<InferenceException> failure = slot.failure(sample);
    if (failure.isPresent()) {
      throw failure.get();
    }
    Optional<Novelty> novelty = novelty(slot, sample);
    Optional<DetectedView> view = view(slot, sample);
    gate.check(novelty, view);
    Prediction prediction = prediction(slot.output(sample));
    if (novelty.isPresent()) {
      prediction = prediction.withNovelty(novelty.get());
    }
    if (view.isPresent()) {
      prediction = prediction.withView(view.get());
    }
    if (!choice.any()) {
      return new Answer(prediction, List.of());
    }
    List<String> labels = choice.topLabel() ? prediction.explainedLabels() : choice.labels();
    List<Explanation> explanations = new ArrayList<>(labels.size());
    for (String label : labels) {
      explanations.add(new Explanation(prediction, heatmap(slot, sample, label, rows, columns)));
    }
    return new Answer(prediction, explanations);
  }

  /** Refuses what is novel, or of another view, by an exception. */
  interface Gate {
    /** Lets everything through. */
    Gate OPEN = (novelty, view) -> {};

    void check(Optional<Novelty> novelty, Optional<DetectedView> view);
  }

  /** How unlike the training images a sample is, where the graph tells. */
  Optional<Novelty> novelty(InputStaging.Slot slot, int sample) {
    return model.graph().hasNovelty()
        ? Optional.of(new Novelty(slot.novelty(sample), noveltyThreshold))
        : Optional.empty();
  }

  /**
   * The view of a sample, where the graph tells.
   *
   * @throws InferenceException if the outputs are no probabilities
   */
  Optional<DetectedView> view(InputStaging.Slot slot, int sample) {
    try {
      return model.graph().hasViews()
          ? card.views().map(gate -> DetectedView.of(gate, slot.views(sample)))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private InferenceException damaged(IllegalArgumentException e) {
    return new InferenceException(
        model.origin()
            + ": "
            + e.getMessage()
            + ". The weights or the preprocessing in its card are damaged: export it again.",
        e);
  }

  private Prediction prediction(float[] output) {
    try {
      return card.task() instanceof Task.Measurements task
          ? measured(task, output)
          : classified(output);
    } catch (IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private Prediction measured(Task.Measurements task, float[] output) {
    List<MeasuredValue> values = new ArrayList<>(output.length);
    for (int i = 0; i < output.length; i++) {
      values.add(new MeasuredValue(task.measurements().get(i), output[i]));
    }
    return Prediction.ofMeasurements(values, model.identity());
  }

  private Prediction classified(float[] output) {
    double[] probabilities = card.output().probabilities(output);
    if (calibration != null) {
      probabilities = calibration.calibrate(probabilities);
    }
    List<LabelProbability> entries = new ArrayList<>(probabilities.length);
    for (int i = 0; i < probabilities.length; i++) {
      entries.add(new LabelProbability(card.labels().get(i), probabilities[i]));
    }
    boolean findings = card.task().kind() == Task.Kind.FINDINGS;
    Prediction prediction =
        findings
            ? Prediction.ofFindings(entries, model.identity())
            : new Prediction(entries, model.identity());
    if (!operatingPoints.isEmpty()) {
      prediction = prediction.withOperatingPoints(operatingPoints);
    }
    if (conformal == null) {
      return prediction;
    }
    List<String> set =
        findings
            ? conformal.ofFindings(card.labels(), probabilities)
            : conformal.of(card.labels(), probabilities);
    return prediction.withLabelSet(new LabelSet(set, 1 - conformal.alpha()));
  }

  private Heatmap heatmap(InputStaging.Slot slot, int sample, String label, int rows, int columns) {
    float[] activations = slot.heatmap(sample, card.labels().indexOf(label));
    for (float activation : activations) {
      if (!Float.isFinite(activation)) {
        throw new InferenceException(
            model.origin()
                + ": expected a heatmap of finite values, found "
                + activation
                + ". The weights are damaged: export it again.");
      }
    }
    return Heatmap.ofActivations(
        label,
        model.graph().heatmapRows(),
        model.graph().heatmapColumns(),
        visible(activations, rows, columns),
        model.preprocessor().first().sourceRegion(rows, columns),
        rows,
        columns);
  }

  /** What a map shows of the radiograph, where its input is padded: as many cells, of that part. */
  private float[] visible(float[] map, int rows, int columns) {
    StandardPreprocessor.VisiblePart part = model.preprocessor().first().visiblePart(rows, columns);
    if (part.isAll()) {
      return map;
    }
    int height = model.graph().heatmapRows();
    int width = model.graph().heatmapColumns();
    float[] cut = new float[map.length];
    for (int row = 0; row < height; row++) {
      double y = (part.top() + (part.bottom() - part.top()) * (row + 0.5) / height) * height - 0.5;
      int above = (int) Math.max(0, Math.min(height - 1, Math.floor(y)));
      int below = Math.min(height - 1, above + 1);
      double down = Math.max(0, Math.min(1, y - above));
      for (int column = 0; column < width; column++) {
        double x =
            (part.left() + (part.right() - part.left()) * (column + 0.5) / width) * width - 0.5;
        int before = (int) Math.max(0, Math.min(width - 1, Math.floor(x)));
        int after = Math.min(width - 1, before + 1);
        double across = Math.max(0, Math.min(1, x - before));
        double upper =
            map[above * width + before] * (1 - across) + map[above * width + after] * across;
        double lower =
            map[below * width + before] * (1 - across) + map[below * width + after] * across;
        cut[row * width + column] = (float) (upper * (1 - down) + lower * down);
      }
    }
    return cut;
  }
}
