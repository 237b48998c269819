package io.cxr.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * What a model tells of a radiograph: which one of several labels it has, which findings are
 * present, each by itself, or how great something is.
 *
 * <p>The choice is closed. Code that treats tasks differently switches over {@link #kind()},
 * without a default branch, so that the compiler finds every place that a new task needs.
 *
 * <p>Implementations are records, immutable and thread-safe.
 */
public sealed interface Task {

  /** The kinds of task, each with the record that describes it. */
  enum Kind {
    /** {@link ExclusiveLabels}: a radiograph has exactly one of the labels. */
    EXCLUSIVE_LABELS,
    /** {@link Findings}: each finding is present or absent, whatever the others are. */
    FINDINGS,
    /** {@link Measurements}: numbers with units. */
    MEASUREMENTS
  }

  /**
   * The kind of this task.
   *
   * @return one of three
   */
  Kind kind();

  /**
   * The names of the network's outputs: labels, findings or measurements.
   *
   * @return distinct and not blank, in the order of the outputs; unmodifiable
   */
  List<String> labels();

  /**
   * Refuses another task than exclusive labels.
   *
   * @param what what is for exclusive labels alone, as at the beginning of a message
   * @throws IllegalArgumentException if these are none
   */
  default void requireExclusiveLabels(String what) {
    if (kind() != Kind.EXCLUSIVE_LABELS) {
      throw new IllegalArgumentException(
          what
              + ": expected a model of exclusive labels, found one of the "
              + kind().name().toLowerCase(Locale.ROOT)
              + " "
              + labels());
    }
  }

  /**
   * Labels of which a radiograph has exactly one (multi-class classification). Their probabilities
   * sum to 1.
   *
   * @param labels two or more, distinct and not blank, in the order of the network's outputs
   */
  record ExclusiveLabels(List<String> labels) implements Task {
    /** Copies and checks the labels. */
    public ExclusiveLabels {
      labels = List.copyOf(labels);
      if (labels.size() < 2 || !distinct(labels)) {
        throw new IllegalArgumentException(
            "Model card: expected two distinct labels or more and none blank, found " + labels);
      }
    }

    @Override
    public Kind kind() {
      return Kind.EXCLUSIVE_LABELS;
    }
  }

  /**
   * Findings that are present or absent each by itself (multi-label classification), such as the 14
   * of ChestX-ray14. Each has a probability of its own; they have no sum. A radiograph without any
   * has low probabilities throughout, so "no finding" need not be one of them.
   *
   * @param labels one or more, distinct and not blank, in the order of the network's outputs
   */
  record Findings(List<String> labels) implements Task {
    /** Copies and checks the findings. */
    public Findings {
      labels = List.copyOf(labels);
      if (labels.isEmpty() || !distinct(labels)) {
        throw new IllegalArgumentException(
            "Model card: expected one finding or more, distinct and none blank, found " + labels);
      }
    }

    @Override
    public Kind kind() {
      return Kind.FINDINGS;
    }
  }

  /**
   * Numbers with units (regression), such as a severity score.
   *
   * @param measurements one or more, of distinct names, in the order of the network's outputs
   */
  record Measurements(List<Measurement> measurements) implements Task {
    /** Copies and checks the measurements. */
    public Measurements {
      measurements = List.copyOf(measurements);
      if (measurements.isEmpty() || !distinct(names(measurements))) {
        throw new IllegalArgumentException(
            "Model card: expected one measurement or more, of distinct names, found "
                + names(measurements));
      }
    }

    @Override
    public Kind kind() {
      return Kind.MEASUREMENTS;
    }

    @Override
    public List<String> labels() {
      return names(measurements);
    }
  }

  // No streams: this runs before a process' first prediction, where they take long to get going.

  private static List<String> names(List<Measurement> measurements) {
    List<String> names = new ArrayList<>(measurements.size());
    for (Measurement measurement : measurements) {
      names.add(measurement.name());
    }
    return List.copyOf(names);
  }

  private static boolean distinct(List<String> labels) {
    for (String label : labels) {
      if (Objects.requireNonNull(label, "label").isBlank()) {
        return false;
      }
    }
    return new HashSet<>(labels).size() == labels.size();
  }
}
