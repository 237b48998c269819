package io.cxr.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import io.cxr.ModelIdentity;
import io.cxr.Outcome;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Scores radiographs on Apache Spark: one row for every file that is asked about, whatever becomes
 * of it.
 *
 * <pre>{@code
 * SparkScoring scoring = SparkScoring.builder(spark).model(Path.of("model.onnx")).build();
 * Dataset<Row> rows = scoring.score("/data/films");               // computed when it is used
 * scoring.write("/data/films", "scores.parquet");                 // goes on where it stopped
 * films.withColumn("cxr", scoring.function().apply(col("content"))); // bytes in a column
 * }</pre>
 *
 * <p>The model is sent to each executor once, where one ONNX Runtime session serves all tasks; a
 * run of it has as many threads as a task has cores ({@code spark.task.cpus}), so that the tasks of
 * an executor keep its cores busy and no more. A path without a scheme is one that all executors
 * must see alike, such as a mounted share.
 *
 * <p>Immutable and thread-safe. Research use only.
 */
public final class SparkScoring {
  /** The column by which a written table is partitioned. */
  static final String MODEL = "modelSha256";

  private final SparkSession spark;
  private final BroadcastModel model;
  private final ModelIdentity identity;
  private final boolean heatmaps;
  private final GrowingTable.Rounds rounds;
  private final boolean retriesFailed;
  private final String pathColumn;

  private SparkScoring(Builder builder, byte[] bytes) throws IOException {
    this.spark = builder.spark;
    this.heatmaps = builder.heatmaps;
    this.rounds =
        new GrowingTable.Rounds(builder.filmsPerTask, builder.filmsPerRound, builder.listener);
    this.retriesFailed = builder.retriesFailed;
    this.pathColumn = builder.pathColumn;
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.model =
        new BroadcastModel(
            context,
            bytes,
            builder.device,
            context.getConf().getInt("spark.task.cpus", 1),
            builder.gated);
    // A model that cannot be used is known before anything is sent.
    OnnxClassifier classifier = model.open();
    this.identity = classifier.model();
    if (heatmaps && !classifier.canExplain()) {
      throw new UnsupportedOperationException(
          "Heatmaps: expected a model with heatmaps, this file has none. Export it with Grad-CAM,"
              + " or leave heatmaps out.");
    }
  }

  /**
   * What a run did.
   *
   * @param inputs how many files were asked about
   * @param scored how many of them were scored by this run
   * @param known how many had a row by the same model already
   * @param replaced how many rows of files that have changed since were dropped
   * @param states rows in the table by this model, by state
   * @param seconds the run's time
   */
  public record Summary(
      long inputs,
      long scored,
      long known,
      long replaced,
      Map<String, Long> states,
      double seconds) {
    /** Copies the map. */
    public Summary {
      states = new LinkedHashMap<>(states);
    }
  }

  /**
   * Settings of a scoring.
   *
   * @param spark the session to run on; the caller stops it
   * @return a builder with the model that ships with the library
   */
  public static Builder builder(SparkSession spark) {
    return new Builder(spark);
  }

  /** Settings of a scoring. Not thread-safe. */
  public static final class Builder {
    private final SparkSession spark;
    private @Nullable Path model;
    private String device = "cpu";
    private boolean gated = true;
    private boolean heatmaps;
    private int filmsPerTask = 200;
    private int filmsPerRound = 10_000;
    private boolean retriesFailed;
    private String pathColumn = "path";
    private Consumer<String> listener = message -> {};

    private Builder(SparkSession spark) {
      this.spark = Objects.requireNonNull(spark, "spark");
    }

    /**
     * The model.
     *
     * @param file an ONNX file with a model card, on the driver's machine alone
     * @return this builder
     */
    public Builder model(Path file) {
      this.model = Objects.requireNonNull(file, "file");
      return this;
    }

    /**
     * Where executors run the model.
     *
     * @param name as {@link io.cxr.onnx.SessionSettings#withDevice(String)} has it; by default
     *     {@code cpu}
     * @return this builder
     */
    public Builder device(String name) {
      this.device = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Whether the model's novelty and view gates refuse films.
     *
     * @param gates by default true; without them their reason stands beside the answer
     * @return this builder
     */
    public Builder gated(boolean gates) {
      this.gated = gates;
      return this;
    }

    /**
     * Whether answers come with heatmaps, as values and the region of the radiograph that they
     * cover.
     *
     * @param wanted by default false
     * @return this builder
     */
    public Builder heatmaps(boolean wanted) {
      this.heatmaps = wanted;
      return this;
    }

    /**
     * The most films of a task: what a lost executor loses of each of its cores.
     *
     * @param films at least 1; by default 200
     * @return this builder
     */
    public Builder filmsPerTask(int films) {
      this.filmsPerTask = films;
      return this;
    }

    /**
     * About how many films are written at a time: what a killed driver loses.
     *
     * @param films at least 1; by default 10,000
     * @return this builder
     */
    public Builder filmsPerRound(int films) {
      this.filmsPerRound = films;
      return this;
    }

    /**
     * Whether rows whose file could not be read, or whose run failed, are computed again.
     *
     * @param again by default false
     * @return this builder
     */
    public Builder retryFailed(boolean again) {
      this.retriesFailed = again;
      return this;
    }

    /**
     * Of a table as input: its column of paths.
     *
     * @param column by default {@code path}
     * @return this builder
     */
    public Builder pathColumn(String column) {
      this.pathColumn = Objects.requireNonNull(column, "column");
      return this;
    }

    /**
     * Who hears how a run goes.
     *
     * @param hears messages of one line
     * @return this builder
     */
    public Builder listener(Consumer<String> hears) {
      this.listener = Objects.requireNonNull(hears, "hears");
      return this;
    }

    /**
     * Opens the model on the driver to check it, and sends it.
     *
     * @return the scoring
     * @throws IOException if the model cannot be read
     * @throws io.cxr.error.ModelFormatException if it is no model with a card
     * @throws IllegalArgumentException if a setting is out of range
     * @throws UnsupportedOperationException if heatmaps are wanted from a model without them
     */
    public SparkScoring build() throws IOException {
      return new SparkScoring(
          this, model == null ? OnnxClassifier.builtInModel() : Files.readAllBytes(model));
    }
  }

