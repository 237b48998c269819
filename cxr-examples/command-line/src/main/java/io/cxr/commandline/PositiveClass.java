package io.cxr.commandline;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which of two classes is the finding, so that sensitivity and specificity have a meaning. */
final class PositiveClass {
  /** What data sets call radiographs without a finding, in letters only. */
  private static final Set<String> NO_FINDING =
      Set.of(
          "normal",
          "normals",
          "clear",
          "healthy",
          "negative",
          "control",
          "controls",
          "nofinding",
          "nofindings");

  private PositiveClass() {}

  /**
   * The finding.
   *
   * @param labels the model's labels
   * @param chosen the label that the user names, or null
   * @return the label; an empty text if the model has not two labels
   * @throws IllegalArgumentException if the choice is no label of a model of two
   */
  static String of(List<String> labels, @Nullable String chosen) {
    if (chosen != null && (labels.size() != 2 || !labels.contains(chosen))) {
      throw new IllegalArgumentException(
          "--positive: expected one label of a model that has two, found "
              + chosen
              + " for a model of "
              + labels);
    }
    if (labels.size() != 2) {
      return "";
    }
    if (chosen != null) {
      return chosen;
    }
    List<String> findings = labels.stream().filter(label -> !isNoFinding(label)).toList();
    return findings.isEmpty() ? labels.get(0) : findings.get(0);
  }

  private static boolean isNoFinding(String label) {
    return NO_FINDING.contains(label.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}]", ""));
  }
}
