package io.cxr.dataset;

import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A data set in a table: a CSV file (RFC 4180, UTF-8, with a header) with one row per image, which
 * may lie in any folder. Immutable and thread-safe.
 *
 * <p>What an image is annotated with depends on the columns:
 *
 * <ul>
 *   <li>one exclusive label in a column, such as {@code label} of {@code
 *       file,label,patient,source};
 *   <li>all findings that are present in one column, joined by {@code |}, and {@code No Finding}
 *       for none, as in ChestX-ray14 (Wang et al., CVPR 2017), whose header is known;
 *   <li>one column a finding with 1 for present, 0 for absent, -1 for uncertain, or nothing, as in
 *       CheXpert (Irvin et al., AAAI 2019), whose header is known. What uncertain and blank fields
 *       count as is the caller's choice, unknown by default;
 *   <li>one column a measurement with a number, or nothing where it is unknown.
 * </ul>
 *
 * <p>The table is read row by row. What is wrong with rows is collected and reported together, with
 * their line numbers; nothing is dropped silently ({@link #notes()}).
 */
public final class LabelTable extends ImageSet {
  /** How many rows are named that cannot be used. */
  static final int NAMED_AT_MOST = 10;

  private final String name;
  private final Map<String, String> units;
  private final List<String> notes;

  LabelTable(
      Path root,
      String name,
      Annotation.Kind kind,
      List<String> labels,
      List<LabelledRadiograph> items,
      Map<Omission, List<Path>> leftOut,
      Map<String, String> units,
      List<String> notes) {
    super(root, kind, labels, items, leftOut);
    this.name = name;
    this.units = units;
    this.notes = List.copyOf(notes);
  }

  /**
   * Opens a table with all of its labels, its images beside it.
   *
   * @param csv the table
   * @return its radiographs
   * @throws IOException if it is missing or unreadable
   * @throws IllegalArgumentException if it is not such a table
   */
  public static LabelTable open(Path csv) throws IOException {
    return builder(csv).open();
  }

  /**
   * Opens a table with options.
   *
   * @param csv the table
   * @return a builder without options
   */
  public static Builder builder(Path csv) {
    return new Builder(csv);
  }

  /** {@inheritDoc} The table's, without its extension. */
  @Override
  public String name() {
    return name;
  }

  /**
   * What was decided about rows that can be understood in several ways, and which were left out.
   *
   * @return sentences with counts; none names a patient
   */
  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public Map<String, String> units() {
    return units;
  }

  @Override
  public LabelTable without(Set<LabelledRadiograph> unwanted) {
    return new LabelTable(
        root(), name, kind(), labels(), remaining(unwanted), leftOut(), units, notes);
  }

  /** The options of a table. Not thread-safe. */
  public static final class Builder {
    final Path csv;
    Path images;
    Map<String, String> columns = Map.of();
    @Nullable List<String> classes;
    @Nullable List<String> findings;
    Map<String, String> measurements = Map.of();
    LabelState uncertain = LabelState.UNKNOWN;
    LabelState blank = LabelState.UNKNOWN;
    List<String> views = List.of();
    boolean leavesOutMissing;
    boolean sourcesNeeded;
    boolean withoutPatients;

    private Builder(Path csv) {
      this.csv = csv;
      this.images = csv.toAbsolutePath().normalize().resolveSibling("").normalize();
    }

    /**
     * Sets where the images are: the table's own folder by default. A file that is not where the
     * table says is looked for by its name in all folders below, as ChestX-ray14's are in twelve,
     * and relative to the folder above, as CheXpert's table has it.
     *
     * @param folder the folder that the table's files are relative to
     * @return this builder
     */
    public Builder images(Path folder) {
      images = folder;
      return this;
    }

    /**
     * Says what columns are for. Those of the tables of ChestX-ray14 and CheXpert, and {@code
     * file}, {@code label}, {@code labels}, {@code patient}, {@code source}, {@code view} and
     * {@code subset}, are known.
     *
     * @param byRole names of columns by role: {@code file}; {@code label} (one) or {@code labels}
     *     (joined by a bar); and, where there are such, {@code patient}, {@code source}, {@code
     *     view}, {@code subset} (train, val or test)
     * @return this builder
     */
    public Builder columns(Map<String, String> byRole) {
      columns = Map.copyOf(byRole);
      return this;
    }

    /**
     * Takes the label as exclusive, and only rows with one of these.
     *
     * @param labels distinct labels, in the order of the outputs
     * @return this builder
     */
    public Builder classes(List<String> labels) {
      classes = distinct("Classes", labels);
      return this;
    }

    /**
     * Takes these findings, of every row: the names in a list of findings, or columns.
     *
     * @param names distinct findings, in the order of the outputs
     * @return this builder
     */
    public Builder findings(List<String> names) {
      findings = distinct("Findings", names);
      return this;
    }

    /**
     * Takes measured values.
     *
     * @param unitByColumn columns with numbers, in the order of the outputs, and their units
     * @return this builder
     */
    public Builder measurements(Map<String, String> unitByColumn) {
      measurements = Collections.unmodifiableMap(new LinkedHashMap<>(unitByColumn));
      return this;
    }

    /**
     * Sets what a finding counts as that is -1: unknown by default.
     *
     * @param state CheXpert's U-Ignore is unknown, U-Zeros absent, U-Ones present
     * @return this builder
     */
    public Builder uncertain(LabelState state) {
      uncertain = state;
      return this;
    }

    /**
     * Sets what a finding counts as that a row says nothing about: unknown by default.
     *
     * @param state unknown or absent
     * @return this builder
     * @throws IllegalArgumentException if it is present
     */
    public Builder blank(LabelState state) {
      if (state == LabelState.PRESENT) {
        throw new IllegalArgumentException(
            "Blank fields: expected to count as unknown or absent, found present");
      }
      blank = state;
      return this;
    }

    /**
     * Takes rows of these views alone.
     *
     * @param names values of the column of views, such as {@code PA} or {@code Frontal}
     * @return this builder
     */
    public Builder views(List<String> names) {
      views = List.copyOf(names);
      return this;
    }

    /**
     * Leaves rows out whose file is not there; by default they are an error.
     *
     * @return this builder
     */
    public Builder leaveOutMissing() {
      leavesOutMissing = true;
      return this;
    }

    /**
     * Refuses a table without a column of sources.
     *
     * @return this builder
     */
    public Builder sourcesNeeded() {
      sourcesNeeded = true;
      return this;
    }

    /**
     * Treats images of one patient as those of strangers.
     *
     * @return this builder
     */
    public Builder withoutPatients() {
      withoutPatients = true;
      return this;
    }

    private static List<String> distinct(String what, List<String> names) {
      if (names.isEmpty() || Set.copyOf(names).size() != names.size()) {
        throw new IllegalArgumentException(
            what + ": expected distinct ones, at least one, found " + names);
      }
      return List.copyOf(names);
    }

    /**
     * Reads the table.
     *
     * @return its radiographs, in its order
     * @throws IOException if the table or the folder of images is missing or unreadable
     * @throws IllegalArgumentException if columns are missing, or rows cannot be used; at most
     *     {@value LabelTable#NAMED_AT_MOST} of them are named
     */
    public LabelTable open() throws IOException {
      if (!Files.exists(csv)) {
        throw new NoSuchFileException(csv.toString(), null, "expected a table of images");
      }
      if (!Files.isDirectory(images)) {
        throw new NotDirectoryException(images.toString());
      }
      try (CsvRows rows = CsvRows.open(csv)) {
        return new TableReading(this, rows).read();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
  }
}
