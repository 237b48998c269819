package io.cxr.evaluation;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Metrics of one finding, on the films of which it is known whether it is present. A metric that is
 * not defined on these films is empty: most need films with the finding and films without it.
 *
 * @param finding the finding
 * @param present how many films have it
 * @param absent how many films do not
 * @param unknown of how many films it is not known; these count nowhere
 * @param answered how many of the films of which it is known have a prediction
 * @param prevalence the share of those that have it, which is the AUPRC of a model without skill
 * @param auroc the area under the ROC curve
 * @param auprc the area under the precision-recall curve, as average precision
 * @param calibrationError the expected calibration error of the finding's probability
 * @param brierScore the mean of {@code (p - y)^2}
 * @param notRuledOut of the films that have it, the share in whose label set it is; empty as well
 *     if the model has no label sets
 * @param ruledOut of the films that do not, the share in whose label set it is not
 */
public record FindingEvaluation(
    String finding,
    int present,
    int absent,
    int unknown,
    int answered,
    OptionalDouble prevalence,
    Optional<Interval> auroc,
    Optional<Interval> auprc,
    Optional<Interval> calibrationError,
    Optional<Interval> brierScore,
    Optional<Interval> notRuledOut,
    Optional<Interval> ruledOut) {

  /** Checks the values. */
  public FindingEvaluation {
    Objects.requireNonNull(finding, "finding");
  }
}
