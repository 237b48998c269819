package io.cxr.benchmarks;

import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results as Markdown to read and as JSON to compute with, both headed by the facts of the machine.
 * Not thread-safe.
 */
public final class Report {
  private final StringBuilder markdown = new StringBuilder();
  private final Map<String, Object> json = new LinkedHashMap<>();

  /**
   * An empty report.
   *
   * @param title the heading
   * @param facts of the machine
   */
  public Report(String title, Map<String, String> facts) {
    markdown.append("# ").append(title).append("\n\n");
    facts.forEach(
        (name, value) ->
            markdown.append("- ").append(name).append(": ").append(value).append('\n'));
    json.put("machine", facts);
  }

  /**
   * Adds a heading.
   *
   * @param text the heading
   */
  public void heading(String text) {
    markdown.append("\n## ").append(text).append("\n");
  }

  /**
   * Adds a paragraph.
   *
   * @param text the paragraph
   */
  public void paragraph(String text) {
    markdown.append('\n').append(text).append('\n');
  }

  /**
   * Adds a table.
   *
   * @param columns the heading of each column
   * @param rows as many cells each
   */
  public void table(List<String> columns, List<List<String>> rows) {
    List<List<String>> lines = new ArrayList<>(List.of(columns));
    lines.add(columns.stream().map(column -> "---").toList());
    lines.addAll(rows);
    markdown.append('\n');
    lines.forEach(cells -> markdown.append("| ").append(String.join(" | ", cells)).append(" |\n"));
  }

  /**
   * Adds what the JSON is to have.
   *
   * @param name of the member
   * @param value anything that Jackson writes
   */
  public void data(String name, Object value) {
    json.put(name, value);
  }

  /**
   * The Markdown so far.
   *
   * @return the text
   */
  public String markdown() {
    return markdown.toString();
  }

  /**
   * Writes both files.
   *
   * @param folder made if it is missing
   * @param name of the files without suffix
   * @throws IOException if they cannot be written
   */
  public void write(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    AtomicFile.write(folder.resolve(name + ".md"), markdown());
    AtomicFile.write(folder.resolve(name + ".json"), mapper.writeValueAsString(json) + "\n");
  }
}
