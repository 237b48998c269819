package io.cxr.evaluation;

import io.cxr.Prediction;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Metrics of a model of measurements, with 95 % intervals by {@link Bootstrap}, which resamples
 * patients.
 *
 * @param images how many films there are
 * @param answered how many have a prediction
 * @param refusals how many do not, by reason
 * @param groups how many patients there are; a film of an unknown patient counts as one
 * @param ofKnownPatients how many films have a known patient
 * @param coverage the share of films with a prediction
 * @param byMeasurement the metrics of each measurement, in the order of the model card
 */
public record MeasurementsEvaluation(
    int images,
    int answered,
    Map<String, Integer> refusals,
    int groups,
    int ofKnownPatients,
    Interval coverage,
    List<MeasurementEvaluation> byMeasurement) {

  /** Copies the values. */
  public MeasurementsEvaluation {
    refusals = Evaluation.copy(refusals);
    byMeasurement = List.copyOf(byMeasurement);
  }

  /**
   * Starts an evaluation.
   *
   * @param task the measurements of the model card
   * @return a builder
   */
  public static Builder builder(Task.Measurements task) {
    return new Builder(task);
  }

  /** Collects true and measured values. The order of the films does not matter. Not thread-safe. */
  public static final class Builder {
    private final Task.Measurements task;
    private final List<Film> films = new ArrayList<>();
    private long seed;

    private Builder(Task.Measurements task) {
      this.task = task;
    }

    private record Film(
        String group,
        boolean knownPatient,
        List<Double> truth,
        Optional<String> refusal,
        List<Double> values) {
      static final Comparator<Film> ORDER =
          Comparator.comparing(Film::group)
              .thenComparing(film -> film.truth().toString())
              .thenComparing(film -> film.refusal().orElse(""))
              .thenComparing(film -> film.values().toString());
    }

    /**
     * Adds a film with its prediction.
     *
     * @param file identifies the film; only used where the patient is unknown
     * @param patient the patient, where known
     * @param truth the true value of each measurement, in the order of the model card; NaN where it
     *     is not known; copied
     * @param prediction the prediction; it has the measurements of the evaluation
     * @return this builder
     * @throws IllegalArgumentException if a measurement is missing
     */
    public Builder answered(
        String file, Optional<String> patient, double[] truth, Prediction prediction) {
      List<Double> values =
          task.labels().stream().map(name -> prediction.measurement(name).value()).toList();
      return add(file, patient, truth, Optional.empty(), values);
    }

    /**
     * Adds a film with its values.
     *
     * @param file identifies the film; only used where the patient is unknown
     * @param patient the patient, where known
     * @param truth the true value of each measurement, in the order of the model card; NaN where it
     *     is not known; copied
     * @param values the model's value of each measurement, in the same order; copied
     * @return this builder
     * @throws IllegalArgumentException if a measurement is missing
     */
    public Builder answered(
        String file, Optional<String> patient, double[] truth, double[] values) {
      if (values.length != task.labels().size()) {
        throw new IllegalArgumentException(
            "Evaluation: expected a value for each of "
                + task.labels()
                + ", found "
                + values.length);
      }
      return add(file, patient, truth, Optional.empty(), Arrays.stream(values).boxed().toList());
    }

    /**
     * Adds a film without a prediction.
     *
     * @param file identifies the film; only used where the patient is unknown
     * @param patient the patient, where known
     * @param truth the true value of each measurement; NaN where it is not known; copied
     * @param reason why, as a code to count by, such as {@code NOT_A_CHEST_RADIOGRAPH}
     * @return this builder
     * @throws IllegalArgumentException if a measurement is missing
     */
    public Builder refused(String file, Optional<String> patient, double[] truth, String reason) {
      return add(file, patient, truth, Optional.of(reason), List.of());
    }

    private Builder add(
        String file,
        Optional<String> patient,
        double[] truth,
        Optional<String> refusal,
        List<Double> values) {
      if (truth.length != task.labels().size()) {
        throw new IllegalArgumentException(
            "Evaluation: expected a true value, or NaN, for each of "
                + task.labels()
                + ", found "
                + truth.length);
      }
      films.add(
          new Film(
              patient.map(known -> "patient " + known).orElse("image " + file),
              patient.isPresent(),
              Arrays.stream(truth).boxed().toList(),
              refusal,
              values));
      return this;
    }

    /**
     * Sets the seed of the resamples.
     *
     * @param chosen any number; 0 by default
     * @return this builder
     */
    public Builder seed(long chosen) {
      seed = chosen;
      return this;
    }

    /**
     * Computes the metrics.
     *
     * @return the evaluation
     * @throws IllegalArgumentException if there are no films
     */
    public MeasurementsEvaluation build() {
      if (films.isEmpty()) {
        throw new IllegalArgumentException("Evaluation: expected at least one film, found none");
      }
      List<Film> sorted = films.stream().sorted(Film.ORDER).toList();
      boolean[] all = new boolean[sorted.size()];
      boolean[] answered = new boolean[sorted.size()];
      Map<String, Integer> refusals = new TreeMap<>();
      int known = 0;
      for (int i = 0; i < all.length; i++) {
        Film film = sorted.get(i);
        all[i] = true;
        answered[i] = film.refusal().isEmpty();
        film.refusal().ifPresent(why -> refusals.merge(why, 1, Integer::sum));
        known += film.knownPatient() ? 1 : 0;
      }
      RequestedFigures figures = new RequestedFigures();
      Supplier<Optional<Interval>> coverage = figures.ask(new Proportion(all, answered));
      List<Supplier<MeasurementEvaluation>> each = new ArrayList<>();
      for (int i = 0; i < task.measurements().size(); i++) {
        each.add(request(figures, sorted, i));
      }
      List<String> groups = sorted.stream().map(Film::group).toList();
      figures.find(Bootstrap.ofGroups(groups, seed));
      int refused = refusals.values().stream().mapToInt(Integer::intValue).sum();
      return new MeasurementsEvaluation(
          sorted.size(),
          sorted.size() - refused,
          refusals,
          new HashSet<>(groups).size(),
          known,
          coverage.get().orElseThrow(),
          each.stream().map(Supplier::get).toList());
    }

    private Supplier<MeasurementEvaluation> request(
        RequestedFigures figures, List<Film> sorted, int index) {
      int n = sorted.size();
      boolean[] judged = new boolean[n];
      double[] truth = new double[n];
      double[] measured = new double[n];
      double[] differences = new double[n];
      int count = 0;
      int unknown = 0;
      int implausible = 0;
      for (int i = 0; i < n; i++) {
        Film film = sorted.get(i);
        truth[i] = film.truth().get(index);
        boolean answered = film.refusal().isEmpty();
        judged[i] = answered && !Double.isNaN(truth[i]);
        unknown += Double.isNaN(truth[i]) ? 1 : 0;
        if (answered) {
          measured[i] = film.values().get(index);
          implausible += task.measurements().get(index).isPlausible(measured[i]) ? 0 : 1;
        }
        if (judged[i]) {
          differences[i] = measured[i] - truth[i];
          count++;
        }
      }
      Supplier<Optional<Interval>> error =
          figures.ask(new Agreement(Agreement.Figure.MEAN_ABSOLUTE_ERROR, judged, differences));
      Supplier<Optional<Interval>> bias =
          figures.ask(new Agreement(Agreement.Figure.BIAS, judged, differences));
      Supplier<Optional<Interval>> lower =
          figures.ask(new Agreement(Agreement.Figure.LOWER_LIMIT, judged, differences));
      Supplier<Optional<Interval>> upper =
          figures.ask(new Agreement(Agreement.Figure.UPPER_LIMIT, judged, differences));
      Supplier<Optional<Interval>> pearson =
          figures.ask(Correlation.pearson(judged, truth, measured));
      Supplier<Optional<Interval>> spearman =
          figures.ask(Correlation.spearman(judged, truth, measured));
      int films = count;
      int without = unknown;
      int outside = implausible;
      return () ->
          new MeasurementEvaluation(
              task.measurements().get(index),
              films,
              without,
              outside,
              error.get(),
              bias.get(),
              lower.get(),
              upper.get(),
              pearson.get(),
              spearman.get());
    }
  }
}
