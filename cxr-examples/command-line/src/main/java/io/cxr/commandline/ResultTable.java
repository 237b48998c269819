package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.file.AtomicFile;
import io.cxr.model.ModelCard;
import io.cxr.model.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The results of a run as a CSV file (RFC 4180, UTF-8): a line a radiograph with its answer, a
 * column for each label, finding or measurement, and the error of those without a prediction.
 */
final class ResultTable {
  private final Path file;
  private final Task task;
  private final StringBuilder text = new StringBuilder();

  ResultTable(Path file, ModelCard card) {
    this.file = file;
    this.task = card.task();
    List<String> header = new ArrayList<>(List.of("file", "answer"));
    if (task instanceof Task.Measurements measurements) {
      measurements
          .measurements()
          .forEach(each -> header.add(each.name() + " [" + each.unit() + "]"));
    } else {
      header.addAll(task.labels());
    }
    header.add("error");
    add(header);
  }

  void add(Path radiograph, Prediction prediction) {
    List<String> fields = new ArrayList<>(List.of(radiograph.toString()));
    fields.add(
        task.kind() == Task.Kind.FINDINGS
            ? String.join("|", prediction.positives())
            : prediction.summary());
    task.labels().forEach(label -> fields.add(String.valueOf(prediction.value(label))));
    fields.add("");
    add(fields);
  }

  void add(Path radiograph, Exception failure) {
    List<String> fields = new ArrayList<>(List.of(radiograph.toString(), ""));
    fields.addAll(Collections.nCopies(task.labels().size(), ""));
    fields.add(Cxr.reason(failure));
    add(fields);
  }

  private void add(List<String> fields) {
    text.append(fields.stream().map(ResultTable::quoted).collect(Collectors.joining(",")))
        .append("\r\n");
  }

  private static String quoted(String field) {
    return field.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n')
        ? '"' + field.replace("\"", "\"\"") + '"'
        : field;
  }

  /** Whole or not at all. */
  void write() throws IOException {
    AtomicFile.write(file, text.toString());
  }
}
