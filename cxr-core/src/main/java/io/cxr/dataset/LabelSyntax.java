package io.cxr.dataset;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How a table says what is true of an image. Rows are read first, each to a key that equal rows
 * share; what a key stands for may depend on all rows. Not thread-safe.
 */
abstract sealed class LabelSyntax {
  /** What other data sets write for an image with none of the findings (ChestX-ray14). */
  static final String NO_FINDING = "No Finding";

  abstract Annotation.Kind kind();

  /**
   * Reads a row.
   *
   * @return what stands for its annotation
   * @throws IllegalArgumentException if it says nothing that can be used; what was expected and
   *     found is the message
   */
  abstract Object key(List<String> fields);

  /** The labels, once all rows are read. */
  abstract List<String> labels();

  /** The annotation that a key stands for, or nothing for a row that was not asked for. */
  abstract @Nullable Annotation annotation(Object key);

  /** What was decided about fields that can be understood in several ways. */
  abstract List<String> notes();

  private static String listed(Map<String, Integer> counts) {
    List<String> texts = new ArrayList<>();
    counts.forEach((label, count) -> texts.add(label + " (" + count + ")"));
    return String.join(", ", texts);
  }

  /** A column with one label. */
  static final class OneLabel extends LabelSyntax {
    private final int column;
    private final @Nullable List<String> asked;
    private final Set<String> found = new TreeSet<>();
    private final Map<String, Integer> others = new TreeMap<>();

    OneLabel(int column, @Nullable List<String> asked) {
      this.column = column;
      this.asked = asked;
    }

    @Override
    Annotation.Kind kind() {
      return Annotation.Kind.LABEL;
    }

    @Override
    Object key(List<String> fields) {
      String label = fields.get(column);
      if (label.isEmpty()) {
        throw new IllegalArgumentException("expected a label, found a blank field");
      }
      if (asked == null || asked.contains(label)) {
        found.add(label);
      } else {
        others.merge(label, 1, Integer::sum);
      }
      return label;
    }

    @Override
    List<String> labels() {
      if (asked == null) {
        return List.copyOf(found);
      }
      for (String label : asked) {
        if (!found.contains(label)) {
          throw new IllegalArgumentException(
              "expected a row with the label " + label + ", found only " + found + others.keySet());
        }
      }
      return asked;
    }

    @Override
    @Nullable Annotation annotation(Object key) {
      String label = (String) key;
      return asked == null || asked.contains(label) ? new ExclusiveLabel(label) : null;
    }

    @Override
    List<String> notes() {
      return others.isEmpty()
          ? List.of()
          : List.of("Rows of other labels are left out: " + listed(others));
    }
  }

  /** A column with the names of all findings that are present, joined by a bar. */
  static final class Listed extends LabelSyntax {
    private final int column;
    private final @Nullable List<String> asked;
    private final LabelState blank;
    private final Map<String, Integer> found = new TreeMap<>();
    private final Map<String, Annotation> known = new HashMap<>();
    private @Nullable List<String> labels;
    private int blanks;

    Listed(int column, @Nullable List<String> asked, LabelState blank) {
      this.column = column;
      this.asked = asked;
      this.blank = blank;
    }

    @Override
    Annotation.Kind kind() {
      return Annotation.Kind.FINDINGS;
    }

    @Override
    Object key(List<String> fields) {
      String field = fields.get(column);
      List<String> names = names(field);
      boolean none = names.contains(NO_FINDING);
      if (none && names.size() > 1) {
        throw new IllegalArgumentException(
            "expected " + NO_FINDING + " alone, found " + names.size() + " labels with it");
      }
      if (new LinkedHashSet<>(names).size() != names.size() || names.contains("")) {
        throw new IllegalArgumentException(
            "expected distinct findings with one '|' between two of them, found '" + field + "'");
      }
      blanks += names.isEmpty() ? 1 : 0;
      if (!none) {
        names.forEach(name -> found.merge(name, 1, Integer::sum));
      }
      return field;
    }

    private static List<String> names(String field) {
      List<String> names = new ArrayList<>();
      if (!field.isEmpty()) {
        for (String name : field.split("\\|", -1)) {
          names.add(name.strip());
        }
      }
      return names;
    }

    @Override
    List<String> labels() {
      if (labels == null) {
        labels = asked == null ? List.copyOf(found.keySet()) : asked;
        if (labels.isEmpty()) {
          throw new IllegalArgumentException("expected rows with findings, found none in any row");
        }
      }
      return labels;
    }

    @Override
    Annotation annotation(Object key) {
      return known.computeIfAbsent((String) key, this::states);
    }

