package io.cxr.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The patient of each image: a CSV file with the columns file, label and patient. */
final class PatientList {
  private static final String LABEL = "label";
  private static final String PATIENT = "patient";
  private static final String SOURCE = "source";

  private final ImageTable table;
  private final int label;

  private PatientList(ImageTable table) {
    this.table = table;
    this.label = table.columns().indexOf(LABEL);
  }

  /** Reads a list. Columns may come in any order, and others beside them. */
  static PatientList read(Path csv, boolean withSources) throws IOException {
    ImageTable table =
        ImageTable.read(
            csv,
            withSources
                ? List.of("file", LABEL, PATIENT, SOURCE)
                : List.of("file", LABEL, PATIENT));
    PatientList list = new PatientList(table);
    table.lines().forEach(list::checkOneLabelAndPatient);
    return list;
  }

  private void checkOneLabelAndPatient(String file, List<CsvRows.Row> lines) {
    int patient = table.columns().indexOf(PATIENT);
    List<String> first = lines.get(0).fields();
    for (CsvRows.Row line : lines) {
      if (!line.fields().get(label).equals(first.get(label))
          || !line.fields().get(patient).equals(first.get(patient))) {
        throw new IllegalArgumentException(
            table.name()
                + ", line "
                + line.number()
                + ": expected one label and one patient a file, found others than in line "
                + lines.get(0).number()
                + " for "
                + file);
      }
    }
  }

  /**
   * The patient of an image.
   *
   * @param file the image, relative to the folder, with {@code /}
   * @param folderLabel the label that the folder gives it
   */
  Optional<String> patientOf(String file, String folderLabel) {
    CsvRows.Row line = table.lines(file).get(0);
    if (!line.fields().get(label).equals(folderLabel)) {
      throw new IllegalArgumentException(
          table.name()
              + ", line "
              + line.number()
              + ": expected the label of the folder, "
              + folderLabel
              + ", found "
              + line.fields().get(label)
              + " for "
              + file);
    }
    return table.value(file, PATIENT);
  }

  /** The source of an image that has a line; empty where the list has no such column. */
  Optional<String> sourceOf(String file) {
    return table.columns().contains(SOURCE) ? table.value(file, SOURCE) : Optional.empty();
  }
}
