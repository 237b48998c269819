package io.cxr.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

  /**
   * One line.
   *
   * @param number the line's number, from 1
   * @param fields as many fields as the header has, without spaces around them
   */
  record Line(int number, List<String> fields) {}

  private final String name;
  private final List<String> columns;
  private final Map<String, List<Line>> lines;

  private ImageTable(String name, List<String> columns, Map<String, List<Line>> lines) {
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
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(Files.readAllBytes(csv)))
              .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          name + ": expected text in UTF-8, found other bytes. Save it as CSV in UTF-8.", e);
    }
    List<Line> parsed = parse(name, text);
    if (parsed.isEmpty()) {
      throw new IllegalArgumentException(
          name + ": expected the header " + String.join(",", needed) + ", found an empty file");
    }
    List<String> columns = parsed.get(0).fields();
    for (String column : needed) {
      if (!columns.contains(column)) {
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
    Map<String, List<Line>> lines = new LinkedHashMap<>();
    for (Line line : parsed.subList(1, parsed.size())) {
      if (line.fields().size() != columns.size()) {
        throw new IllegalArgumentException(
            name
                + ", line "
                + line.number()
                + ": expected "
                + columns.size()
                + " fields as in the header, found "
                + line.fields().size());
      }
      String file = line.fields().get(columns.indexOf(FILE));
      lines
          .computeIfAbsent(
              file.startsWith("./") ? file.substring(2) : file, key -> new ArrayList<>())
          .add(line);
    }
    return new ImageTable(name, columns, lines);
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
   * The images.
   *
   * @return their names, each once, in the order of the file
   */
  public List<String> files() {
    return List.copyOf(lines.keySet());
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
    List<Line> found = lines(file);
    String value = found.get(0).fields().get(index);
    for (Line other : found) {
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
  Map<String, List<Line>> lines() {
    return lines;
  }

  /** The lines about an image, at least one. */
  List<Line> lines(String file) {
    List<Line> found = lines.get(file);
    if (found == null) {
      throw new IllegalArgumentException(
          name
              + ": expected a line for every image, found none for "
              + file
              + ". Files are named relative to the folder, with '/'.");
    }
    return found;
  }

  /** Splits CSV as RFC 4180 has it, with any line ends and an optional byte order mark. */
  private static List<Line> parse(String name, String text) {
    List<Line> table = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    int line = 1;
    int firstLine = 1;
    int length = text.length();
    for (int i = text.startsWith("\uFEFF") ? 1 : 0; i < length; i++) {
      char c = text.charAt(i);
      boolean lineEnd = c == '\n' || (c == '\r' && !(i + 1 < length && text.charAt(i + 1) == '\n'));
      if (quoted) {
        if (c == '"' && i + 1 < length && text.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else if (c == '"') {
          quoted = false;
        } else {
          field.append(c);
        }
      } else if (c == '"' && field.isEmpty()) {
        quoted = true;
      } else if (c == ',') {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else if (lineEnd) {
        addLine(table, fields, field, firstLine);
        firstLine = line + 1;
      } else if (c != '\r') {
        field.append(c);
      }
      if (lineEnd) {
        line++;
      }
    }
    if (quoted) {
      throw new IllegalArgumentException(
          name + ", line " + firstLine + ": expected a closing quote, found the end of the file");
    }
    addLine(table, fields, field, firstLine);
    return table;
  }

  /** Ends a line; blank ones are passed over. */
  private static void addLine(
      List<Line> table, List<String> fields, StringBuilder field, int line) {
    fields.add(field.toString().strip());
    field.setLength(0);
    if (fields.size() > 1 || !fields.get(0).isEmpty()) {
      table.add(new Line(line, List.copyOf(fields)));
    }
    fields.clear();
  }
}
