package io.cxr.evaluation;

import io.cxr.model.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Metrics of a model of findings, with 95 % intervals by {@link Bootstrap}, which resamples
 * patients. Each finding is judged on the films of which it is known whether it is present; a film
 * without a prediction counts in no metric but the coverage and those of {@link
 * ThresholdEvaluation} that say so.
 *
 * @param findings the findings, in the order of the model card
 * @param images how many films there are
 * @param answered how many have a prediction
 * @param refusals how many do not, by reason
 * @param groups how many patients there are; a film of an unknown patient counts as one
 * @param ofKnownPatients how many films have a known patient
 * @param coverage the share of films with a prediction
 * @param auroc the mean of the findings' areas under the ROC curve (macro mean), over those that
 *     some films have and some do not
 * @param auprc the same mean of the areas under the precision-recall curve
 * @param calibrationError the same mean of the calibration errors
 * @param byFinding the metrics of each finding
 * @param byThreshold those of each operating point
 * @param promised the coverage that the label sets promise; empty if there are none
 */
public record FindingsEvaluation(
    List<String> findings,
    int images,
    int answered,
    Map<String, Integer> refusals,
    int groups,
    int ofKnownPatients,
    Interval coverage,
    Optional<Interval> auroc,
    Optional<Interval> auprc,
    Optional<Interval> calibrationError,
    List<FindingEvaluation> byFinding,
    List<ThresholdEvaluation> byThreshold,
    Optional<Double> promised) {

  /** Copies the values. */
  public FindingsEvaluation {
    findings = List.copyOf(findings);
    refusals = Evaluation.copy(refusals);
    byFinding = List.copyOf(byFinding);
    byThreshold = List.copyOf(byThreshold);
  }

  /**
   * Starts an evaluation.
   *
   * @param task the findings of the model card
   * @return a builder
   */
  public static FindingsEvaluationBuilder builder(Task.Findings task) {
    return new FindingsEvaluationBuilder(task.labels());
  }

  /**
   * The metrics of one finding.
   *
   * @param finding one of the findings
   * @return its metrics
   * @throws IllegalArgumentException if it is not one of them
   */
  public FindingEvaluation finding(String finding) {
    return byFinding.get(ConfusionMatrix.index(findings, finding));
  }
}
