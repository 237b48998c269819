package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.evaluation.ToleranceBound;
import io.cxr.model.NoveltyGate;
import io.cxr.model.PreprocessingSpec;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.augmentation.StyleMixing;
import io.cxr.train.export.NoveltyStatistic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Fits the novelty gate of a trained network. The statistic is fitted to training films, each as it
 * is and once more in another look (framing, contrast, sharpness, resolution), by the very map that
 * the model file has. Its threshold comes from films that were not among those of the fit: the
 * films are parted by source where sources are known, by patient otherwise, each part is scored by
 * the statistic of the others, in the other look, and the threshold is a tolerance bound of these
 * scores. So films of a hospital that the training never saw mostly pass, too.
 *
 * @param statistic for the graph
 * @param gate for the card
 */
record NoveltyFit(NoveltyStatistic statistic, NoveltyGate gate) {
  /** The least share of films that shall pass. */
  static final double KEPT = 0.98;

  /** How sure that is. */
  static final double CONFIDENCE = 0.95;

  /** Fewer films than this say too little. */
  static final int ENOUGH = 50;

  /** More films than this say nothing new. */
  private static final int AT_MOST = 2000;

  private static final int PARTS = 5;

  /** Behind the hash of a film that is in another look. */
  private static final String LOOK = "-looks";

  /** Of the looks of films of other hospitals; the anatomy stays. */
  private static final Augmentation LOOKS =
      new Augmentation(
          StyleMixing.NONE,
          Augmentation.named("source-randomizing").source(),
          Augmentation.named("source-randomizing").transforms());

  static Optional<NoveltyFit> of(TrainingPlan plan, LearningTask task, TrainingProgress progress)
      throws IOException {
    List<LabelledRadiograph> films = films(plan.data().training(), plan.recipe().seed());
    Optional<byte[]> graph = task.lastMapMeans();
    if (graph.isEmpty()) {
      return Optional.empty();
    }
    if (!enough(films, progress)) {
      return Optional.empty();
    }
    float[][][] both = means(films, plan.recipe(), graph.get(), task.lastMapIsFrozen());
    float[][] plain = both[0];
    float[][] changed = both[1];
    int[] parts = parts(films);
    int count = Arrays.stream(parts).max().orElse(0) + 1;
    double[] scores = new double[plain.length];
    for (int part = 0; part < count; part++) {
      NoveltyStatistic others = statistic(plain, changed, parts, part);
      for (int i = 0; i < parts.length; i++) {
        if (parts[i] == part) {
          scores[i] = Math.max(others.score(plain[i]), others.score(changed[i]));
        }
      }
    }
    NoveltyStatistic statistic = statistic(plain, changed, parts, -1);
    return Optional.of(
        new NoveltyFit(
            statistic,
            new NoveltyGate(
                statistic.description(),
                ToleranceBound.upper(scores, KEPT, CONFIDENCE),
                KEPT,
                CONFIDENCE)));
  }

  static boolean enough(List<LabelledRadiograph> films, TrainingProgress progress) {
    if (films.size() >= ENOUGH) {
      return true;
    }
    progress.warning(
        "The model has no novelty gate, and answers pictures of any kind: expected at least "
            + ENOUGH
            + " training images to fit one to, found "
            + films.size()
            + ".");
    return false;
  }

  /**
   * The means of a last map's channels for films: first as they are, then in another look.
   *
   * @param cached whether the map is a frozen base's, so that others want the same
   */
  static float[][][] means(
      List<LabelledRadiograph> films, TrainingRecipe recipe, byte[] graph, boolean cached)
      throws IOException {
    float[][] plain = new float[films.size()][];
    float[][] changed = new float[films.size()][];
    try (Means means = new Means(recipe, graph, cached)) {
      for (int start = 0; start < plain.length; start += GrayFeatures.BATCH) {
        int end = Math.min(plain.length, start + GrayFeatures.BATCH);
        List<LabelledRadiograph> batch = films.subList(start, end);
        List<String> hashes = new ArrayList<>();
        for (LabelledRadiograph film : batch) {
          hashes.add(film.contentHash());
        }
        means.compute(batch, hashes, plain, start);
        means.compute(batch, hashes.stream().map(hash -> hash + LOOK).toList(), changed, start);
      }
    }
    return new float[][][] {plain, changed};
  }

