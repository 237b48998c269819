package io.cxr.train;

import io.cxr.evaluation.FindingsEvaluation;
import io.cxr.evaluation.Interval;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What cross-validation of findings found.
 *
 * @param data the data set's name
 * @param seed the seed of the folds
 * @param patientsApart whether patients were known and kept in one fold
 * @param calibrated whether answers were calibrated, on films that are in no fold
 * @param folds the figures of each fold
 * @param pooled the figures over all films, each answered by the network that had not seen it, with
 *     95 % intervals that resample patients. Networks of several folds are ranked together, so that
 *     an area is a little lower than the folds' own where their answers have different levels
 */
public record FindingsCrossValidationReport(
    String data,
    long seed,
    boolean patientsApart,
    boolean calibrated,
    List<Fold> folds,
    FindingsEvaluation pooled) {

  /**
   * One fold.
   *
   * @param name its number, or the sources that were left out
   * @param evaluation the figures of its films
   */
  public record Fold(String name, FindingsEvaluation evaluation) {
    /** Checks the values. */
    public Fold {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(evaluation, "evaluation");
    }
  }

  /**
   * A figure over the folds that have it.
   *
   * @param mean its mean
   * @param deviation its standard deviation, divided by one less than there are; NaN of a single
   *     fold
   */
  public record Spread(double mean, double deviation) {}

  /** Copies the list. */
  public FindingsCrossValidationReport {
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(pooled, "pooled");
    folds = List.copyOf(folds);
  }

  /**
   * The mean over the findings of the areas under the ROC curve, over the folds.
   *
   * @return mean and deviation; empty if no fold has a finding both present and absent
   */
  public Optional<Spread> auroc() {
    return spread(folds.stream().map(fold -> fold.evaluation().auroc()).toList());
  }

  /**
   * The area of one finding under the ROC curve, over the folds.
   *
   * @param finding one of the findings
   * @return mean and deviation; empty if no fold has it both present and absent
   * @throws IllegalArgumentException if it is not one of them
   */
  public Optional<Spread> auroc(String finding) {
    return spread(folds.stream().map(fold -> fold.evaluation().finding(finding).auroc()).toList());
  }

  private static Optional<Spread> spread(List<Optional<Interval>> figures) {
    double[] known =
        figures.stream().flatMap(Optional::stream).mapToDouble(Interval::value).toArray();
    if (known.length == 0) {
      return Optional.empty();
    }
    double mean = 0;
    for (double each : known) {
      mean += each / known.length;
    }
    double squares = 0;
    for (double each : known) {
      squares += (each - mean) * (each - mean);
    }
    return Optional.of(new Spread(mean, Math.sqrt(squares / (known.length - 1))));
  }
}
