package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that selects classes, and the folder of labelled radiographs to evaluate on. */
final class EvaluatedFolder {
  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "CLASS",
      description = "The classes to use; all folders by default. The model has to know them.")
  private @Nullable List<String> classes;

  /**
   * Opens a folder. It need not have all of the model's labels.
   *
   * @param known the model's labels
   * @param patients the CSV file of patients, or null for none
   * @throws IllegalArgumentException if the folder, or the choice, has a class that the model does
   *     not know
   */
  ImageSet open(Path data, List<String> known, @Nullable Path patients) throws IOException {
    List<String> chosen = classes == null ? ImageFolder.open(data).labels() : classes;
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
                  ? "Rename the folders to the model's labels, or name another model."
                  : "To leave " + unknown + " out, give --classes " + String.join(",", common)));
    }
    // In the model's order, whatever the folder's.
    ImageFolder.Builder builder =
        ImageFolder.builder(data).classes(known.stream().filter(chosen::contains).toList());
    return (patients == null ? builder : builder.patients(patients)).open();
  }
}
