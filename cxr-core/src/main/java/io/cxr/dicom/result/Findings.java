package io.cxr.dicom.result;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.Prediction;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.model.OperatingThreshold;
import io.cxr.radiograph.Radiograph;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was found on a radiograph.
 *
 * @param explanations one or more, all of one prediction; the first one is pictured
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
    List<Explanation> explanations,
    List<OperatingThreshold> thresholds,
    boolean studyPrinted,
    int captureSide,
    boolean captureRunLengths) {

  /** The prediction with the heatmap that is pictured. */
  Explanation explanation() {
    return explanations.get(0);
  }

  Prediction prediction() {
    return explanation().prediction();
  }

  /** The heatmap of a label, where there is one. */
  Optional<Heatmap> heatmap(String label) {
    return explanations.stream()
        .map(Explanation::heatmap)
        .filter(heatmap -> heatmap.label().equals(label))
        .findFirst();
  }

  /** The answer in one line or more, as a caption states it. */
  List<String> answerLines() {
    return switch (prediction().task()) {
      case EXCLUSIVE_LABELS -> List.of(summary(prediction().top()));
      case FINDINGS -> {
        List<String> lines = new ArrayList<>();
        lines.add(findingsLine());
        lines.add("Outline: " + explanation().heatmap().label());
        yield lines;
      }
      case MEASUREMENTS -> {
        List<String> lines = new ArrayList<>();
        prediction().measurements().forEach(value -> lines.add(value.format()));
        yield lines;
      }
    };
  }

  /** What is captioned beneath the picture of the heatmap, below the answer for its label. */
  List<String> detailLines() {
    return switch (prediction().task()) {
      case EXCLUSIVE_LABELS -> thresholdLines(explained());
      case FINDINGS -> {
        List<String> lines = new ArrayList<>(thresholdLines(explained()));
        lines.add("All findings: " + findingsLine());
        yield lines;
      }
      case MEASUREMENTS -> {
        List<String> lines = new ArrayList<>();
        for (MeasuredValue value : prediction().measurements()) {
          if (!value.name().equals(explanation().heatmap().label())) {
            lines.add(value.format());
          }
          if (!value.isPlausible()) {
            lines.add(value.name() + " is outside the plausible range " + range(value));
          }
        }
        yield lines;
      }
    };
  }

  static String range(MeasuredValue value) {
    return String.format(
        Locale.ROOT,
        "%s to %s",
        number(value.measurement().least()),
        number(value.measurement().greatest()));
  }

  private static String number(double bound) {
    return Double.isInfinite(bound)
        ? "any"
        : BigDecimal.valueOf(bound).stripTrailingZeros().toPlainString();
  }

  /** Those that reach their operating point; without operating points the most probable one. */
  private String findingsLine() {
    if (thresholds.isEmpty()) {
      return summary(prediction().top()) + " (no thresholds)";
    }
    List<String> reached = new ArrayList<>();
    for (LabelProbability entry : prediction().probabilities()) {
      List<OperatingThreshold> own = thresholds(entry.label());
      if (!own.isEmpty() && entry.probability() >= own.get(0).threshold()) {
        reached.add(summary(entry));
      }
    }
    return reached.isEmpty() ? "none reaches its threshold" : String.join(", ", reached);
  }

  /** The label of the heatmap, with its probability. */
  private LabelProbability explained() {
    String label = explanation().heatmap().label();
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
    if (threshold.aim() == OperatingThreshold.Aim.PUBLISHED) {
      return "as published";
    }
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
