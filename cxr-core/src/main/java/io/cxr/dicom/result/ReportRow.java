package io.cxr.dicom.result;

import io.cxr.LabelProbability;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One line of the table.
 *
 * @param label a line of the label; empty beside its further thresholds
 * @param probability of the label, in its first line
 */
record ReportRow(
    String label, Optional<Double> probability, String threshold, String aim, String reading) {
  private static final int KEPT_LINES = 20;

  /** The table, a label with its probability and thresholds after the other. */
  static List<ReportRow> of(Findings findings, PageText text, float size, float width) {
    List<ReportRow> rows = new ArrayList<>();
    for (LabelProbability label : findings.prediction().probabilities()) {
      List<String> names = text.wrap(label.label(), size, width);
      List<OperatingThreshold> thresholds = findings.thresholds(label.label());
      for (int i = 0; i < Math.max(names.size(), thresholds.size()); i++) {
        String name = i < names.size() ? names.get(i) : "";
        Optional<Double> probability = i == 0 ? Optional.of(label.probability()) : Optional.empty();
        if (i < thresholds.size()) {
          OperatingThreshold threshold = thresholds.get(i);
          boolean reached = label.probability() >= threshold.threshold();
          rows.add(
              new ReportRow(
                  name,
                  probability,
                  Findings.percent(threshold.threshold()),
                  Findings.aim(threshold),
                  reached ? "at or above" : "below"));
        } else {
          rows.add(new ReportRow(name, probability, i == 0 ? "none" : "", "", ""));
        }
      }
    }
    return rows;
  }

  /** How many lines of a label are kept on one page; what is longer is split anywhere. */
  static int together(List<ReportRow> rows, int first) {
    int end = first + 1;
    while (end < rows.size() && rows.get(end).probability().isEmpty()) {
      end++;
    }
    return end - first <= KEPT_LINES ? end - first : 1;
  }
}
