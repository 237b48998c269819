package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelTable;
import io.cxr.model.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that select classes, and the folder or table of radiographs to evaluate on. */
final class EvaluatedFolder {
  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "CLASS",
      description = "The classes to use; all folders by default. The model has to know them.")
  private @Nullable List<String> classes;

  @Mixin private TableOptions table;

  /**
   * Opens a table of findings or measurements.
   *
   * @param task those of the model, of which the table may lack findings
   */
  LabelTable openTable(Path data, Task task) throws IOException {
    if (!TableOptions.isTable(data)) {
      throw new IllegalArgumentException(
          "--data: expected a table, FILE.csv, with the truth about "
              + task.labels()
              + ", found no file "
              + data
              + ".");
    }
    if (classes != null || table.findings() != null) {
      throw new IllegalArgumentException(
          "--classes and --findings: expected none, as the model has " + task.labels() + ".");
    }
    LabelTable.Builder builder = table.builder(data);
    if (task instanceof Task.Measurements measurements) {
      Map<String, String> units = new LinkedHashMap<>();
      measurements.measurements().forEach(each -> units.put(each.name(), each.unit()));
      builder.measurements(units);
    } else {
      builder.findings(task.labels());
    }
    return builder.open();
  }

  /**
   * Opens a folder or table. It need not have all of the model's labels.
   *
   * @param known the model's labels
   * @param patients the CSV file of patients, or null for none
   * @throws IllegalArgumentException if the folder, or the choice, has a class that the model does
   *     not know
   */
  ImageSet open(Path data, List<String> known, @Nullable Path patients) throws IOException {
    boolean isTable = TableOptions.isTable(data);
    if (!isTable) {
      table.checkNone();
    }
    ImageSet all = isTable ? table.builder(data).open() : ImageFolder.open(data);
    all.requireLabels("Evaluation");
    List<String> chosen = classes == null ? all.labels() : classes;
    List<String> unknown = chosen.stream().filter(label -> !known.contains(label)).toList();
    if (!unknown.isEmpty()) {
      List<String> common = chosen.stream().filter(known::contains).toList();
      throw new IllegalArgumentException(
          (classes == null ? data.toString() : "--classes")
              + ": expected classes that the model knows, "
              + known
              + ", found "
              + chosen
              + ". "
              + (common.isEmpty()
                  ? "Rename them to the model's labels, or name another model."
                  : "To leave " + unknown + " out, give --classes " + String.join(",", common)));
    }
    // In the model's order, whatever the folder's.
    List<String> ordered = known.stream().filter(chosen::contains).toList();
    if (isTable) {
      if (patients != null) {
        throw new IllegalArgumentException(
            "--patients: expected with a folder; a table has its patients in a column of its own.");
      }
      return table.builder(data).classes(ordered).open();
    }
    ImageFolder.Builder builder = ImageFolder.builder(data).classes(ordered);
    return (patients == null ? builder : builder.patients(patients)).open();
  }
}
