package io.cxr.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which image is whose: a CSV file with the columns file, label and patient. */
final class PatientList {

  /**
   * One line of the list.
   *
   * @param line the line's number, from 1
   * @param label the label it gives
   * @param patient the patient it gives, empty if the field is blank
   * @param source the source it gives, empty if there is none
   */
  record Entry(int line, String label, Optional<String> patient, Optional<String> source) {}

  private record Fields(int line, List<String> values) {}

  private final String name;
  private final Map<String, Entry> entries;

  private PatientList(String name, Map<String, Entry> entries) {
    this.name = name;
    this.entries = entries;
  }

  /** Reads a list. Columns may come in any order, and others beside them. */
  static PatientList read(Path csv) throws IOException {
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
    List<Fields> table = parse(name, text);
    if (table.isEmpty()) {
      throw new IllegalArgumentException(
          name + ": expected the header file,label,patient, found an empty file");
    }
    List<String> header = table.get(0).values().stream().map(String::strip).toList();
    int file = column(name, header, "file");
    int label = column(name, header, "label");
    int patient = column(name, header, "patient");
    int source = header.indexOf("source");
    Map<String, Entry> entries = new HashMap<>();
    for (Fields fields : table.subList(1, table.size())) {
      if (fields.values().size() != header.size()) {
        throw new IllegalArgumentException(
            name
                + ", line "
                + fields.line()
                + ": expected "
                + header.size()
                + " fields as in the header, found "
                + fields.values().size());
      }
      String key = fields.values().get(file).strip();
      if (key.startsWith("./")) {
        key = key.substring(2);
      }
      String id = fields.values().get(patient).strip();
      String from = source < 0 ? "" : fields.values().get(source).strip();
      Entry entry =
          new Entry(
              fields.line(),
              fields.values().get(label).strip(),
              id.isEmpty() ? Optional.empty() : Optional.of(id),
              from.isEmpty() ? Optional.empty() : Optional.of(from));
      Entry earlier = entries.putIfAbsent(key, entry);
      if (earlier != null
          && !(earlier.label().equals(entry.label())
              && earlier.patient().equals(entry.patient()))) {
        throw new IllegalArgumentException(
            name
                + ", line "
                + entry.line()
                + ": expected one label and one patient a file, found others than in line "
                + earlier.line()
                + " for "
                + key);
      }
    }
    return new PatientList(name, entries);
  }

  private static int column(String name, List<String> header, String column) {
    int index = header.indexOf(column);
    if (index < 0) {
      // The header itself may be a line of data: a file without one. So it is not repeated here.
      throw new IllegalArgumentException(
          name
              + ", line 1: expected a header with the columns file, label and patient, found none"
              + " called '"
              + column
              + "'");
    }
    return index;
  }

  /**
   * The patient of an image.
   *
   * @param file the image, relative to the folder, with {@code /}
   * @param label the label that the folder gives it
   */
  Optional<String> patientOf(String file, String label) {
    Entry entry = entries.get(file);
    if (entry == null) {
      throw new IllegalArgumentException(
          name
              + ": expected a line for every image, found none for "
              + file
              + ". Files are named relative to the folder, with '/'.");
    }
    if (!entry.label().equals(label)) {
      throw new IllegalArgumentException(
          name
              + ", line "
              + entry.line()
              + ": expected the label of the folder, "
              + label
              + ", found "
              + entry.label()
              + " for "
              + file);
    }
    return entry.patient();
  }

  /** The source of an image that has a line. */
  Optional<String> sourceOf(String file) {
    Entry entry = entries.get(file);
    return entry == null ? Optional.empty() : entry.source();
  }

  /** Splits CSV as RFC 4180 has it, with any line ends and an optional byte order mark. */
  private static List<Fields> parse(String name, String text) {
    List<Fields> table = new ArrayList<>();
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
        fields.add(field.toString());
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
      List<Fields> table, List<String> fields, StringBuilder field, int line) {
    fields.add(field.toString());
    field.setLength(0);
    if (fields.size() > 1 || !fields.get(0).isBlank()) {
      table.add(new Fields(line, List.copyOf(fields)));
    }
    fields.clear();
  }
}
