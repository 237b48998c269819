package io.cxr.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.desc;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.timestamp_millis;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * A Parquet table with a row a file, which grows from run to run: what was computed for a file of
 * the same size and time is not computed again. It has a partition for each model or base, known by
 * a hash, so that it never mixes the answers of two.
 *
 * <p>A run writes in rounds. Each is committed as a whole, and what a killed run has not committed
 * is in no file that a reader sees. One run at a time may write a table.
 */
final class GrowingTable {
  /** The columns before a row's content. */
  private static final StructType FILE =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.TimestampType);

  private static final String PARQUET = ".parquet";

  private final SparkSession spark;
  private final String folder;
  private final String partitionColumn;
  private final String hash;
  private final StructType schema;

  /**
   * A table, which need not be there.
   *
   * @param partitionColumn what its partitions are named by
   * @param hash names the partition of this run
   * @param content the columns between the file's and the time of writing
   */
  GrowingTable(
      SparkSession spark, String folder, String partitionColumn, String hash, StructType content) {
    this.spark = spark;
    this.folder = FilmListing.uri(folder);
    this.partitionColumn = partitionColumn;
    this.hash = hash;
    this.schema = schema(content);
  }

  /** The columns of a partition's files. */
  static StructType schema(StructType content) {
    StructType all = FILE;
    for (StructField field : content.fields()) {
      all = all.add(field.name(), field.dataType());
    }
    return all.add("writtenAt", DataTypes.TimestampType);
  }

  /** The columns of what tasks compute: {@link Film#SCHEMA}, the content, and when that was. */
  static StructType computed(StructType content) {
    StructType all = Film.SCHEMA;
    for (StructField field : content.fields()) {
      all = all.add(field);
    }
    return all.add("writtenMillis", DataTypes.LongType, false);
  }

  /** From the columns of {@link #computed} to those of {@link #schema(StructType)}. */
  static Dataset<Row> stored(Dataset<Row> computed) {
    return computed
        .withColumn("modifiedMillis", time(col("modifiedMillis")))
        .withColumn("writtenMillis", time(col("writtenMillis")))
        .withColumnRenamed("modifiedMillis", "modified")
        .withColumnRenamed("writtenMillis", "writtenAt");
  }

  private static Column time(Column millis) {
    return when(millis.notEqual(Film.MISSING), timestamp_millis(millis));
  }

  /** How a run goes about its files. */
  record Rounds(int filmsPerTask, int filmsPerRound, Consumer<String> listener) {
    Rounds {
      if (filmsPerTask < 1 || filmsPerRound < 1) {
        throw new IllegalArgumentException(
            "Films a task and a round: expected at least 1, found "
                + filmsPerTask
                + " and "
                + filmsPerRound);
      }
    }
  }

  /**
   * Computes what is missing, and adds it.
   *
   * @param films rows of {@link Film#SCHEMA}, each path once
   * @param current tells the rows that need not be computed again, of those that are there
   * @param computation from films to rows of {@link #computed}, one each
   */
  SparkScoring.Summary grow(
      Dataset<Row> films, Column current, UnaryOperator<Dataset<Row>> computation, Rounds rounds)
      throws IOException {
    long start = System.nanoTime();
    List<String> others = otherPartitions();
    if (!others.isEmpty()) {
      rounds
          .listener()
          .accept(
              "the table has rows of "
                  + partitionColumn
                  + " "
                  + String.join(", ", others)
                  + ", which stay; those of "
                  + hash
                  + " go to a partition of their own, for all inputs");
    }
    films.persist(StorageLevel.MEMORY_AND_DISK());
    Optional<Dataset<Row>> before = rows();
    Dataset<Row> missing = before.isEmpty() ? films : missing(films, before.get().filter(current));
    missing.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      long inputs = films.count();
      long count = missing.count();
      if (count < inputs) {
        rounds
            .listener()
            .accept((inputs - count) + " of " + inputs + " files have their row already");
      }
      long number = (count + rounds.filmsPerRound() - 1) / rounds.filmsPerRound();
      for (long round = 0; round < number; round++) {
        Dataset<Row> some =
            number == 1
                ? missing
                : missing.filter(pmod(xxhash64(col("path")), lit(number)).equalTo(lit(round)));
        int tasks = tasks(count / number, rounds.filmsPerTask());
        append(stored(computation.apply(some.repartition(tasks))));
        rounds
            .listener()
            .accept(
                String.format(
                    Locale.ROOT,
                    "round %d of %d done after %.1f s",
                    round + 1,
                    number,
                    seconds(start)));
      }
      long replaced = before.isEmpty() ? 0 : dropOutdated();
      return new SparkScoring.Summary(
          inputs, count, inputs - count, replaced, states(), seconds(start));
    } finally {
      missing.unpersist();
      films.unpersist();
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** As many as there are cores, or more where films are many. */
  private int tasks(long films, int filmsPerTask) {
    long wanted =
        Math.max(
            spark.sparkContext().defaultParallelism(), (films + filmsPerTask - 1) / filmsPerTask);
    return (int) Math.min(Math.max(1, films), wanted);
  }

  /** Films without a row of the same size and time. */
  private static Dataset<Row> missing(Dataset<Row> films, Dataset<Row> known) {
    Dataset<Row> keys = known.select(col("path"), col("bytes"), col("modified"));
    return films.join(
        keys,
        films
            .col("path")
            .equalTo(keys.col("path"))
            .and(films.col("bytes").equalTo(keys.col("bytes")))
            .and(time(films.col("modifiedMillis")).eqNullSafe(keys.col("modified"))),
        "left_anti");
  }

  private Path partition() {
    return new Path(folder, partitionColumn + "=" + hash);
  }

  private FileSystem system() throws IOException {
    return Film.system(folder);
  }

  private List<String> otherPartitions() throws IOException {
    List<String> others = new ArrayList<>();
    Path root = new Path(folder);
    if (system().exists(root)) {
      for (FileStatus entry : system().listStatus(root)) {
        String name = entry.getPath().getName();
        if (name.startsWith(partitionColumn + "=") && !name.endsWith("=" + hash)) {
          others.add(name.substring(partitionColumn.length() + 1));
        }
      }
    }
    return others;
  }

  /** The rows of this partition; empty where there are none yet. */
  Optional<Dataset<Row>> rows() throws IOException {
    return hasFiles()
        ? Optional.of(spark.read().schema(schema).parquet(partition().toString()))
        : Optional.empty();
  }

  private boolean hasFiles() throws IOException {
    if (!system().exists(partition())) {
      return false;
    }
    for (FileStatus entry : system().listStatus(partition())) {
      if (entry.isFile() && entry.getPath().getName().endsWith(PARQUET)) {
        return true;
      }
    }
    return false;
  }

  private Map<String, Long> states() throws IOException {
    Map<String, Long> states = new LinkedHashMap<>();
    Optional<Dataset<Row>> rows = rows();
    if (rows.isPresent()) {
      for (Row row : rows.get().groupBy("state").count().orderBy("state").collectAsList()) {
        states.put(row.getString(0), row.getLong(1));
      }
    }
    return states;
  }

  private void append(Dataset<Row> rows) {
    rows.write().mode(SaveMode.Append).parquet(partition().toString());
  }

  /**
   * Leaves the newest row of each path alone: older ones are of files that have changed since. The
   * files that have such rows are written anew, and the old ones deleted after that; a run that is
   * killed between the two leaves rows twice, which the next one mends.
   */
  private long dropOutdated() throws IOException {
    Dataset<Row> ranked =
        rows()
            .orElseThrow()
            .withColumn("file", input_file_name())
            .withColumn(
                "rank",
                row_number()
                    .over(Window.partitionBy("path").orderBy(desc("writtenAt"), col("file"))));
    Dataset<Row> outdated = ranked.filter(col("rank").gt(1)).select("file");
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Row row : outdated.groupBy("file").count().collectAsList()) {
      counts.put(row.getString(0), row.getLong(1));
    }
    if (counts.isEmpty()) {
      return 0;
    }
    Set<String> touched = new HashSet<>(counts.keySet());
    Path staging = new Path(folder, "_replacing-" + UUID.randomUUID());
    try {
      ranked
          .filter(col("rank").equalTo(1))
          .filter(col("file").isInCollection(touched))
          .drop("file", "rank")
          .write()
          .parquet(staging.toString());
      for (FileStatus written : system().listStatus(staging)) {
        String name = written.getPath().getName();
        if (name.endsWith(PARQUET)) {
          system().rename(written.getPath(), new Path(partition(), name));
        }
      }
      for (String old : touched) {
        system().delete(new Path(URI.create(old)), false);
      }
    } finally {
      system().delete(staging, true);
    }
    spark.catalog().refreshByPath(partition().toString());
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
