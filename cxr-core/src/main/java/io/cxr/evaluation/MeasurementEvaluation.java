package io.cxr.evaluation;

import io.cxr.model.Measurement;
import java.util.Objects;
import java.util.Optional;

/**
 * Metrics of one measurement, on the films with a prediction of which the true value is known. All
 * but the correlations are in the measurement's unit. A metric that is not defined on these films
 * is empty.
 *
 * @param measurement what is measured
 * @param films how many films count
 * @param unknown of how many films the true value is not known
 * @param implausible how many measured values are outside the plausible range
 * @param meanAbsoluteError the mean of {@code |measured - true|}
 * @param bias the mean of {@code measured - true}
 * @param lowerLimit the lower limit of agreement, {@code bias - 1.96} standard deviations (Bland
 *     and Altman, Lancet 327, 1986)
 * @param upperLimit the upper limit of agreement
 * @param pearson Pearson's correlation, from -1 to 1
 * @param spearman Spearman's rank correlation, from -1 to 1
 */
public record MeasurementEvaluation(
    Measurement measurement,
    int films,
    int unknown,
    int implausible,
    Optional<Interval> meanAbsoluteError,
    Optional<Interval> bias,
    Optional<Interval> lowerLimit,
    Optional<Interval> upperLimit,
    Optional<Interval> pearson,
    Optional<Interval> spearman) {

  /** Checks the values. */
  public MeasurementEvaluation {
    Objects.requireNonNull(measurement, "measurement");
  }
}
