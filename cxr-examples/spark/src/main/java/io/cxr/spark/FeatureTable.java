package io.cxr.spark;

import static org.apache.spark.sql.functions.col;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.train.FeatureExtraction;
import io.cxr.train.TrainingRecipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What {@code cxr-spark features} wrote, for a training by the same base. */
final class FeatureTable {
  /** The column by which the table is partitioned. */
  static final String KEY = "featuresKey";

  static final StructType CONTENT =
      new StructType()
          .add("state", DataTypes.StringType, false)
          .add("error", DataTypes.StringType, true)
          .add("sha256", DataTypes.StringType, true)
          .add("features", DataTypes.createArrayType(DataTypes.FloatType, false), true);

  private final SparkSession spark;
  private final Dataset<Row> rows;

  private FeatureTable(SparkSession spark, Dataset<Row> rows) {
    this.spark = spark;
    this.rows = rows;
  }

  /**
   * Opens a table.
   *
   * @param recipe by which it must have been written
   */
  static FeatureTable open(SparkSession spark, String folder, TrainingRecipe recipe)
      throws IOException {
    String key;
    try (FeatureExtraction extraction = FeatureExtraction.open(recipe)) {
      key = extraction.key();
    }
    Dataset<Row> rows =
        new GrowingTable(spark, folder, KEY, key, CONTENT)
            .rows()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "--features "
                            + folder
                            + ": expected features "
                            + key
                            + " of this network, weights and preprocessing, found none. Run"
                            + " cxr-spark features with the same options first."));
    return new FeatureTable(spark, rows);
  }

  /** Features with the columns path, sha256 and features, of the images that have them. */
  Dataset<Row> features() {
    return rows.filter(col("state").equalTo(ScoredRow.ANSWERED))
        .select("path", "sha256", "features");
  }

  /** The path of an image as the table has it. */
  static String path(LabelledRadiograph item) {
    return item.file().toAbsolutePath().normalize().toString();
  }

  /**
   * The images that have features; those that could not be read are named.
   *
   * @param skips whether they may be left out; else they are errors
   */
  ImageSet readable(ImageSet images, boolean skips, PrintWriter err) {
    Map<String, String> states = new HashMap<>();
    for (Iterator<Row> each = rows.select("path", "state", "error").toLocalIterator();
        each.hasNext(); ) {
      Row row = each.next();
      states.put(row.getString(0), row.isNullAt(2) ? row.getString(1) : row.getString(2));
    }
    Set<LabelledRadiograph> without = new HashSet<>();
    for (LabelledRadiograph item : images.items()) {
      String state = states.getOrDefault(path(item), "has no row in the table of features");
      if (!state.equals(ScoredRow.ANSWERED)) {
        err.println("cxr-spark: " + item.file() + ": " + state);
        without.add(item);
      }
    }
    err.flush();
    if (!without.isEmpty() && !skips) {
      throw new IllegalStateException(
          without.size()
              + " of "
              + images.items().size()
              + " images have no features; they are named above. Mend or remove them and run"
              + " cxr-spark features again, or give --skip-unreadable.");
    }
    return without.isEmpty() ? images : images.without(without);
  }

  /**
   * Puts features where a training by the recipe looks for them first.
   *
   * @return how many there were
   */
  long keep(TrainingRecipe recipe, Dataset<Row> some) throws IOException {
    Iterator<Row> each = some.select("sha256", "features").toLocalIterator();
    return FeatureExtraction.keep(
        recipe,
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return each.hasNext();
          }

          @Override
          public FeatureExtraction.Row next() {
            Row row = each.next();
            List<Float> list = row.getList(1);
            float[] features = new float[list.size()];
            for (int i = 0; i < features.length; i++) {
              features[i] = list.get(i);
            }
            return new FeatureExtraction.Row(row.getString(0), features);
          }
        });
  }

  /** The features of some images alone. */
  Dataset<Row> of(List<LabelledRadiograph> items) {
    List<Row> paths =
        items.stream().map(FeatureTable::path).distinct().map(RowFactory::create).toList();
    StructType schema = new StructType().add("path", DataTypes.StringType, false);
    return features().join(frame(paths, schema), "path");
  }

  /** A table of what the driver knows. */
  Dataset<Row> frame(List<Row> content, StructType schema) {
    return spark.createDataFrame(content, schema);
  }

  /** The hashes of the files, by the paths that images have. */
  Map<Path, String> hashes(ImageSet images) {
    Map<String, String> known = new HashMap<>();
    for (Iterator<Row> each = features().select("path", "sha256").toLocalIterator();
        each.hasNext(); ) {
      Row row = each.next();
      known.put(row.getString(0), row.getString(1));
    }
    Map<Path, String> hashes = new HashMap<>();
    for (LabelledRadiograph item : images.items()) {
      String hash = known.get(path(item));
      if (hash != null) {
        hashes.put(item.file(), hash);
      }
    }
    return hashes;
  }
}
