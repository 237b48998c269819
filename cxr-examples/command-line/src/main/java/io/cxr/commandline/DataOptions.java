package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A data set on the command line: its folder or table, its classes and its patients. */
final class DataOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR|FILE.csv",
      description = "The radiographs: a folder with one folder a class, or a table of images.")
  private Path data;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "CLASS",
      description = "The classes to tell apart, in the order of the outputs; all by default.")
  private @Nullable List<String> classes;

  @Option(
      names = "--patients",
      paramLabel = "FILE",
      description = "CSV with the columns file, label, patient: keeps patients on one side.")
  private @Nullable Path patients;

  @Option(
      names = "--sources",
      paramLabel = "FILE",
      description = {
        "The same CSV with a column source as well, which says what hospital or collection an"
            + " image",
        "is of; instead of --patients."
      })
  private @Nullable Path sources;

  @Mixin private TableOptions table;

  /** The classes that were named, or null for all. */
  @Nullable List<String> classes() {
    return classes;
  }

  /** The data set with its patients. */
  ImageSet open(PrintWriter err) throws IOException {
    return open(true, err);
  }

  /**
   * The data set; without its patients where they are to be treated as strangers.
   *
   * @param err where it is said what was left out
   */
  ImageSet open(boolean withPatients, PrintWriter err) throws IOException {
    if (TableOptions.isTable(data)) {
      return openTable(withPatients, err);
    }
    table.checkNone();
    ImageFolder.Builder builder = ImageFolder.builder(data);
    if (classes != null) {
      builder.classes(classes);
    }
    if (patients != null && sources != null) {
      throw new IllegalArgumentException(
          "--sources: expected without --patients, as it is the same table with a column source.");
    }
    if (patients != null && withPatients) {
      builder.patients(patients);
    }
    if (sources != null && withPatients) {
      builder.sources(sources);
    }
    ImageFolder folder = builder.open();
    RadiographFiles.sayLeftOut(err, folder.leftOut());
    return folder;
  }

  private ImageSet openTable(boolean withPatients, PrintWriter err) throws IOException {
    if (patients != null || sources != null) {
      throw new IllegalArgumentException(
          "--patients and --sources: expected with a folder; a table has both in columns of its"
              + " own, which --columns names.");
    }
    LabelTable.Builder builder = table.builder(data);
    if (classes != null) {
      builder.classes(classes);
    }
    List<String> findings = table.findings();
    if (findings != null) {
      builder.findings(findings);
    }
    if (!withPatients) {
      builder.withoutPatients();
    }
    LabelTable opened = builder.open();
    RadiographFiles.sayLeftOut(err, opened.leftOut());
    RadiographFiles.say(err, opened.notes());
    return opened;
  }
}
