package io.cxr.commandline;

import io.cxr.dataset.FindingStates;
import io.cxr.dataset.ImageTable;
import io.cxr.dataset.LabelState;
import io.cxr.model.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The films of a table, with what is known of each: a column for each finding (1 present, 0 absent,
 * -1 or blank unknown) or measurement (a number, or blank), beside {@code file} and, where known,
 * {@code patient}.
 */
final class TruthTable {
  private static final String PATIENT = "patient";

  private final ImageTable table;
  private final Path csv;
  private final List<String> labels;

  private TruthTable(ImageTable table, Path csv, List<String> labels) {
    this.table = table;
    this.csv = csv;
    this.labels = labels;
  }

  /**
   * One film.
   *
   * @param file where it is
   * @param name as the table has it
   */
  record Film(Path file, String name, Optional<String> patient) {}

  /**
   * Opens a table; files are named relative to its folder.
   *
   * @throws IllegalArgumentException if it lacks a column that the model has
   */
  static TruthTable open(Path csv, Task task) throws IOException {
    ImageTable table = ImageTable.read(csv);
    List<String> missing =
        task.labels().stream().filter(label -> !table.columns().contains(label)).toList();
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          csv
              + ": expected a column for each of the model's "
              + task.labels()
              + ", found none for "
              + missing
              + ". Add empty columns for what is not known.");
    }
    return new TruthTable(table, csv.toAbsolutePath(), task.labels());
  }

  List<Film> films() {
    List<Film> films = new ArrayList<>();
    for (String file : table.files()) {
      films.add(
          new Film(
              csv.resolveSibling(file),
              file,
              table.columns().contains(PATIENT)
                  ? table.value(file, PATIENT)
                  : Optional.<String>empty()));
    }
    return films;
  }

  FindingStates findings(Film film) {
    List<LabelState> states = new ArrayList<>();
    for (String label : labels) {
      String value = table.value(film.name(), label).orElse("");
      states.add(
          switch (value) {
            case "1", "1.0" -> LabelState.PRESENT;
            case "0", "0.0" -> LabelState.ABSENT;
            case "-1", "-1.0", "" -> LabelState.UNKNOWN;
            default -> throw unexpected(film, label, "1, 0, -1 or nothing", value);
          });
    }
    return FindingStates.of(labels, states);
  }

  /** NaN where a value is not known. */
  double[] values(Film film) {
    double[] values = new double[labels.size()];
    for (int i = 0; i < values.length; i++) {
      String label = labels.get(i);
      String value = table.value(film.name(), label).orElse("");
      try {
        values[i] = value.isEmpty() ? Double.NaN : Double.parseDouble(value);
      } catch (NumberFormatException e) {
        throw unexpected(film, label, "a number or nothing", value);
      }
    }
    return values;
  }

  private static IllegalArgumentException unexpected(
      Film film, String label, String expected, String found) {
    return new IllegalArgumentException(
        film.name() + ": expected " + expected + " in the column " + label + ", found " + found);
  }
}
