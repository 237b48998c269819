package io.cxr.dicom.result;

import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One line of the table.
 *
 * @param label a line of the label; empty beside its further thresholds
 * @param value what the model says of the label, in its first line, else empty
 * @param probability of the label, in its first line, unless the value is measured
 */
record ReportRow(
    String label,
    String value,
    Optional<Double> probability,
    String threshold,
    String aim,
    String reading) {
  private static final int KEPT_LINES = 20;
  private static final int LONGEST_VALUE = 24;

  /** The table, a label with its probability and thresholds after the other. */
  static List<ReportRow> of(Findings findings, PageText text, float size, float width) {
    List<ReportRow> rows = new ArrayList<>();
    for (LabelProbability label : findings.prediction().probabilities()) {
      List<String> names = text.wrap(label.label(), size, width);
      List<OperatingThreshold> thresholds = findings.thresholds(label.label());
      for (int i = 0; i < Math.max(names.size(), thresholds.size()); i++) {
        String name = i < names.size() ? names.get(i) : "";
        Optional<Double> probability = i == 0 ? Optional.of(label.probability()) : Optional.empty();
        String value = probability.map(Findings::percent).orElse("");
        if (i < thresholds.size()) {
          OperatingThreshold threshold = thresholds.get(i);
          boolean reached = label.probability() >= threshold.threshold();
          rows.add(
              new ReportRow(
                  name,
                  value,
                  probability,
                  Findings.percent(threshold.threshold()),
                  Findings.aim(threshold),
                  reached ? "at or above" : "below"));
        } else {
          rows.add(new ReportRow(name, value, probability, i == 0 ? "none" : "", "", ""));
        }
      }
    }
    for (MeasuredValue measured : findings.prediction().measurements()) {
      rows.addAll(of(measured, text.wrap(measured.name(), size, width)));
    }
    return rows;
  }

  private static List<ReportRow> of(MeasuredValue measured, List<String> names) {
    // Without the name, which has a column of its own.
    String value = measured.format().substring(measured.name().length() + 1);
    String shown = value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE);
    List<ReportRow> rows = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      rows.add(
          new ReportRow(
              names.get(i),
              i == 0 ? shown : "",
              Optional.empty(),
              "",
              i == 0 ? Findings.range(measured) : "",
              i == 0 ? (measured.isPlausible() ? "plausible" : "out of range") : ""));
    }
    return rows;
  }

  /** Whether a label begins here. */
  boolean isFirst() {
    return !value.isEmpty();
  }

  /** How many lines of a label are kept on one page; what is longer is split anywhere. */
  static int together(List<ReportRow> rows, int first) {
    int end = first + 1;
    while (end < rows.size() && !rows.get(end).isFirst()) {
      end++;
    }
    return end - first <= KEPT_LINES ? end - first : 1;
  }
}
