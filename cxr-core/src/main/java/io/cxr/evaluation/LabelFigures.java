package io.cxr.evaluation;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * How well a model tells one label from all others. Where a figure is 0 divided by 0 it is 0, as
 * scikit-learn's {@code zero_division=0}.
 *
 * @param label the label
 * @param precision the share of the answers with this label that are right: positive predictive
 *     value, at the prevalence of these images
 * @param recall the share of the radiographs with this label that are found: sensitivity
 * @param specificity the share of the radiographs without this label that are not given it
 * @param f1 the harmonic mean of precision and recall
 * @param auroc the area under the ROC curve of the label's probability, one against the rest; empty
 *     if no radiograph has the label, or all have
 * @param support how many radiographs have the label
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
