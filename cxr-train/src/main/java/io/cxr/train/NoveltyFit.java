package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.evaluation.ToleranceBound;
import io.cxr.model.NoveltyGate;
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

  /** Views of a film: as it is, and in another look. */
  private static final int PLAIN = 0;

  private static final int LOOK = 1;

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
    float[][][] both =
        means(films, plan.recipe(), plan.data().files(), graph.get(), task.lastMapIsFrozen());
    return Optional.of(fit(films, both[0], both[1]));
  }

  /**
   * Fits the gate to the means of a last map's channels.
   *
   * @param films at least {@link #ENOUGH}
   * @param plain of each film as it is
   * @param changed of each film in another look
   */
  static NoveltyFit fit(List<LabelledRadiograph> films, float[][] plain, float[][] changed) {
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
    return new NoveltyFit(
        statistic,
        new NoveltyGate(
            statistic.description(),
            ToleranceBound.upper(scores, KEPT, CONFIDENCE),
            KEPT,
            CONFIDENCE));
  }

  /** A film as another hospital might have it; the anatomy stays. */
  static byte[] look(Radiograph film, StandardPreprocessor preprocessor, long seed) {
    return LOOKS.view(
        film,
        donorSeed -> {
          throw new IllegalStateException("No looks are mixed here");
        },
        preprocessor,
        seed);
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
   * @param files the files of the run
   * @param cached whether the map is a frozen base's, so that others want the same
   */
  static float[][][] means(
      List<LabelledRadiograph> films,
      TrainingRecipe recipe,
      ImageFiles files,
      byte[] graph,
      boolean cached)
      throws IOException {
    StandardPreprocessor preprocessor = StandardPreprocessor.of(recipe.preprocessing());
    FilmFeatures.View plain =
        new FilmFeatures.View(PLAIN, (radiograph, hash) -> preprocessor.gray(radiograph));
    FilmFeatures.View look =
        new FilmFeatures.View(
            LOOK,
            (radiograph, hash) ->
                look(
                    radiograph,
                    preprocessor,
                    Augmentation.seed(recipe.seed(), hash + "-looks", 1)));
    try (FilmFeatures features =
        new FilmFeatures(recipe, files, graph, cached, LOOKS + "" + recipe.seed())) {
      return features.of(films, List.of(plain, look));
    }
  }

  /** Training films, chosen by lot where there are many. */
  static List<LabelledRadiograph> films(List<LabelledRadiograph> training, long seed) {
    List<LabelledRadiograph> films = new ArrayList<>(training);
    // Random's sequence is part of its specification.
    Collections.shuffle(films, new Random(seed));
    return films.subList(0, Math.min(films.size(), AT_MOST));
  }

  /** By source where each of two sources or more has films enough for a part, else by patient. */
  static int[] parts(List<LabelledRadiograph> films) {
    return haveSources(films)
        ? parts(films.stream().map(film -> film.source().orElse("")).toList(), Integer.MAX_VALUE)
        : patientParts(films, PARTS);
  }

  /**
   * So many parts at most, with each patient in one of them.
   *
   * @return the part of each film, from 0
   */
  static int[] patientParts(List<LabelledRadiograph> films, int count) {
    return parts(PatientGroups.of(films), count);
  }

  private static int[] parts(List<String> groups, int count) {
    Map<String, Integer> parts = new HashMap<>();
    int[] of = new int[groups.size()];
    for (int i = 0; i < of.length; i++) {
      int next = parts.size();
      of[i] = parts.computeIfAbsent(groups.get(i), group -> next % count);
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
}
