package io.cxr.onnx;

import io.cxr.Outcome;
import io.cxr.error.CxrException;
import io.cxr.error.InferenceException;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs a model on lists of radiographs, in batches. Thread-safe; it owns the model's session. */
final class ClassifierRuns implements BatchedModel<PreparedSample>, AutoCloseable {
  private final LoadedModel model;
  private final InputStaging staging;
  private final OutputReading reading;
  private final int batchLimit;
  private final Gates gates;
  private final CallsInFlight calls = new CallsInFlight("This classifier");

  /**
   * Takes over a model.
   *
   * @param batchLimit the most radiographs in one native run
   * @param calibrated whether the card's calibration is applied
   * @param gates which of the card's gates refuse
   */
  ClassifierRuns(LoadedModel model, int batchLimit, boolean calibrated, Gates gates) {
    this.model = model;
    this.batchLimit = model.graph().oneAtATime() ? 1 : batchLimit;
    this.staging =
        new InputStaging(
            model.session(), model.graph(), BatchSizes.on(model.device(), this.batchLimit));
    this.reading = new OutputReading(model, calibrated);
    this.gates = gates;
  }

  /**
   * Which of a card's gates refuse.
   *
   * @param novelty the novelty gate
   * @param view the view gate
   */
  record Gates(boolean novelty, boolean view) {}

  /** Refuses a network that does not give probabilities. */
  void requireProbabilities() {
    OutputProbe.requireProbabilities(model, staging);
  }

  /**
   * All answers, or the first refusal. Views are looked at before anything runs.
   *
   * @param choice which labels are explained, once this classifier is known to be open
   * @param ungated whether no gate refuses
   */
  List<Answer> all(List<Radiograph> films, Supplier<HeatmapChoice> choice, boolean ungated) {
    return calls.call(
        () -> {
          HeatmapChoice chosen = choice.get();
          AdmissionRules.requireFrontal(films);
          List<Answer> answers = new ArrayList<>(films.size());
          for (int from = 0; from < films.size(); from += batchLimit) {
            for (Outcome<Answer> outcome : batch(films, from, chosen, ungated)) {
              answers.add(outcome.orThrow());
            }
          }
          return List.copyOf(answers);
        });
  }

  /** One outcome a radiograph. */
  List<Outcome<Answer>> each(List<Radiograph> films, Supplier<HeatmapChoice> choice) {
    return calls.call(
        () -> {
          HeatmapChoice chosen = choice.get();
          List<Outcome<Answer>> outcomes = new ArrayList<>(films.size());
          for (int from = 0; from < films.size(); from += batchLimit) {
            try {
              outcomes.addAll(batch(films, from, chosen, false));
            } catch (InferenceException e) {
              int to = Math.min(from + batchLimit, films.size());
              for (int i = from; i < to; i++) {
                outcomes.add(Outcome.refusal(e));
              }
            }
          }
          return List.copyOf(outcomes);
        });
  }

  private List<Outcome<Answer>> batch(
      List<Radiograph> films, int from, HeatmapChoice choice, boolean ungated) {
    int count = Math.min(batchLimit, films.size() - from);
    List<@Nullable CxrException> refusals = new ArrayList<>(count);
    try (InputStaging.Slot slot = staging.lease(count)) {
      for (int i = from; i < from + count; i++) {
        refusals.add(add(slot, films.get(i), i, films.size()));
      }
      slot.run(choice.any());
      List<Outcome<Answer>> outcomes = new ArrayList<>(count);
      int sample = 0;
      for (int i = 0; i < count; i++) {
        CxrException refusal = refusals.get(i);
        if (refusal != null) {
          outcomes.add(Outcome.refusal(refusal));
          continue;
        }
        Radiograph film = films.get(from + i);
        outcomes.add(
            outcome(
                slot,
                sample++,
                film.rows(),
                film.columns(),
                choice,
                gate(ungated, from + i, films.size())));
      }
      return outcomes;
    }
  }