  /**
   * The model.
   *
   * @return its name, version and hash
   */
  public ModelIdentity model() {
    return identity;
  }

  /**
   * The columns of the rows.
   *
   * @return a row has the file's path, size and time, the state (ANSWERED, REFUSED or FAILED) with
   *     reason and error, the answer, the model, and the seconds that it took: those of a task's
   *     rows add up to the task's time
   */
  public static StructType schema() {
    return GrowingTable.schema(ScoredRow.ANSWER).add(MODEL, DataTypes.StringType);
  }

  /**
   * The rows of a folder or table, computed when they are used, and each time anew: {@link #write}
   * keeps them.
   *
   * @param input a folder, or a table (.csv with a header, or .parquet) with a column of paths
   * @return a row of {@link #schema} a file
   * @throws IOException if the input cannot be listed
   */
  public Dataset<Row> score(String input) throws IOException {
    return scored(FilmListing.of(spark, input, pathColumn, rounds.listener()));
  }

  /**
   * The rows of a table of paths, computed when they are used.
   *
   * @param table with a column of paths, as {@link Builder#pathColumn} names it; relative ones are
   *     relative to the working directory of the executors
   * @return a row of {@link #schema} a distinct path
   */
  public Dataset<Row> score(Dataset<Row> table) {
    return scored(FilmListing.ofTable(table, pathColumn, "."));
  }

  private Dataset<Row> scored(Dataset<Row> films) {
    return GrowingTable.stored(computed(films)).withColumn(MODEL, lit(identity.sha256()));
  }

  private Dataset<Row> computed(Dataset<Row> films) {
    return films.mapPartitions(new FilmScoring(model, heatmaps), Encoders.row(FilmScoring.SCHEMA));
  }

  /**
   * A function from the bytes of an image file in a column to an answer in a column, whose fields
   * are those of {@link #schema} but for the file's. Where a pipeline of films is wanted, {@link
   * #score} is faster: it decodes the next films while the model runs.
   *
   * @return the function; null for null
   */
  public UserDefinedFunction function() {
    return udf(new Function(model), ScoredRow.ANSWER);
  }

  /** Answers one film. */
  private static final class Function implements UDF1<byte[], @Nullable Row> {
    private static final long serialVersionUID = 1;

    private final BroadcastModel model;

    Function(BroadcastModel model) {
      this.model = model;
    }

    @Override
    public @Nullable Row call(byte @Nullable [] encoded) throws IOException {
      if (encoded == null) {
        return null;
      }
      long start = System.nanoTime();
      OnnxClassifier classifier = model.open();
      Outcome<io.cxr.Prediction> outcome =
          Outcome.of(() -> classifier.classify(RadiographReader.standard().read(encoded)));
      return RowFactory.create(
          ScoredRow.answer(
              outcome, List.of(), classifier.model(), (System.nanoTime() - start) / 1e9));
    }
  }

  /**
   * Scores what a table does not have yet, and adds it: files that this model has scored before,
   * and that have the same size and time since, keep their rows. Rows of another model stay in a
   * partition of their own, {@code modelSha256=...}. A run that is killed leaves whole files only,
   * and the next goes on from there. One run at a time may write a table.
   *
   * @param input a folder, or a table (.csv with a header, or .parquet) with a column of paths
   * @param output the table's folder, made if it is missing
   * @return what was done
   * @throws IOException if the input cannot be listed or the table cannot be written
   */
  public Summary write(String input, String output) throws IOException {
    Column current = lit(true);
    if (retriesFailed) {
      current = current.and(col("state").notEqual(ScoredRow.FAILED));
    }
    if (heatmaps) {
      // Rows of a run without heatmaps do not answer this one.
      current =
          current.and(col("heatmaps").isNotNull().or(col("state").notEqual(ScoredRow.ANSWERED)));
    }
    return new GrowingTable(spark, output, MODEL, identity.sha256(), ScoredRow.ANSWER)
        .grow(
            FilmListing.of(spark, input, pathColumn, rounds.listener()),
            current,
            this::computed,
            rounds);
  }

  /**
   * The model's card.
   *
   * @return with labels, thresholds and limits
   * @throws IOException if the model cannot be opened
   */
  public ModelCard card() throws IOException {
    return model.open().card();
  }
}
