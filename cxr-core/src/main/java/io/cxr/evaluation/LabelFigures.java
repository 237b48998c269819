package io.cxr.evaluation;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Metrics of one label against all others. A metric that is 0 divided by 0 is 0, as with
 * scikit-learn's {@code zero_division=0}.
 *
 * @param label the label
 * @param precision the positive predictive value, at the prevalence of these images
 * @param recall the sensitivity
 * @param specificity the specificity
 * @param f1 the harmonic mean of precision and recall
 * @param auroc the area under the ROC curve of the label's probability, one against the rest; empty
 *     if no radiograph has the label, or all have
 * @param support the number of radiographs with the label
 */
public record LabelFigures(
    String label,
    double precision,
    double recall,
    double specificity,
    double f1,
    OptionalDouble auroc,
    int support) {

  /** Checks the values. */
  public LabelFigures {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(auroc, "auroc");
  }

  static LabelFigures of(ConfusionMatrix confusion, String label, OptionalDouble auroc) {
    int found = confusion.count(label, label);
    int truths = confusion.truths(label);
    int answers = confusion.answers(label);
    int others = confusion.total() - truths;
    return new LabelFigures(
        label,
        ratio(found, answers),
        ratio(found, truths),
        ratio(others - (answers - found), others),
        ratio(2L * found, (long) truths + answers),
        auroc,
        truths);
  }

  static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
