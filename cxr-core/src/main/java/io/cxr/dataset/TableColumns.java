package io.cxr.dataset;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a table of images are for: found by their names, or as the caller says. Not
 * thread-safe.
 */
final class TableColumns {
  static final String FILE = "file";
  static final String LABEL = "label";
  static final String LABELS = "labels";
  static final String PATIENT = "patient";
  static final String SOURCE = "source";
  static final String VIEW = "view";
  static final String SUBSET = "subset";

  /** What columns are for, and the names by which they are known without being told. */
  private static final Map<String, List<String>> ROLES = roles();

  /** The observations of CheXpert, in the order of its tables. */
  private static final List<String> CHEXPERT =
      List.of(
          "No Finding",
          "Enlarged Cardiomediastinum",
          "Cardiomegaly",
          "Lung Opacity",
          "Lung Lesion",
          "Edema",
          "Consolidation",
          "Pneumonia",
          "Atelectasis",
          "Pneumothorax",
          "Pleural Effusion",
          "Pleural Other",
          "Fracture",
          "Support Devices");

  private final LabelTable.Builder options;
  private final String name;
  private final List<String> header;
  private final Map<String, Integer> columns = new HashMap<>();

  /**
   * Reads the header.
   *
   * @param name the table's file
   * @param rows of which the header is the first
   * @throws IllegalArgumentException if a column is missing that is needed
   */
  TableColumns(LabelTable.Builder options, String name, CsvRows rows) throws IOException {
    this.options = options;
    this.name = name;
    this.header = ImageTable.header(name, rows, List.copyOf(named(options)));
    for (String role : ROLES.keySet()) {
      int column = column(role);
      if (column >= 0) {
        columns.put(role, column);
      }
    }
    if (!has(FILE)) {
      throw lacking("of files, such as file, Image Index or Path", "file=COLUMN");
    }
    if (options.sourcesNeeded && !has(SOURCE)) {
      throw lacking("of sources, such as source", "source=COLUMN");
    }
    if (!options.views.isEmpty() && !has(VIEW)) {
      throw lacking("of views, such as View Position", "view=COLUMN");
    }
  }

  private static Map<String, List<String>> roles() {
    Map<String, List<String>> roles = new LinkedHashMap<>();
    roles.put(FILE, List.of("file", "Image Index", "Path"));
    roles.put(LABEL, List.of("label"));
    roles.put(LABELS, List.of("labels", "findings", "Finding Labels"));
    roles.put(PATIENT, List.of("patient", "Patient ID"));
    roles.put(SOURCE, List.of("source"));
    roles.put(VIEW, List.of("view", "View Position", "Frontal/Lateral"));
    roles.put(SUBSET, List.of("subset"));
    return Collections.unmodifiableMap(roles);
  }

  List<String> header() {
    return header;
  }

  /** Whether there is a column of a role. */
  boolean has(String role) {
    return columns.containsKey(role);
  }

  /** What a row has in the column of a role; empty where it is blank or there is no such column. */
  Optional<String> text(CsvRows.Row row, String role) {
    @Nullable Integer column = columns.get(role);
    return column == null || row.fields().get(column).isEmpty()
        ? Optional.empty()
        : Optional.of(row.fields().get(column));
  }

  private static Collection<String> named(LabelTable.Builder options) {
    for (String role : options.columns.keySet()) {
      if (!ROLES.containsKey(role)) {
        throw new IllegalArgumentException(
            "Columns: expected some of " + ROLES.keySet() + ", found '" + role + "'");
      }
    }
    List<String> named = new ArrayList<>(options.columns.values());
    named.addAll(options.measurements.keySet());
    return named;
  }

  private IllegalArgumentException lacking(String what, String mapping) {
    return lacking(what, "none", " Name the column: " + mapping);
  }

  private IllegalArgumentException lacking(String what, String found, String remedy) {
    // The header itself may be a row of data: a file without one. So it is not repeated here.
    return new IllegalArgumentException(
        name
            + ", line 1: expected a header with a column "
            + what
            + ", found "
            + found
            + "."
            + remedy);
  }

  private int column(String role) {
    String mapped = options.columns.get(role);
    if (mapped != null) {
      return header.indexOf(mapped);
    }
    for (String usual : ROLES.getOrDefault(role, List.of())) {
      int at = header.indexOf(usual);
      if (at >= 0) {
        return at;
      }
    }
    return -1;
  }

  /** How labels, findings or values are written in this table. */
  LabelSyntax syntax() {
    if (!options.measurements.isEmpty()) {
      if (options.classes != null || options.findings != null) {
        throw new IllegalArgumentException(
            "Table: expected classes, findings or measurements, found several of them");
      }
      List<String> names = List.copyOf(options.measurements.keySet());
      return new LabelSyntax.MeasuredCells(names, indices(names));
    }
    boolean list = columns.containsKey(LABELS) && !options.columns.containsKey(LABEL);
    if (options.classes != null) {
      Integer column = columns.getOrDefault(LABEL, columns.get(LABELS));
      if (options.findings != null) {
        throw new IllegalArgumentException(
            "Table: expected classes or findings, found both. Classes exclude each other.");
      }
      if (column == null) {
        throw lacking("of labels, such as label", "label=COLUMN");
      }
      return new LabelSyntax.OneLabel(column, options.classes);
    }
    List<String> asked = options.findings;
    if (asked != null && header.containsAll(asked)) {
      return cells(asked);
    }
    if (list) {
      return new LabelSyntax.Listed(columns.getOrDefault(LABELS, 0), asked, options.blank);
    }
    List<String> known = CHEXPERT.stream().filter(header::contains).toList();
    if (asked == null && !columns.containsKey(LABEL) && known.size() > 1) {
      return cells(known);
    }
    if (asked != null) {
      throw lacking(
          "for each of " + asked + ", or one of all findings, such as Finding Labels",
          "none for " + absent(asked),
          " Name the column of all: labels=COLUMN");
    }
    Integer column = columns.get(LABEL);
    if (column == null) {
      throw lacking("of labels, such as label or Finding Labels", "label=COLUMN or labels=COLUMN");
    }
    return new LabelSyntax.OneLabel(column, null);
  }

  private LabelSyntax cells(List<String> findings) {
    return new LabelSyntax.FindingCells(
        findings, indices(findings), options.uncertain, options.blank);
  }

  private List<String> absent(List<String> names) {
    return names.stream().filter(each -> !header.contains(each)).toList();
  }

  private int[] indices(List<String> names) {
    return names.stream().mapToInt(header::indexOf).toArray();
  }
}
