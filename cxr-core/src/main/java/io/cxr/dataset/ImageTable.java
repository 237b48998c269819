package io.cxr.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of images: a CSV file (RFC 4180, UTF-8, with a header) with one line per image, which the
 * column {@code file} names, and any other columns in any order. Immutable and thread-safe.
 */
public final class ImageTable {
  private static final String FILE = "file";

  private final String name;
  private final List<String> columns;
  private final Map<String, List<CsvRows.Row>> lines;

  private ImageTable(String name, List<String> columns, Map<String, List<CsvRows.Row>> lines) {
    this.name = name;
    this.columns = columns;
    this.lines = lines;
  }

  /**
   * Reads a table.
   *
   * @param csv the file
   * @return the table
   * @throws IOException if the file is missing or unreadable
   * @throws IllegalArgumentException if it is not such a table
   */
  public static ImageTable read(Path csv) throws IOException {
    return read(csv, List.of(FILE));
  }

  /** Reads a table that has these columns. */
  static ImageTable read(Path csv, List<String> needed) throws IOException {
    String name = String.valueOf(csv.getFileName());
    try (CsvRows rows = CsvRows.open(csv)) {
      List<String> columns = header(name, rows, needed);
      Map<String, List<CsvRows.Row>> lines = new LinkedHashMap<>();
      for (CsvRows.Row row = rows.next(); row != null; row = rows.next()) {
        checkWidth(name, columns, row);
        lines
            .computeIfAbsent(
                fileName(row.fields().get(columns.indexOf(FILE))), key -> new ArrayList<>())
            .add(row);
      }
      return new ImageTable(name, columns, lines);
    }
  }

  /** The first row, in which these columns have to be. */
  static List<String> header(String name, CsvRows rows, List<String> needed) throws IOException {
    CsvRows.Row first = rows.next();
    if (first == null) {
      throw new IllegalArgumentException(
          name + ": expected the header " + String.join(",", needed) + ", found an empty file");
    }
    for (String column : needed) {
      if (!first.fields().contains(column)) {
        // The header itself may be a line of data: a file without one. So it is not repeated here.
        throw new IllegalArgumentException(
            name
                + ", line 1: expected a header with the columns "
                + String.join(", ", needed)
                + ", found none called '"
                + column
                + "'");
      }
    }
    return first.fields();
  }

  /** Refuses a row that has not the header's columns. */
  static void checkWidth(String name, List<String> columns, CsvRows.Row row) {
    if (row.fields().size() != columns.size()) {
      throw new IllegalArgumentException(
          name
              + ", line "
              + row.number()
              + ": expected "
              + columns.size()
              + " fields as in the header, found "
              + row.fields().size());
    }
  }

  /** A file as tables name it, without what says nothing. */
  static String fileName(String field) {
    return field.startsWith("./") ? field.substring(2) : field;
  }

  /**
   * The header.
   *
   * @return names of columns, in the order of the file
   */
  public List<String> columns() {
    return columns;
  }

  /**
   * A field of one image.
   *
   * @param file the image, as the table names it
   * @param column one of the columns
   * @return the field, or empty if it is blank
   * @throws IllegalArgumentException if there is no such column, no line for the image, or two that
   *     differ
   */
  public Optional<String> value(String file, String column) {
    int index = columns.indexOf(column);
    if (index < 0) {
      throw new IllegalArgumentException(
          name + ": expected a column called '" + column + "', found none of that name");
    }
    List<CsvRows.Row> found = lines(file);
    String value = found.get(0).fields().get(index);
    for (CsvRows.Row other : found) {
      if (!other.fields().get(index).equals(value)) {
        throw new IllegalArgumentException(
            name
                + ", line "
                + other.number()
                + ": expected one "
                + column
                + " a file, found another than in line "
                + found.get(0).number()
                + " for "
                + file);
      }
    }
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  String name() {
    return name;
  }

  /** All lines, by the file they are about. */
  Map<String, List<CsvRows.Row>> lines() {
    return lines;
  }

  /** The lines about an image, at least one. */
  List<CsvRows.Row> lines(String file) {
    List<CsvRows.Row> found = lines.get(file);
    if (found == null) {
      throw new IllegalArgumentException(
          name
              + ": expected a line for every image, found none for "
              + file
              + ". Files are named relative to the folder, with '/'.");
    }
    return found;
  }
}