  private @Nullable CxrException add(
      InputStaging.Slot slot, Radiograph film, int index, int count) {
    try {
      AdmissionRules.requireFrontal(film, index, count);
      slot.add(model.preprocessor(), film);
      return null;
    } catch (CxrException e) {
      return e;
    }
  }

  private Outcome<Answer> outcome(
      InputStaging.Slot slot,
      int sample,
      int rows,
      int columns,
      HeatmapChoice choice,
      OutputReading.Gate gate) {
    try {
      return Outcome.success(reading.answer(slot, sample, rows, columns, choice, gate));
    } catch (CxrException e) {
      return Outcome.refusal(e);
    }
  }

  private OutputReading.Gate gate(boolean ungated, int index, int count) {
    return ungated
        ? OutputReading.Gate.OPEN
        : (novelty, view) ->
            AdmissionRules.requireAdmitted(
                novelty.filter(score -> gates.novelty()),
                view.filter(found -> gates.view()),
                index,
                count);
  }

  /**
   * The novelty score of any picture, whatever the gate would say.
   *
   * @throws UnsupportedOperationException if the model cannot tell
   */
  double novelty(Radiograph picture) {
    return calls.call(
        () -> {
          if (!model.graph().hasNovelty()) {
            throw new UnsupportedOperationException(
                model.origin()
                    + ": expected an output '"
                    + ClassifierGraph.NOVELTY
                    + "', the file has none. Train the model again with this version of cxr.");
          }
          try (InputStaging.Slot slot = staging.lease(1)) {
            slot.add(model.preprocessor(), picture);
            slot.run(false);
            return (double) slot.novelty(0);
          }
        });
  }

  /**
   * Refuses to explain without heatmaps.
   *
   * @throws UnsupportedOperationException if the model has none
   */
  void requireHeatmaps() {
    if (!model.graph().hasHeatmap()) {
      throw new UnsupportedOperationException(
          model.origin()
              + ": expected an output '"
              + ClassifierGraph.HEATMAP
              + "', the file has none. Explain this model with"
              + " io.cxr.explain.OcclusionExplainer, or export it with Grad-CAM.");
    }
  }

  // Samples that are prepared by one thread and run by another -----------------------------------

  @Override
  public int batchLimit() {
    return batchLimit;
  }

  @Override
  public boolean keepsRadiographs() {
    return false;
  }

  @Override
  public PreparedSample newSample() {
    return new PreparedSample(model.graph());
  }

  @Override
  public void prepare(Radiograph radiograph, PreparedSample sample) {
    AdmissionRules.requireFrontal(radiograph, 0, 1);
    calls.call(
        () -> {
          sample.fill(model.preprocessor(), radiograph);
          return sample;
        });
  }

  /** Its memory is of the network's input, and used again. */
  @Override
  public void clear(PreparedSample sample) {}

  @Override
  public List<Outcome<Answer>> run(List<PreparedSample> samples, List<HeatmapChoice> choices) {
    return calls.call(
        () -> {
          boolean withHeatmaps = false;
          for (HeatmapChoice choice : choices) {
            withHeatmaps |= choice.any();
          }
          if (withHeatmaps) {
            requireHeatmaps();
          }
          List<Outcome<Answer>> outcomes = new ArrayList<>(samples.size());
          try (InputStaging.Slot slot = staging.lease(samples.size())) {
            for (PreparedSample sample : samples) {
              slot.add(sample);
            }
            slot.run(withHeatmaps);
            for (int i = 0; i < samples.size(); i++) {
              PreparedSample sample = samples.get(i);
              outcomes.add(
                  outcome(
                      slot, i, sample.rows(), sample.columns(), choices.get(i), gate(false, 0, 1)));
            }
          }
          return outcomes;
        });
  }

  /** Refuses new calls, waits for those in flight, then frees the model. Idempotent. */
  @Override
  public void close() {
    calls.close(
        () -> {
          staging.close();
          model.session().close();
        });
  }
}
