package io.cxr.dataset;

import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
  private static final int NAMED_AT_MOST = 10;
  private static final String FILE = "file";
  private static final String LABEL = "label";
  private static final String LABELS = "labels";
  private static final String PATIENT = "patient";
  private static final String SOURCE = "source";
  private static final String VIEW = "view";
  private static final String SUBSET = "subset";

  /** What columns are for, and the names by which they are known without being told. */
  private static final Map<String, List<String>> ROLES = roles();

  /** The observations of CheXpert, in the order of its tables. */
  private static final List<String> CHEXPERT =
      List.of(
          "No Finding",
          "Enlarged Cardiomediastinum",
          "Cardiomegaly",
          "Lung Opacity",
          "Lung Lesion",
          "Edema",
          "Consolidation",
          "Pneumonia",
          "Atelectasis",
          "Pneumothorax",
          "Pleural Effusion",
          "Pleural Other",
          "Fracture",
          "Support Devices");

  /** CheXpert's tables have the patient in the path alone. */
  private static final Pattern CHEXPERT_PATIENT = Pattern.compile("(?:^|/)(patient\\d+)/");

  private final String name;
  private final Map<String, String> units;
  private final List<String> notes;

  private static Map<String, List<String>> roles() {
    Map<String, List<String>> roles = new LinkedHashMap<>();
    roles.put(FILE, List.of("file", "Image Index", "Path"));
    roles.put(LABEL, List.of("label"));
    roles.put(LABELS, List.of("labels", "findings", "Finding Labels"));
    roles.put(PATIENT, List.of("patient", "Patient ID"));
    roles.put(SOURCE, List.of("source"));
    roles.put(VIEW, List.of("view", "View Position", "Frontal/Lateral"));
    roles.put(SUBSET, List.of("subset"));
    return Collections.unmodifiableMap(roles);
  }

  private LabelTable(
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
    private final Path csv;
    private Path images;
    private Map<String, String> columns = Map.of();
    private @Nullable List<String> classes;
    private @Nullable List<String> findings;
    private Map<String, String> measurements = Map.of();
    private LabelState uncertain = LabelState.UNKNOWN;
    private LabelState blank = LabelState.UNKNOWN;
    private List<String> views = List.of();
    private boolean leavesOutMissing;
    private boolean sourcesNeeded;
    private boolean withoutPatients;

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
        return new Reading(this, rows).read();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
  }

  /** A row whose annotation may depend on rows that follow. */
  private record Draft(
      Path file,
      Object key,
      Optional<String> patient,
      Optional<String> source,
      Optional<Subset> subset) {}

  /** One pass over the rows. */
  private static final class Reading {
    private final Builder options;
    private final String name;
    private final CsvRows rows;
    private final List<String> header;
    private final Map<String, Integer> columns = new HashMap<>();
    private final LabelSyntax syntax;
    private final FileFinder finder;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Integer> linesByFile = new HashMap<>();
    private final Map<String, Optional<String>> texts = new HashMap<>();
    private final List<Path> missing = new ArrayList<>();
    private final Map<String, Integer> otherViews = new TreeMap<>();
    private int wrong;

    Reading(Builder options, CsvRows rows) throws IOException {
      this.options = options;
      this.name = String.valueOf(options.csv.getFileName());
      this.rows = rows;
      this.header = ImageTable.header(name, rows, List.copyOf(named(options)));
      for (String role : ROLES.keySet()) {
        int column = column(role);
        if (column >= 0) {
          columns.put(role, column);
        }
      }
      if (!columns.containsKey(FILE)) {
        throw lacking("of files, such as file, Image Index or Path", "file=COLUMN");
      }
      if (options.sourcesNeeded && !columns.containsKey(SOURCE)) {
        throw lacking("of sources, such as source", "source=COLUMN");
      }
      if (!options.views.isEmpty() && !columns.containsKey(VIEW)) {
        throw lacking("of views, such as View Position", "view=COLUMN");
      }
      this.syntax = syntax();
      this.finder = new FileFinder(options.images);
    }

    private static Collection<String> named(Builder options) {
      for (String role : options.columns.keySet()) {
        if (!ROLES.containsKey(role)) {
          throw new IllegalArgumentException(
              "Columns: expected some of " + ROLES.keySet() + ", found '" + role + "'");
        }
      }
      List<String> named = new ArrayList<>(options.columns.values());
      named.addAll(options.measurements.keySet());
      return named;
    }

    private IllegalArgumentException lacking(String what, String mapping) {
      return lacking(what, "none", " Name the column: " + mapping);
    }

    private IllegalArgumentException lacking(String what, String found, String remedy) {
      // The header itself may be a row of data: a file without one. So it is not repeated here.
      return new IllegalArgumentException(
          name
              + ", line 1: expected a header with a column "
              + what
              + ", found "
              + found
              + "."
              + remedy);
    }

    private int column(String role) {
      String mapped = options.columns.get(role);
      if (mapped != null) {
        return header.indexOf(mapped);
      }
      for (String usual : ROLES.getOrDefault(role, List.of())) {
        int at = header.indexOf(usual);
        if (at >= 0) {
          return at;
        }
      }
      return -1;
    }

    private LabelSyntax syntax() {
      if (!options.measurements.isEmpty()) {
        if (options.classes != null || options.findings != null) {
          throw new IllegalArgumentException(
              "Table: expected classes, findings or measurements, found several of them");
        }
        List<String> names = List.copyOf(options.measurements.keySet());
        return new LabelSyntax.MeasuredCells(names, indices(names));
      }
      boolean list = columns.containsKey(LABELS) && !options.columns.containsKey(LABEL);
      if (options.classes != null) {
        Integer column = columns.getOrDefault(LABEL, columns.get(LABELS));
        if (options.findings != null) {
          throw new IllegalArgumentException(
              "Table: expected classes or findings, found both. Classes exclude each other.");
        }
        if (column == null) {
          throw lacking("of labels, such as label", "label=COLUMN");
        }
        return new LabelSyntax.OneLabel(column, options.classes);
      }
      List<String> asked = options.findings;
      if (asked != null && header.containsAll(asked)) {
        return cells(asked);
      }
      if (list) {
        return new LabelSyntax.Listed(columns.getOrDefault(LABELS, 0), asked, options.blank);
      }
      List<String> known = CHEXPERT.stream().filter(header::contains).toList();
      if (asked == null && !columns.containsKey(LABEL) && known.size() > 1) {
        return cells(known);
      }
      if (asked != null) {
        throw lacking(
            "for each of " + asked + ", or one of all findings, such as Finding Labels",
            "none for " + absent(asked),
            " Name the column of all: labels=COLUMN");
      }
      Integer column = columns.get(LABEL);
      if (column == null) {
        throw lacking(
            "of labels, such as label or Finding Labels", "label=COLUMN or labels=COLUMN");
      }
      return new LabelSyntax.OneLabel(column, null);
    }

    private LabelSyntax cells(List<String> findings) {
      return new LabelSyntax.FindingCells(
          findings, indices(findings), options.uncertain, options.blank);
    }

    private List<String> absent(List<String> names) {
      return names.stream().filter(each -> !header.contains(each)).toList();
    }

    private int[] indices(List<String> names) {
      return names.stream().mapToInt(header::indexOf).toArray();
    }

    LabelTable read() throws IOException {
      List<Draft> drafts = new ArrayList<>();
      for (CsvRows.Row row = rows.next(); row != null; row = rows.next()) {
        ImageTable.checkWidth(name, header, row);
        try {
          Draft draft = draft(row);
          if (draft != null) {
            drafts.add(draft);
          }
        } catch (IllegalArgumentException e) {
          problem("line " + row.number() + ": " + e.getMessage());
        }
      }
      checkProblems();
      if (drafts.isEmpty()) {
        throw new IllegalArgumentException(
            name
                + ": expected rows of images"
                + (missing.isEmpty() ? "" : " that are there")
                + ", found none");
      }
      List<String> labels;
      try {
        labels = syntax.labels();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
      }
      List<LabelledRadiograph> items = new ArrayList<>(drafts.size());
      for (Draft draft : drafts) {
        Annotation annotation = syntax.annotation(draft.key());
        if (annotation != null) {
          items.add(
              new LabelledRadiograph(
                  draft.file(), annotation, draft.patient(), draft.source(), draft.subset()));
        }
      }
      Map<Omission, List<Path>> leftOut = new EnumMap<>(Omission.class);
      if (!missing.isEmpty()) {
        leftOut.put(Omission.MISSING, List.copyOf(missing));
      }
      return new LabelTable(
          options.images,
          name.replaceFirst("\\.[^.]*$", ""),
          syntax.kind(),
          labels,
          items,
          leftOut,
          options.measurements,
          notes());
    }

    private List<String> notes() {
      List<String> notes = new ArrayList<>(syntax.notes());
      if (!otherViews.isEmpty()) {
        notes.add("Rows of other views are left out: " + otherViews);
      }
      if (!missing.isEmpty()) {
        notes.add(missing.size() + " rows are left out whose file is not there");
      }
      return notes;
    }

    private void problem(String text) {
      wrong++;
      if (problems.size() < NAMED_AT_MOST) {
        problems.add(text);
      }
    }

    private void checkProblems() {
      if (wrong == 0) {
        return;
      }
      int more = wrong - problems.size();
      throw new IllegalArgumentException(
          name
              + ": expected rows that can be used, found "
              + wrong
              + " that cannot:\n  "
              + String.join("\n  ", problems)
              + (more > 0 ? "\n  and " + more + " more" : "")
              + "\nMend the table.");
    }

    /** What a row says, or nothing where it was not asked for. */
    private @Nullable Draft draft(CsvRows.Row row) throws IOException {
      String view = text(row, VIEW).orElse("");
      if (!options.views.isEmpty() && !options.views.contains(view)) {
        otherViews.merge(view.isEmpty() ? "unknown" : view, 1, Integer::sum);
        return null;
      }
      String file = text(row, FILE).map(ImageTable::fileName).orElse("");
      if (file.isEmpty()) {
        throw new IllegalArgumentException("expected a file, found a blank field");
      }
      Integer before = linesByFile.putIfAbsent(file, row.number());
      if (before != null) {
        throw new IllegalArgumentException(
            "expected each file once, found " + file + " again, which line " + before + " has");
      }
      Object key = syntax.key(row.fields());
      Optional<Subset> subset = text(row, SUBSET).map(Reading::subset);
      Path found = finder.find(file);
      if (found == null) {
        if (!options.leavesOutMissing) {
          throw new IllegalArgumentException(
              "expected the file " + file + " below the folder of images, found none");
        }
        missing.add(options.images.resolve(file));
        return null;
      }
      Optional<String> patient = text(row, PATIENT);
      Matcher path = CHEXPERT_PATIENT.matcher(file);
      if (!columns.containsKey(PATIENT) && path.find()) {
        patient = shared(path.group(1));
      }
      if (options.withoutPatients) {
        patient = Optional.empty();
      }
      return new Draft(found, key, patient, text(row, SOURCE), subset);
    }

    private Optional<String> text(CsvRows.Row row, String role) {
      Integer column = columns.get(role);
      if (column == null || row.fields().get(column).isEmpty()) {
        return Optional.empty();
      }
      String text = row.fields().get(column);
      return role.equals(FILE) ? Optional.of(text) : shared(text);
    }

    /** One object for equal texts, of which there are few beside images. */
    private Optional<String> shared(String text) {
      return texts.computeIfAbsent(text, Optional::of);
    }

    private static Subset subset(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "train", "training" -> Subset.TRAINING;
        case "val", "valid", "validation" -> Subset.VALIDATION;
        case "test" -> Subset.TEST;
        default ->
            throw new IllegalArgumentException(
                "expected train, val or test as subset, found '" + text + "'");
      };
    }
  }

  /** Finds the files that a table names. */
  private static final class FileFinder {
    private final Path folder;
    private final Path above;

    /** Files by their names alone, from the first call that needs it on. */
    private @Nullable Map<String, Path> byName;

    private final Set<String> ambiguous = new HashSet<>();

    FileFinder(Path folder) {
      this.folder = folder;
      this.above = folder.toAbsolutePath().normalize().resolveSibling("").normalize();
    }

    /** The file, or nothing if there is none of that name. */
    @Nullable Path find(String name) throws IOException {
      Path here = inside(folder, name);
      if (Files.isRegularFile(here)) {
        return here;
      }
      if (name.contains("/")) {
        Path there = inside(above, name);
        return Files.isRegularFile(there) ? there : null;
      }
      Map<String, Path> files = byName();
      if (ambiguous.contains(name)) {
        throw new IllegalArgumentException(
            "expected one file called " + name + " below the folder of images, found several");
      }
      return files.get(name);
    }

    /** No table leads out of its folder. */
    private static Path inside(Path folder, String name) {
      Path base = folder.toAbsolutePath().normalize();
      Path resolved = folder.resolve(name);
      if (!resolved.toAbsolutePath().normalize().startsWith(base)) {
        throw new IllegalArgumentException(
            "expected a file below the folder of images, found " + name);
      }
      return resolved;
    }

    private Map<String, Path> byName() throws IOException {
      Map<String, Path> known = byName;
      if (known == null) {
        known = new HashMap<>();
        try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
          for (Path file : (Iterable<Path>) files::iterator) {
            if (Files.isRegularFile(file)) {
              String own = String.valueOf(file.getFileName());
              if (known.putIfAbsent(own, file) != null) {
                ambiguous.add(own);
              }
            }
          }
        }
        byName = known;
      }
      return known;
    }
  }
}
