package io.cxr.train;

import io.cxr.evaluation.Interval;
import io.cxr.evaluation.LabelPair;
import io.cxr.evaluation.ThresholdEvaluation;
import io.cxr.train.SourceValidation.Figures;
import io.cxr.train.SourceValidation.Fold;
import io.cxr.train.SourceValidation.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The mean and the worst of each metric over the folds of a validation. */
final class SourceSummary {
  /** By metric, its value in each fold that has it. */
  private final Map<String, Map<String, Double>> values = new LinkedHashMap<>();

  /** Those of which the greatest is the worst. */
  private final List<String> errors = new ArrayList<>();

  private SourceSummary() {}

  static List<Summary> of(List<Fold> folds) {
    SourceSummary summary = new SourceSummary();
    for (Fold fold : folds) {
      summary.add(fold);
    }
    List<Summary> rows = new ArrayList<>();
    summary.values.forEach((metric, byFold) -> rows.add(summary.row(metric, byFold)));
    return rows;
  }

  private void add(Fold fold) {
    String name = fold.sources().name();
    Figures outside = fold.outside();
    add("coverage", name, Optional.of(outside.evaluation().coverage()));
    for (LabelPair pair : outside.pairs()) {
      add("AUROC " + pair.first() + " / " + pair.second(), name, Optional.of(pair.auroc()));
    }
    add("balanced accuracy", name, outside.evaluation().balancedAccuracy());
    for (ThresholdEvaluation point : outside.evaluation().byThreshold()) {
      String where =
          String.format(
              Locale.ROOT,
              " of %s at %s %.2f",
              point.threshold().label(),
              point.threshold().aim().name().toLowerCase(Locale.ROOT),
              point.threshold().target());
      add("sensitivity" + where, name, point.sensitivity());
      add("specificity" + where, name, point.specificity());
    }
    error("calibration error outside", name, outside.evaluation().calibrationError());
    error("calibration error inside", name, fold.inside().evaluation().calibrationError());
    outside
        .evaluation()
        .labelSets()
        .ifPresent(
            sets -> {
              add("label sets hold the label", name, sets.coverage());
              error("labels in a set", name, sets.size());
            });
  }

  private void error(String metric, String fold, Optional<Interval> value) {
    errors.add(metric);
    add(metric, fold, value);
  }

  private void add(String metric, String fold, Optional<Interval> value) {
    value.ifPresent(
        found ->
            values.computeIfAbsent(metric, name -> new LinkedHashMap<>()).put(fold, found.value()));
  }

  private Summary row(String metric, Map<String, Double> byFold) {
    double sum = 0;
    String worst = "";
    double sign = errors.contains(metric) ? -1 : 1;
    double least = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, Double> each : byFold.entrySet()) {
      sum += each.getValue();
      if (sign * each.getValue() < least) {
        least = sign * each.getValue();
        worst = each.getKey();
      }
    }
    return new Summary(metric, byFold.size(), sum / byFold.size(), sign * least, worst);
  }
}
