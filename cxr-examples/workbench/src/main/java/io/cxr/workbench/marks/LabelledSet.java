package io.cxr.workbench.marks;

import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.error.CxrException;
import io.cxr.file.AtomicFile;
import io.cxr.file.Sha256;
import io.cxr.model.Task;
import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.cases.Mark;
import io.cxr.workbench.table.CsvTable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The cases of a user to which the user gave labels, as a data set that {@code cxr train} and
 * {@code cxr evaluate} read: {@code images.csv} with the columns {@code file}, {@code label} (one
 * label each) or {@code labels} (findings, joined by bars), {@code patient}, {@code remark} and
 * {@code case}, and the films as they were brought in {@code images/}, under the ids of their
 * cases.
 *
 * <p>Patients are numbered in the order in which DICOM files name them, so that training keeps the
 * films of one together; other films have none. Immutable.
 */
public final class LabelledSet {
  /** The table's name. */
  public static final String TABLE = "images.csv";

  private static final String IMAGES = "images";
  private static final String NO_FINDING = "No Finding";
  private static final DicomTag PATIENT_ID = DicomTag.of(0x00100020);
  private static final DicomTag ISSUER = DicomTag.of(0x00100021);

  private final List<Film> films;
  private final boolean findings;

  /** A case with its labels. */
  private record Film(Case film, List<String> labels, String remark) {
    /** The name of its file, by its format, since some formats have no other sign. */
    String fileName() {
      String format = film.format() == null ? "" : film.format().toLowerCase(Locale.ROOT);
      String ending =
          switch (format) {
            case "dicom" -> "dcm";
            case "jpeg" -> "jpg";
            case "tiff" -> "tif";
            default -> format.matches("[a-z0-9]{1,5}") ? format : "png";
          };
      return IMAGES + "/" + film.id() + "." + ending;
    }
  }

  private LabelledSet(List<Film> films, boolean findings) {
    this.films = List.copyOf(films);
    this.findings = findings;
  }

  /**
   * The labelled ones among some cases.
   *
   * @param cases of one user
   * @param task of the user's first model: with one of findings, labels are findings, of which a
   *     film may have several or none
   * @return the set, which may be empty
   */
  public static LabelledSet of(List<Case> cases, Task task) {
    List<Film> films = new ArrayList<>();
    for (Case each : cases) {
      Mark mark = each.mark();
      List<String> labels = mark == null ? null : mark.labels();
      if (mark != null && labels != null) {
        films.add(new Film(each, labels, mark.remark()));
      }
    }
    boolean several = films.stream().anyMatch(film -> film.labels().size() != 1);
    return new LabelledSet(films, several || task.kind() == Task.Kind.FINDINGS);
  }

  /**
   * How many films there are.
   *
   * @return 0 or more
   */
  public int size() {
    return films.size();
  }

  /**
   * How many films each label has.
   *
   * @return by label, in alphabetical order
   */
  public Map<String, Integer> countByLabel() {
    Map<String, Integer> counts = new TreeMap<>();
    films.forEach(film -> film.labels().forEach(label -> counts.merge(label, 1, Integer::sum)));
    return new LinkedHashMap<>(counts);
  }

  /** The table. */
  private String table(CaseStore cases) throws IOException {
    CsvTable table =
        new CsvTable(List.of("file", findings ? "labels" : "label", "patient", "remark", "case"));
    Map<String, Integer> patients = new LinkedHashMap<>();
    for (Film film : films) {
      List<@Nullable Object> row = new ArrayList<>();
      row.add(film.fileName());
      row.add(film.labels().isEmpty() ? NO_FINDING : String.join("|", film.labels()));
      row.add(
          patient(cases, film.film())
              .map(
                  patient ->
                      "patient " + patients.computeIfAbsent(patient, p -> patients.size() + 1))
              .orElse(null));
      row.add(film.remark());
      row.add(film.film().id());
      table.row(row);
    }
    return table.toString();
  }

  /** What tells the patient of a film from others, and is never written; empty if unknown. */
  private static Optional<String> patient(CaseStore cases, Case film) throws IOException {
    if (!film.dicom()) {
      return Optional.empty();
    }
    try {
      var dataSet = DicomFile.read(cases.file(film)).dataSet();
      return dataSet
          .string(PATIENT_ID)
          .filter(id -> !id.isBlank())
          .map(id -> Sha256.hex(id.strip() + "\n" + dataSet.string(ISSUER).orElse("")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (CxrException e) {
      // The film itself is unreadable then, which training says.
      return Optional.empty();
    }
  }

  /**
   * Writes the data set. Films are linked where the file system can, so that they take no room
   * twice, and copied elsewhere.
   *
   * @param folder to write to, which exists
   * @param cases where the films are
   * @return the table in the folder
   * @throws IOException if it cannot be written
   */
  public Path write(Path folder, CaseStore cases) throws IOException {
    Files.createDirectories(folder.resolve(IMAGES));
    for (Film film : films) {
      Path from = cases.file(film.film());
      Path to = folder.resolve(film.fileName());
      try {
        Files.createLink(to, from);
      } catch (NoSuchFileException e) {
        // Deleted meanwhile: training leaves rows out whose files are not there.
      } catch (UnsupportedOperationException | IOException e) {
        Files.copy(from, to);
      }
    }
    Path table = folder.resolve(TABLE);
    AtomicFile.write(table, table(cases));
    return table;
  }

  /**
   * Writes the data set as a ZIP archive. The films are what they were when they were brought:
   * DICOM files still name their patients.
   *
   * @param out to write to; not closed
   * @param cases where the films are
   * @throws IOException if it cannot be written
   */
  public void zip(OutputStream out, CaseStore cases) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    zip.putNextEntry(new ZipEntry(TABLE));
    zip.write(table(cases).getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
    // Radiographs are compressed as they are.
    zip.setLevel(1);
    for (Film film : films) {
      Path from = cases.file(film.film());
      if (Files.exists(from)) {
        zip.putNextEntry(new ZipEntry(film.fileName()));
        Files.copy(from, zip);
        zip.closeEntry();
      }
    }
    zip.finish();
  }

  /**
   * The case of a film.
   *
   * @param fileName the name in the table
   * @return its case's id
   */
  public static Optional<String> caseOf(String fileName) {
    String name = fileName.substring(fileName.lastIndexOf('/') + 1);
    int end = name.indexOf('.');
    return end <= 0 ? Optional.empty() : Optional.of(name.substring(0, end));
  }
}
