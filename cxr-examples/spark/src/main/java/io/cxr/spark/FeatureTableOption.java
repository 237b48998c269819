package io.cxr.spark;

import io.cxr.train.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The features that a training starts from, where they were computed before. */
final class FeatureTableOption {
  @Option(
      names = "--features-table",
      paramLabel = "PARQUET",
      description = {
        "What cxr-spark features wrote for the same images and network; else features are computed",
        "where they are needed."
      })
  private @Nullable String table;

  private @Nullable Path scratch;

  boolean isGiven() {
    return table != null;
  }

  FeatureTable open(SparkSession spark, TrainingRecipe recipe) throws IOException {
    return FeatureTable.open(spark, Objects.requireNonNull(table), recipe);
  }

  /** A recipe whose features are kept in a folder of this command alone. */
  TrainingRecipe cached(TrainingRecipe recipe) throws IOException {
    Path folder = scratch;
    if (folder == null) {
      folder = Files.createTempDirectory("cxr-spark-features");
      scratch = folder;
    }
    return recipe.toBuilder().featureCache(folder).build();
  }

  /**
   * Keeps rows of the table for a recipe that {@link #cached} gives.
   *
   * @return the file that has them
   */
  Path keep(TrainingRecipe recipe, FeatureTable features, Dataset<Row> rows) throws IOException {
    features.keep(cached(recipe), rows);
    try (Stream<Path> files = Files.list(Objects.requireNonNull(scratch))) {
      List<Path> found = files.toList();
      return found.get(0);
    }
  }

  /** Deletes what was kept. */
  void delete() throws IOException {
    Path folder = scratch;
    if (folder != null) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(folder);
      scratch = null;
    }
  }
}
