package io.cxr.workbench.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Comma-separated values (RFC 4180) in the making. A text that a spreadsheet would take for a
 * formula, and so might run, gets an apostrophe before it, which spreadsheets do not show; numbers
 * are written as they are. Line breaks within a text become spaces. Not thread-safe.
 */
public final class CsvTable {
  /** What begins a formula in spreadsheets (OWASP, CSV Injection), full-width twins included. */
  private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%";

  private final int columns;
  private final StringBuilder text = new StringBuilder();

  /**
   * A table of a header.
   *
   * @param header the columns' names
   */
  public CsvTable(List<String> header) {
    columns = header.size();
    row(header);
  }

  /**
   * Adds a row.
   *
   * @param cells one for each column: a {@link Number}, which is written as it is, any other value
   *     as its guarded text, or null for an empty cell
   * @return this table
   * @throws IllegalArgumentException if there are more or fewer cells than columns
   */
  public CsvTable row(List<? extends @Nullable Object> cells) {
    if (cells.size() != columns) {
      throw new IllegalArgumentException(
          "Row: expected " + columns + " cells, found " + cells.size());
    }
    for (int i = 0; i < cells.size(); i++) {
      if (i > 0) {
        text.append(',');
      }
      Object cell = cells.get(i);
      if (cell instanceof Number) {
        text.append(cell);
      } else if (cell != null) {
        text.append(quoted(guarded(cell.toString())));
      }
    }
    text.append("\r\n");
    return this;
  }

  /**
   * Whether a spreadsheet would take a text for a formula.
   *
   * @param text a cell
   * @return whether it gets an apostrophe
   */
  public static boolean isFormula(String text) {
    String shown = text.stripLeading();
    return begins(text) || begins(shown);
  }

  private static boolean begins(String text) {
    return !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
  }

  private static String guarded(String text) {
    return isFormula(text) ? "'" + text : text;
  }

  private static String quoted(String text) {
    String line = text.replaceAll("[\\r\\n\\u2028\\u2029]+", " ");
    boolean plain = line.chars().noneMatch(c -> c == ',' || c == '"' || c == ';' || c == '\t');
    return plain && line.equals(line.strip()) ? line : '"' + line.replace("\"", "\"\"") + '"';
  }

  /** The table, each line ended by CR LF. */
  @Override
  public String toString() {
    return text.toString();
  }
}
