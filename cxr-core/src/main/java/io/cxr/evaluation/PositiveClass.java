package io.cxr.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which of two labels is the positive class, so that sensitivity and specificity have their usual
 * meaning.
 */
public final class PositiveClass {
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
   * The positive class by name: the first label that is not called normal, clear, healthy,
   * negative, control or no finding; the first label if both are.
   *
   * @param labels the labels of a model
   * @return one of two labels, or empty for any other number of them
   */
  public static Optional<String> of(List<String> labels) {
    if (labels.size() != 2) {
      return Optional.empty();
    }
    boolean second = isNoFinding(labels.get(0)) && !isNoFinding(labels.get(1));
    return Optional.of(labels.get(second ? 1 : 0));
  }

  private static boolean isNoFinding(String label) {
    return NO_FINDING.contains(label.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}]", ""));
  }
}
