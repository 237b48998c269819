package io.cxr.dataset;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV file, one after the other: RFC 4180 in UTF-8, with any line ends and an
 * optional byte order mark. Blank lines are passed over. Not thread-safe.
 */
final class CsvRows implements Closeable {
  private static final int BUFFER = 1 << 16;
  private static final int END = -1;

  /**
   * One row.
   *
   * @param number the number of its first line, from 1
   * @param fields without spaces around them
   */
  record Row(int number, List<String> fields) {}

  private final String name;
  private final Reader reader;
  private int line = 1;
  private int next;

  private CsvRows(String name, Reader reader) throws IOException {
    this.name = name;
    this.reader = reader;
    this.next = read();
    if (next == '\uFEFF') {
      next = read();
    }
  }

  /** Opens a file, which messages call by its name without its folder. */
  static CsvRows open(Path csv) throws IOException {
    String name = String.valueOf(csv.getFileName());
    Reader reader =
        new BufferedReader(
            // A decoder reports bytes that are no text; a character set by itself replaces them.
            new InputStreamReader(Files.newInputStream(csv), StandardCharsets.UTF_8.newDecoder()),
            BUFFER);
    try {
      return new CsvRows(name, reader);
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private int read() throws IOException {
    try {
      return reader.read();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          name + ": expected text in UTF-8, found other bytes. Save it as CSV in UTF-8.", e);
    }
  }

  /** Reads one row, or nothing at the end of the file. */
  @Nullable Row next() throws IOException {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    int first = line;
    while (next != END) {
      int c = next;
      next = read();
      boolean lineEnd = c == '\n' || (c == '\r' && next != '\n');
      line += lineEnd ? 1 : 0;
      if (quoted) {
        if (c == '"' && next == '"') {
          field.append('"');
          next = read();
        } else if (c == '"') {
          quoted = false;
        } else {
          field.append((char) c);
        }
      } else if (c == '"' && field.isEmpty()) {
        quoted = true;
      } else if (c == ',') {
        end(field, fields);
      } else if (lineEnd) {
        end(field, fields);
        if (!isBlank(fields)) {
          return new Row(first, List.copyOf(fields));
        }
        fields.clear();
        first = line;
      } else if (c != '\r') {
        field.append((char) c);
      }
    }
    if (quoted) {
      throw new IllegalArgumentException(
          name + ", line " + first + ": expected a closing quote, found the end of the file");
    }
    end(field, fields);
    return isBlank(fields) ? null : new Row(first, List.copyOf(fields));
  }

  private static void end(StringBuilder field, List<String> fields) {
    fields.add(field.toString().strip());
    field.setLength(0);
  }

  private static boolean isBlank(List<String> fields) {
    return fields.size() == 1 && fields.get(0).isEmpty();
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
