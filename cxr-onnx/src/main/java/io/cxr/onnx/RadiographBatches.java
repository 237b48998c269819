package io.cxr.onnx;

import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.Outcome;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Batches for a classifier of any kind, such as one whose model can be replaced meanwhile: the
 * radiographs themselves wait, and it preprocesses them. Thread-safe if the classifier is.
 */
final class RadiographBatches implements BatchedModel<RadiographBatches.Waiting> {
  private final ExplainingClassifier classifier;

  RadiographBatches(ExplainingClassifier classifier) {
    this.classifier = classifier;
  }

  /** A radiograph that waits. */
  static final class Waiting {
    private @Nullable Radiograph radiograph;

    private Radiograph radiograph() {
      return Objects.requireNonNull(radiograph, "radiograph");
    }
  }

  /** The classifier splits lists itself. */
  @Override
  public int batchLimit() {
    return Integer.MAX_VALUE;
  }

  @Override
  public boolean keepsRadiographs() {
    return true;
  }

  @Override
  public Waiting newSample() {
    return new Waiting();
  }

  @Override
  public void prepare(Radiograph radiograph, Waiting sample) {
    sample.radiograph = radiograph;
  }

  @Override
  public void clear(Waiting sample) {
    sample.radiograph = null;
  }

  @Override
  public List<Outcome<Answer>> run(List<Waiting> samples, List<HeatmapChoice> choices) {
    List<Radiograph> radiographs = samples.stream().map(Waiting::radiograph).toList();
    if (choices.stream().noneMatch(HeatmapChoice::any)) {
      return classifier.classifyAll(radiographs).stream()
          .map(outcome -> outcome.map(prediction -> new Answer(prediction, List.of())))
          .toList();
    }
    if (choices.stream().allMatch(HeatmapChoice::topLabel)) {
      return classifier.explainAll(radiographs).stream()
          .map(outcome -> outcome.map(RadiographBatches::answer))
          .toList();
    }
    List<Outcome<Answer>> outcomes = new ArrayList<>(samples.size());
    for (int i = 0; i < samples.size(); i++) {
      try {
        outcomes.add(Outcome.success(answer(radiographs.get(i), choices.get(i))));
      } catch (RuntimeException e) {
        // Also a label that the model before knew, and the present one does not.
        outcomes.add(Outcome.refusal(e));
      }
    }
    return outcomes;
  }

  private Answer answer(Radiograph radiograph, HeatmapChoice choice) {
    if (choice.topLabel()) {
      return answer(classifier.explain(radiograph));
    }
    if (!choice.any()) {
      return new Answer(classifier.classify(radiograph), List.of());
    }
    List<Explanation> explanations = classifier.explain(radiograph, choice.labels());
    return new Answer(explanations.get(0).prediction(), explanations);
  }

  private static Answer answer(Explanation explanation) {
    return new Answer(explanation.prediction(), List.of(explanation));
  }
}
