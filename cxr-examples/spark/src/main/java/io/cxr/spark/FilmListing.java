package io.cxr.spark;

import io.cxr.radiograph.RadiographFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The films of an input. They are listed by their paths, and not by Spark's {@code binaryFile},
 * which drops empty files without a word: every file that is asked about has an answer.
 */
final class FilmListing {
  /** Paths that one task looks at. */
  private static final int PATHS_A_TASK = 2000;

  private static final Set<String> EXTENSIONS =
      Set.of("png", "jpg", "jpeg", "tif", "tiff", "bmp", "gif", "dcm");

  private FilmListing() {}

  private static String name(String input) {
    return input.toLowerCase(Locale.ROOT).replaceFirst("/+$", "");
  }

  /** Whether an input is a table of paths, by its name. */
  static boolean isTable(String input) {
    String name = name(input);
    return name.endsWith(".csv") || name.endsWith(".parquet");
  }

  /**
   * The films of a folder or table, each once.
   *
   * @param input a folder, or a table (.csv with a header, .parquet) with a column of paths; on the
   *     machine's own file system or, with a scheme, on Hadoop's
   * @param column the table's column of paths, which may be relative to the table's folder
   * @param say hears what was left out
   * @return rows of {@link Film#SCHEMA}
   * @throws IOException if it cannot be read
   */
  static Dataset<Row> of(SparkSession spark, String input, String column, Consumer<String> say)
      throws IOException {
    String name = name(input);
    if (name.endsWith(".csv")) {
      return ofTable(spark.read().option("header", true).csv(uri(input)), column, parent(input));
    }
    if (name.endsWith(".parquet")) {
      return ofTable(spark.read().parquet(uri(input)), column, parent(input));
    }
    return Film.isLocal(input)
        ? ofPaths(spark, listed(Film.local(input), say))
        : ofFolder(spark, input, say);
  }

  /**
   * The films of a table, each once.
   *
   * @param folder that relative paths start from
   */
  static Dataset<Row> ofTable(Dataset<Row> table, String column, String folder) {
    if (!List.of(table.columns()).contains(column)) {
      throw new IllegalArgumentException(
          "Input: expected a table with a column "
              + column
              + " of paths, found "
              + String.join(", ", table.columns())
              + ". Name the column.");
    }
    Dataset<String> paths =
        table
            .select(table.col(column))
            .filter(table.col(column).isNotNull())
            .as(Encoders.STRING())
            .map((MapFunction<String, String>) path -> resolved(folder, path), Encoders.STRING())
            .distinct();
    return stat(paths);
  }

  private static String resolved(String folder, String path) {
    return path.startsWith("/") || path.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*")
        ? path
        : folder + "/" + path;
  }

  /** Sizes and times are looked up by the executors, too. */
  private static Dataset<Row> stat(Dataset<String> paths) {
    return paths.map(
        (MapFunction<String, Row>) path -> Film.stat(path).row(), Encoders.row(Film.SCHEMA));
  }

  /** Of paths that are each there once. */
  static Dataset<Row> ofPaths(SparkSession spark, List<String> paths) {
    int tasks =
        Math.max(
            1,
            Math.min(
                paths.size(),
                Math.max(spark.sparkContext().defaultParallelism(), paths.size() / PATHS_A_TASK)));
    return stat(
        spark.createDataset(
            org.apache.spark.api.java.JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(paths, tasks)
                .rdd(),
            Encoders.STRING()));
  }

  /** By the rules of the library: names, or DICOM by its first bytes. */
  private static List<String> listed(Path folder, Consumer<String> say) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "expected a folder of radiographs or a table of paths");
    }
    if (Files.isRegularFile(folder)) {
      return List.of(folder.toAbsolutePath().normalize().toString());
    }
    RadiographFolder found = RadiographFolder.list(folder.toAbsolutePath().normalize());
    found
        .leftOut()
        .forEach(
            (reason, paths) ->
                say.accept(
                    "left out " + paths.size() + " " + reason.words() + ": " + paths.get(0)));
    List<String> paths = new ArrayList<>(found.files().size());
    found.files().forEach(file -> paths.add(file.toString()));
    return paths;
  }

  /** By their names: nothing is opened. */
  private static Dataset<Row> ofFolder(SparkSession spark, String folder, Consumer<String> say)
      throws IOException {
    FileSystem system = Film.system(folder);
    RemoteIterator<LocatedFileStatus> files =
        system.listFiles(new org.apache.hadoop.fs.Path(folder), true);
    List<String> paths = new ArrayList<>();
    long others = 0;
    while (files.hasNext()) {
      org.apache.hadoop.fs.Path file = files.next().getPath();
      String name = file.getName();
      String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
      if (!name.startsWith(".") && !name.startsWith("_") && EXTENSIONS.contains(extension)) {
        paths.add(file.toString());
      } else {
        others++;
      }
    }
    if (others > 0) {
      say.accept(
          "left out "
              + others
              + " files that are no radiographs by their names. Give a table of paths for DICOM"
              + " files without .dcm.");
    }
    return ofPaths(spark, paths);
  }

  /** A path of the machine's own as Spark wants it, whose own default may be a cluster's. */
  static String uri(String path) {
    return Film.isLocal(path) ? Film.local(path).toAbsolutePath().toUri().toString() : path;
  }

  private static String parent(String path) {
    if (Film.isLocal(path)) {
      return Film.local(path).toAbsolutePath().normalize().resolveSibling(".").normalize() + "";
    }
    return new org.apache.hadoop.fs.Path(path).getParent() + "";
  }
}