    private FindingStates states(String field) {
      List<String> names = names(field);
      List<LabelState> states = new ArrayList<>();
      for (String label : labels()) {
        states.add(
            names.isEmpty()
                ? blank
                : names.contains(label) ? LabelState.PRESENT : LabelState.ABSENT);
      }
      return FindingStates.of(labels(), states);
    }

    @Override
    List<String> notes() {
      List<String> notes = new ArrayList<>();
      if (blanks > 0) {
        notes.add(
            blanks
                + " rows list nothing: all of their findings count as "
                + FindingCells.word(blank));
      }
      Map<String, Integer> others = new TreeMap<>(found);
      labels().forEach(others::remove);
      List<String> lacking = labels().stream().filter(name -> !found.containsKey(name)).toList();
      if (!lacking.isEmpty()) {
        notes.add("No row lists " + lacking + ", which count as absent wherever a row lists any");
      }
      if (!others.isEmpty()) {
        notes.add("Findings that were not asked for are left out: " + listed(others));
      }
      return notes;
    }
  }

  /** One column a finding, with 1, 0, -1 or nothing in it. */
  static final class FindingCells extends LabelSyntax {
    private final List<String> names;
    private final int[] columns;
    private final LabelState uncertain;
    private final LabelState blank;
    private final Map<FindingStates, FindingStates> known = new HashMap<>();
    private int uncertains;
    private int blanks;

    FindingCells(List<String> names, int[] columns, LabelState uncertain, LabelState blank) {
      this.names = List.copyOf(names);
      this.columns = columns.clone();
      this.uncertain = uncertain;
      this.blank = blank;
    }

    static String word(LabelState state) {
      return state.name().toLowerCase(Locale.ROOT);
    }

    @Override
    Annotation.Kind kind() {
      return Annotation.Kind.FINDINGS;
    }

    @Override
    Object key(List<String> fields) {
      List<LabelState> states = new ArrayList<>(columns.length);
      for (int i = 0; i < columns.length; i++) {
        states.add(state(names.get(i), fields.get(columns[i])));
      }
      return known.computeIfAbsent(FindingStates.of(names, states), states2 -> states2);
    }

    private LabelState state(String name, String field) {
      return switch (field) {
        case "1", "1.0" -> LabelState.PRESENT;
        case "0", "0.0" -> LabelState.ABSENT;
        case "-1", "-1.0" -> {
          uncertains++;
          yield uncertain;
        }
        case "" -> {
          blanks++;
          yield blank;
        }
        default ->
            throw new IllegalArgumentException(
                "expected 1, 0, -1 or nothing as " + name + ", found '" + field + "'");
      };
    }

    @Override
    List<String> labels() {
      return names;
    }

    @Override
    Annotation annotation(Object key) {
      return (FindingStates) key;
    }

    @Override
    List<String> notes() {
      List<String> notes = new ArrayList<>();
      if (uncertains > 0) {
        notes.add(uncertains + " fields are -1 (uncertain) and count as " + word(uncertain));
      }
      if (blanks > 0) {
        notes.add(blanks + " fields are blank and count as " + word(blank));
      }
      return notes;
    }
  }

  /** One column a measurement, with a number or nothing in it. */
  static final class MeasuredCells extends LabelSyntax {
    private final List<String> names;
    private final int[] columns;
    private int numbers;

    MeasuredCells(List<String> names, int[] columns) {
      this.names = List.copyOf(names);
      this.columns = columns.clone();
    }

    @Override
    Annotation.Kind kind() {
      return Annotation.Kind.VALUES;
    }

    @Override
    Object key(List<String> fields) {
      double[] values = new double[columns.length];
      for (int i = 0; i < columns.length; i++) {
        String field = fields.get(columns[i]);
        values[i] = field.isEmpty() ? Double.NaN : number(names.get(i), field);
        numbers += field.isEmpty() ? 0 : 1;
      }
      return MeasuredValues.of(names, values);
    }

    private static double number(String name, String field) {
      double value;
      try {
        value = Double.parseDouble(field);
      } catch (NumberFormatException e) {
        value = Double.NaN;
      }
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            "expected a number or nothing as " + name + ", found '" + field + "'");
      }
      return value;
    }

    @Override
    List<String> labels() {
      if (numbers == 0) {
        throw new IllegalArgumentException(
            "expected a number in a column of " + names + ", found none in any row");
      }
      return names;
    }

    @Override
    Annotation annotation(Object key) {
      return (MeasuredValues) key;
    }

    @Override
    List<String> notes() {
      return List.of();
    }
  }
}
