package io.cxr.commandline;

import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a table of images is to be understood, where the data set is one. */
final class TableOptions {
  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "Of a table: the folder that its files are in; the table's own by default.")
  private @Nullable Path images;

  @Option(
      names = "--columns",
      split = ",",
      paramLabel = "ROLE=COLUMN",
      description = {
        "Of a table: what columns are called, as in file=Image Index,labels=Finding",
        "Labels,patient=Patient ID. Roles: file; label (one) or labels (joined by |); patient,",
        "source, view, subset. Those of ChestX-ray14, CheXpert and our own tables are known."
      })
  private Map<String, String> columns = new LinkedHashMap<>();

  @Option(
      names = "--findings",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Of a table: the findings to take, in the order of the outputs, of a list of findings or of",
        "a column each; all by default."
      })
  private @Nullable List<String> findings;

  @Option(
      names = "--measurements",
      split = ",",
      paramLabel = "COLUMN=UNIT",
      description = "Of a table: columns with numbers to measure, and their units (UCUM).")
  private Map<String, String> measurements = new LinkedHashMap<>();

  @Option(
      names = "--uncertain",
      paramLabel = "STATE",
      description = "What a finding of -1 counts as: unknown, absent or present; unknown.")
  private String uncertain = "unknown";

  @Option(
      names = "--blank",
      paramLabel = "STATE",
      description = "What a finding counts as that is left blank: unknown or absent; unknown.")
  private String blank = "unknown";

  @Option(
      names = "--view-positions",
      split = ",",
      paramLabel = "VIEW",
      description = "Of a table: takes rows of these views alone, such as PA,AP or Frontal.")
  private List<String> views = List.of();

  @Option(
      names = "--skip-missing",
      description = "Of a table: leaves rows out whose file is not there; else they are errors.")
  private boolean skipMissing;

  /** Whether a data set is a table, and not a folder. */
  static boolean isTable(Path data) {
    return Files.isRegularFile(data);
  }

  /** The findings that were named, or null for all. */
  @Nullable List<String> findings() {
    return findings;
  }

  /** Refuses options of tables where there is a folder. */
  void checkNone() {
    if (images != null
        || findings != null
        || !columns.isEmpty()
        || !measurements.isEmpty()
        || !views.isEmpty()
        || skipMissing) {
      throw new IllegalArgumentException(
          "--images, --columns, --findings, --measurements, --view-positions and --skip-missing: expected"
              + " with a table as --data FILE.csv, found a folder.");
    }
  }

  /** The table, with what was asked for; classes and findings are the caller's. */
  LabelTable.Builder builder(Path csv) {
    LabelTable.Builder builder =
        LabelTable.builder(csv)
            .columns(columns)
            .measurements(measurements)
            .uncertain(state("--uncertain", uncertain))
            .blank(state("--blank", blank))
            .views(views);
    if (images != null) {
      builder.images(images);
    }
    if (skipMissing) {
      builder.leaveOutMissing();
    }
    return builder;
  }

  private static LabelState state(String option, String name) {
    for (LabelState state : LabelState.values()) {
      if (state.name().toLowerCase(Locale.ROOT).equals(name)) {
        return state;
      }
    }
    throw new IllegalArgumentException(
        option + ": expected unknown, absent or present, found " + name);
  }
}