  /** Training films, chosen by lot where there are many. */
  static List<LabelledRadiograph> films(List<LabelledRadiograph> training, long seed) {
    List<LabelledRadiograph> films = new ArrayList<>(training);
    // Random's sequence is part of its specification.
    Collections.shuffle(films, new Random(seed));
    return films.subList(0, Math.min(films.size(), AT_MOST));
  }

  /** By source where each of two sources or more has films enough for a part, else by patient. */
  private static int[] parts(List<LabelledRadiograph> films) {
    boolean sources = haveSources(films);
    List<String> groups =
        sources
            ? films.stream().map(film -> film.source().orElse("")).toList()
            : PatientGroups.of(films);
    Map<String, Integer> parts = new HashMap<>();
    int[] of = new int[films.size()];
    for (int i = 0; i < of.length; i++) {
      int next = parts.size();
      of[i] = parts.computeIfAbsent(groups.get(i), group -> sources ? next : next % PARTS);
    }
    return of;
  }

  /** Whether each source can be scored by enough films of others. */
  static boolean haveSources(List<LabelledRadiograph> films) {
    Map<String, Integer> bySource = new HashMap<>();
    for (LabelledRadiograph film : films) {
      bySource.merge(film.source().orElse(""), 1, Integer::sum);
    }
    return bySource.size() > 1 && Collections.max(bySource.values()) <= films.size() - ENOUGH;
  }

  private static NoveltyStatistic statistic(
      float[][] plain, float[][] changed, int[] parts, int without) {
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < parts.length; i++) {
      if (parts[i] != without) {
        rows.add(plain[i]);
        rows.add(changed[i]);
      }
    }
    return NoveltyStatistic.fit(rows.toArray(float[][]::new));
  }

  /** The means of the last map's channels, from the cache where the map is a frozen base's. */
  private static final class Means implements AutoCloseable {
    private final long seed;
    private final GrayFeatures features;
    private final StandardPreprocessor preprocessor;
    private final Optional<FeatureCache> cache;

    Means(TrainingRecipe recipe, byte[] graph, boolean cached) {
      PreprocessingSpec preprocessing = recipe.preprocessing();
      this.seed = recipe.seed();
      this.features = new GrayFeatures(graph, preprocessing);
      this.preprocessor = StandardPreprocessor.of(preprocessing);
      String key = BaseFeatures.digest(graph, preprocessing + " " + LOOKS + seed);
      this.cache =
          cached
              ? Optional.of(new FeatureCache(recipe.featureCache(), key, features.count()))
              : Optional.empty();
    }

    /**
     * Of up to a batch of films, into rows from one on.
     *
     * @param names the films' hashes, with {@link #LOOK} behind them for films in another look
     */
    void compute(List<LabelledRadiograph> films, List<String> names, float[][] rows, int from)
        throws IOException {
      List<Integer> missing = new ArrayList<>();
      for (int i = 0; i < films.size(); i++) {
        Optional<float[]> known =
            cache.isPresent() ? cache.get().read(names.get(i)) : Optional.empty();
        if (known.isPresent()) {
          rows[from + i] = known.get();
        } else {
          missing.add(i);
        }
      }
      if (missing.isEmpty()) {
        return;
      }
      List<byte[]> grays =
          ParallelImages.of(
              missing.stream().mapToInt(Integer::intValue), i -> gray(films.get(i), names.get(i)));
      List<float[]> means = features.of(grays);
      for (int k = 0; k < missing.size(); k++) {
        int i = missing.get(k);
        rows[from + i] = means.get(k);
        if (cache.isPresent()) {
          cache.get().write(names.get(i), means.get(k));
        }
      }
    }

    private byte[] gray(LabelledRadiograph film, String name) throws IOException {
      Radiograph radiograph = film.readNamed();
      return name.endsWith(LOOK)
          ? LOOKS.view(
              radiograph,
              donorSeed -> {
                throw new IllegalStateException("No looks are mixed here");
              },
              preprocessor,
              Augmentation.seed(seed, name, 1))
          : preprocessor.gray(radiograph);
    }

    @Override
    public void close() {
      features.close();
    }
  }
}
