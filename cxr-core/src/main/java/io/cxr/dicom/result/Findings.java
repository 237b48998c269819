package io.cxr.dicom.result;

import io.cxr.Explanation;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.model.OperatingThreshold;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What was found on a radiograph.
 *
 * @param context whose radiograph it is, and who says it
 * @param options how the radiograph was read
 * @param studyPrinted whether pages name Accession Number and Study Date
 * @param captureSide the most rows and columns of the radiograph in a Secondary Capture
 * @param captureRunLengths whether a Secondary Capture is RLE Lossless
 */
record Findings(
    ResultContext context,
    DicomRadiographOptions options,
    Radiograph radiograph,
    Explanation explanation,
    List<OperatingThreshold> thresholds,
    boolean studyPrinted,
    int captureSide,
    boolean captureRunLengths) {

  Prediction prediction() {
    return explanation.prediction();
  }

  /** The label of the heatmap, with its probability. */
  LabelProbability explained() {
    String label = explanation.heatmap().label();
    return new LabelProbability(label, prediction().probability(label));
  }

  /** Thresholds of a label, in the card's order. */
  List<OperatingThreshold> thresholds(String label) {
    return thresholds.stream().filter(threshold -> threshold.label().equals(label)).toList();
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  String summary(LabelProbability label) {
    return label.label() + " " + percent(label.probability());
  }

  /** What a threshold was set for. */
  static String aim(OperatingThreshold threshold) {
    return String.format(
        Locale.ROOT,
        "%s %.0f %%",
        threshold.aim() == OperatingThreshold.Aim.SENSITIVITY ? "sensitivity" : "specificity",
        100 * threshold.target());
  }

  /** A line for each threshold of a label, with the side of it that the probability is on. */
  List<String> thresholdLines(LabelProbability label) {
    List<String> lines = new ArrayList<>();
    for (OperatingThreshold threshold : thresholds(label.label())) {
      lines.add(
          (label.probability() >= threshold.threshold() ? "Reaches" : "Below")
              + " threshold "
              + percent(threshold.threshold())
              + " ("
              + aim(threshold)
              + ")");
    }
    return lines;
  }
}
