package io.cxr.evaluation;

import io.cxr.Prediction;
import io.cxr.dataset.FindingStates;
import io.cxr.model.ConformalSets;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Collects predictions and refusals for a {@link FindingsEvaluation}: a few numbers per film. The
 * order of the films does not matter. Not thread-safe.
 */
public final class FindingsEvaluationBuilder {
  private final List<String> findings;
  private final List<Film> films = new ArrayList<>();
  private List<OperatingThreshold> thresholds = List.of();
  private Optional<ConformalSets> conformal = Optional.empty();
  private long seed;

  FindingsEvaluationBuilder(List<String> findings) {
    this.findings = findings;
  }

  /**
   * What became of one film.
   *
   * @param group its patient, or the film itself
   * @param knownPatient whether it is a patient
   * @param truth what is known of each finding
   * @param refusal why there is no answer; empty if there is one
   * @param probabilities one value a finding; none without an answer
   */
  record Film(
      String group,
      boolean knownPatient,
      FindingStates truth,
      Optional<String> refusal,
      List<Double> probabilities) {
    /** Films that are equal in this order are equal in every figure. */
    static final Comparator<Film> ORDER =
        Comparator.comparing(Film::group)
            .thenComparing(film -> film.truth().toString())
            .thenComparing(film -> film.refusal().orElse(""))
            .thenComparing(film -> film.probabilities().toString());

    boolean answered() {
      return refusal.isEmpty();
    }
  }

  /**
   * Adds a film with its prediction.
   *
   * @param file identifies the film; only used where the patient is unknown
   * @param patient the patient, where known
   * @param truth what is known of each finding of the evaluation, and maybe of others
   * @param prediction the prediction; it has the findings of the evaluation
   * @return this builder
   * @throws IllegalArgumentException if a finding is missing
   */
  public FindingsEvaluationBuilder answered(
      String file, Optional<String> patient, FindingStates truth, Prediction prediction) {
    return answered(
        file, patient, truth, findings.stream().mapToDouble(prediction::probability).toArray());
  }

  /**
   * Adds a film with its prediction.
   *
   * @param file identifies the film; only used where the patient is unknown
   * @param patient the patient, where known
   * @param truth what is known of each finding of the evaluation, and maybe of others
   * @param probabilities one value per finding, from 0 to 1, in the order of the findings; copied
   * @return this builder
   * @throws IllegalArgumentException if a finding is missing, or a value missing or out of range
   */
  public FindingsEvaluationBuilder answered(
      String file, Optional<String> patient, FindingStates truth, double... probabilities) {
    if (probabilities.length != findings.size()
        || !Arrays.stream(probabilities).allMatch(p -> p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "Probabilities: expected "
              + findings.size()
              + " from 0 to 1, one per finding, found "
              + Arrays.toString(probabilities));
    }
    return add(
        file, patient, truth, Optional.empty(), Arrays.stream(probabilities).boxed().toList());
  }

  /**
   * Adds a film without a prediction.
   *
   * @param file identifies the film; only used where the patient is unknown
   * @param patient the patient, where known
   * @param truth what is known of each finding of the evaluation, and maybe of others
   * @param reason why, as a code to count by, such as {@code NOT_A_CHEST_RADIOGRAPH}
   * @return this builder
   * @throws IllegalArgumentException if a finding is missing
   */
  public FindingsEvaluationBuilder refused(
      String file, Optional<String> patient, FindingStates truth, String reason) {
    return add(file, patient, truth, Optional.of(reason), List.of());
  }

  private FindingsEvaluationBuilder add(
      String file,
      Optional<String> patient,
      FindingStates truth,
      Optional<String> refusal,
      List<Double> probabilities) {
    FindingStates ordered =
        truth.findings().equals(findings)
            ? truth
            : FindingStates.of(findings, findings.stream().map(truth::state).toList());
    films.add(
        new Film(
            patient.map(known -> "patient " + known).orElse("image " + file),
            patient.isPresent(),
            ordered,
            refusal,
            probabilities));
    return this;
  }

  /**
   * Adds operating points to evaluate on these films.
   *
   * @param asked operating points of a model card
   * @return this builder
   * @throws IllegalArgumentException if a threshold's finding is unknown
   */
  public FindingsEvaluationBuilder thresholds(List<OperatingThreshold> asked) {
    asked.forEach(threshold -> ConfusionMatrix.index(findings, threshold.label()));
    thresholds = List.copyOf(asked);
    return this;
  }

  /**
   * Adds conformal label sets to evaluate on these films.
   *
   * @param asked those of a model card
   * @return this builder
   */
  public FindingsEvaluationBuilder conformal(ConformalSets asked) {
    conformal = Optional.of(asked);
    return this;
  }

  /**
   * Sets the seed of the resamples.
   *
   * @param chosen any number; 0 by default
   * @return this builder
   */
  public FindingsEvaluationBuilder seed(long chosen) {
    seed = chosen;
    return this;
  }

  /**
   * Computes the metrics; some seconds for 14 findings of ten thousand films.
   *
   * @return the evaluation
   * @throws IllegalArgumentException if there are no films
   */
  public FindingsEvaluation build() {
    if (films.isEmpty()) {
      throw new IllegalArgumentException("Evaluation: expected at least one film, found none");
    }
    List<Film> sorted = films.stream().sorted(Film.ORDER).toList();
    return new FindingsFigures(findings, sorted, thresholds, conformal, seed).evaluation();
  }
}
