package io.cxr.workbench.dataset;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelTable;
import io.cxr.model.Task;
import io.cxr.workbench.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Where annotated films lie: a folder of class folders, or a table of images. Only the process that
 * was given its root knows the path; a page knows the name and an id.
 *
 * @param name for people, such as {@code many-hospitals}; never a path
 * @param folder the folder of class folders, or the one that the table's files are in
 * @param table the table, or null for class folders
 */
public record DataSet(String name, Path folder, @Nullable Path table) {
  /** What tables beside class folders are called that tell the patients of their images. */
  static final String PATIENTS = "patients.csv";

  /** Checks the values. */
  public DataSet {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(folder, "folder");
  }

  /**
   * The table.
   *
   * @return empty for class folders
   */
  public Optional<Path> tableFile() {
    return Optional.ofNullable(table);
  }

  /**
   * Opens it as {@code cxr train --data} does; rows of a table whose files are not there are left
   * out.
   *
   * @return the films, none of them decoded
   * @throws IOException if it is not there or unreadable
   * @throws IllegalArgumentException if it is no data set
   */
  public ImageSet open() throws IOException {
    return table == null ? openFolder().open() : openTable(folder, table).open();
  }

  /**
   * Opens it to evaluate a model on: of the model's labels those that the data set has, or the
   * model's findings.
   *
   * @param task of the model
   * @return the films, none of them decoded
   * @throws IOException if it is not there or unreadable
   * @throws IllegalArgumentException if it is no data set, or has none of the model's labels
   */
  public ImageSet openFor(Task task) throws IOException {
    return switch (task.kind()) {
      case EXCLUSIVE_LABELS -> openWith(known(task.labels()));
      case FINDINGS -> openWith((Task.Findings) task);
      case MEASUREMENTS ->
          throw new IllegalArgumentException(
              "Evaluation: expected a model of labels or findings, found one of measurements. Use"
                  + " cxr evaluate with a table of values.");
    };
  }

  /** The model's labels that the data set has, in the model's order. */
  private List<String> known(List<String> labels) throws IOException {
    List<String> here = open().labels();
    List<String> known = labels.stream().filter(here::contains).toList();
    if (known.isEmpty()) {
      throw new IllegalArgumentException(
          name
              + ": expected films of some of the model's labels "
              + labels
              + ", found "
              + here
              + ". Choose another model or data set.");
    }
    return known;
  }

  private ImageSet openWith(List<String> classes) throws IOException {
    return table == null
        ? openFolder().classes(classes).open()
        : openTable(folder, table).classes(classes).open();
  }

  private ImageSet openWith(Task.Findings task) throws IOException {
    if (table == null) {
      throw new IllegalArgumentException(
          name
              + ": expected a table of findings for this model, found class folders. Choose another"
              + " model or data set.");
    }
    return openTable(folder, table).findings(task.labels()).open();
  }

  private ImageFolder.Builder openFolder() {
    ImageFolder.Builder builder = ImageFolder.builder(folder);
    Path patients = folder.resolve(PATIENTS);
    return Files.isRegularFile(patients) ? builder.patients(patients) : builder;
  }

  /**
   * Whether it went away since it was listed: a folder that was moved or deleted, a disk that is no
   * longer mounted.
   *
   * @return what is not there, for people; empty where folder and table are
   */
  public Optional<String> gone() {
    String missing =
        !Files.isDirectory(folder)
            ? "its folder"
            : table != null && !Files.isRegularFile(table) ? "its table" : null;
    return Optional.ofNullable(missing)
        .map(
            what ->
                "expected the data set "
                    + name
                    + " where it was, found that "
                    + what
                    + " was moved or deleted meanwhile. Put it back and ask again, or choose"
                    + " another.");
  }

  private static LabelTable.Builder openTable(Path folder, Path file) {
    return LabelTable.builder(file).images(folder).leaveOutMissing();
  }

  /**
   * For a file of the server's own; a page never sees it.
   *
   * @return JSON that {@link #fromJson} reads
   */
  public String toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", name);
    object.put("folder", folder.toString());
    tableFile().ifPresent(file -> object.put("table", file.toString()));
    return Json.mapper().writeValueAsString(object);
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @param json an object
   * @return the data set
   * @throws IOException if it is other JSON
   */
  public static DataSet fromJson(String json) throws IOException {
    try {
      JsonNode object = Json.mapper().readTree(json);
      JsonNode table = object.path("table");
      return new DataSet(
          object.path("name").asString(),
          Path.of(object.path("folder").asString()),
          table.isString() ? Path.of(table.asString()) : null);
    } catch (JacksonException e) {
      throw new IOException("Data set: expected JSON, found other content", e);
    }
  }
}
