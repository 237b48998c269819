package io.cxr.dataset;

import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One pass over the rows of a table of images. Not thread-safe. */
final class TableReading {
  /** CheXpert's tables have the patient in the path alone. */
  private static final Pattern CHEXPERT_PATIENT = Pattern.compile("(?:^|/)(patient\\d+)/");

  /** A row whose annotation may depend on rows that follow. */
  private record Draft(
      Path file,
      Object key,
      Optional<String> patient,
      Optional<String> source,
      Optional<Subset> subset) {}

  private final LabelTable.Builder options;
  private final String name;
  private final CsvRows rows;
  private final TableColumns columns;
  private final LabelSyntax syntax;
  private final ImageFinder finder;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, Integer> linesByFile = new HashMap<>();
  private final Map<String, Optional<String>> texts = new HashMap<>();
  private final List<Path> missing = new ArrayList<>();
  private final Map<String, Integer> otherViews = new TreeMap<>();
  private int wrong;

  /**
   * Reads the header.
   *
   * @throws IllegalArgumentException if a column is missing that is needed
   */
  TableReading(LabelTable.Builder options, CsvRows rows) throws IOException {
    this.options = options;
    this.name = String.valueOf(options.csv.getFileName());
    this.rows = rows;
    this.columns = new TableColumns(options, name, rows);
    this.syntax = columns.syntax();
    this.finder = new ImageFinder(options.images);
  }

  /** Reads the rows. */
  LabelTable read() throws IOException {
    List<Draft> drafts = new ArrayList<>();
    for (CsvRows.Row row = rows.next(); row != null; row = rows.next()) {
      ImageTable.checkWidth(name, columns.header(), row);
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
    if (problems.size() < LabelTable.NAMED_AT_MOST) {
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
    String view = text(row, TableColumns.VIEW).orElse("");
    if (!options.views.isEmpty() && !options.views.contains(view)) {
      otherViews.merge(view.isEmpty() ? "unknown" : view, 1, Integer::sum);
      return null;
    }
    String file = text(row, TableColumns.FILE).map(ImageTable::fileName).orElse("");
    if (file.isEmpty()) {
      throw new IllegalArgumentException("expected a file, found a blank field");
    }
    Integer before = linesByFile.putIfAbsent(file, row.number());
    if (before != null) {
      throw new IllegalArgumentException(
          "expected each file once, found " + file + " again, which line " + before + " has");
    }
    Object key = syntax.key(row.fields());
    Optional<Subset> subset = text(row, TableColumns.SUBSET).map(TableReading::subset);
    Path found = finder.find(file);
    if (found == null) {
      if (!options.leavesOutMissing) {
        throw new IllegalArgumentException(
            "expected the file " + file + " below the folder of images, found none");
      }
      missing.add(options.images.resolve(file));
      return null;
    }
    Optional<String> patient = text(row, TableColumns.PATIENT);
    Matcher path = CHEXPERT_PATIENT.matcher(file);
    if (!columns.has(TableColumns.PATIENT) && path.find()) {
      patient = shared(path.group(1));
    }
    if (options.withoutPatients) {
      patient = Optional.empty();
    }
    return new Draft(found, key, patient, text(row, TableColumns.SOURCE), subset);
  }

  private Optional<String> text(CsvRows.Row row, String role) {
    Optional<String> text = columns.text(row, role);
    return role.equals(TableColumns.FILE) ? text : text.flatMap(this::shared);
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
