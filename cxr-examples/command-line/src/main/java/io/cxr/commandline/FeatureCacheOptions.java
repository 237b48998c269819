package io.cxr.commandline;

import io.cxr.train.TrainingRecipe;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the features of frozen bases are kept, and how many of them. */
final class FeatureCacheOptions {
  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where features of frozen bases are kept for the next training.")
  private @Nullable Path cache;

  @Option(
      names = "--cache-gib",
      paramLabel = "N",
      description = "The most GiB of kept features, 4; those unused for longest are deleted first.")
  private @Nullable Double cacheGib;

  /** Tells a recipe, as far as anything was given. */
  void set(TrainingRecipe.Builder recipe) {
    if (cache != null) {
      recipe.featureCache(cache);
    }
    if (cacheGib != null) {
      recipe.featureCacheBytes(Math.round(cacheGib * (1L << 30)));
    }
  }
}
