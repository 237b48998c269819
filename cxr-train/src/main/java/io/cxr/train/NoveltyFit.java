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
    List<LabelledRadiograph> films = films(plan);
    Optional<byte[]> graph = task.lastMapMeans();
    if (graph.isEmpty()) {
      return Optional.empty();
    }
    if (films.size() < ENOUGH) {
      progress.warning(
          "The model has no novelty gate, and answers pictures of any kind: expected at least "
              + ENOUGH
              + " training images to fit one to, found "
              + films.size()
              + ".");
      return Optional.empty();
    }
    float[][] plain = new float[films.size()][];
    float[][] changed = new float[films.size()][];
    try (Means means = new Means(plan, graph.get(), task.lastMapIsFrozen())) {
      for (int start = 0; start < plain.length; start += GrayFeatures.BATCH) {
        int end = Math.min(plain.length, start + GrayFeatures.BATCH);
        List<LabelledRadiograph> batch = films.subList(start, end);
        means.compute(batch, plain, changed, start);
      }
    }
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

  /** Training films, chosen by lot where there are many. */
  private static List<LabelledRadiograph> films(TrainingPlan plan) {
    List<LabelledRadiograph> films = new ArrayList<>(plan.data().training());
    // Random's sequence is part of its specification.
    Collections.shuffle(films, new Random(plan.recipe().seed()));
    return films.subList(0, Math.min(films.size(), AT_MOST));
  }

  /** By source where each of two sources or more has films enough for a part, else by patient. */
  private static int[] parts(List<LabelledRadiograph> films) {
    Map<String, Integer> bySource = new HashMap<>();
    for (LabelledRadiograph film : films) {
      bySource.merge(film.source().orElse(""), 1, Integer::sum);
    }
    boolean sources =
        bySource.size() > 1 && Collections.max(bySource.values()) <= films.size() - ENOUGH;
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
    private final ImageFiles files;
    private final GrayFeatures features;
    private final StandardPreprocessor preprocessor;
    private final Optional<FeatureFile> kept;

    Means(TrainingPlan plan, byte[] graph, boolean cached) throws IOException {
      PreprocessingSpec preprocessing = plan.recipe().preprocessing();
      this.seed = plan.recipe().seed();
      this.files = plan.data().files();
      this.preprocessor = StandardPreprocessor.of(preprocessing);
      this.features = new GrayFeatures(graph, preprocessing);
      String key = BaseFeatures.digest(graph, preprocessing + " " + LOOKS + seed);
      this.kept =
          cached
              ? Optional.of(plan.recipe().openFeatureCache().open(key, features.count()))
              : Optional.empty();
    }

    /** A view of one of the films that are computed together. */
    private record View(int film, int look) {}

    /**
     * Of up to a batch of films, into rows from one on.
     *
     * @param plain receives the means of the films as they are
     * @param changed receives the means of the films in another look
     */
    void compute(List<LabelledRadiograph> films, float[][] plain, float[][] changed, int from)
        throws IOException {
      List<ImageFiles.Opened> opened = ParallelImages.of(films, files::open);
      List<View> missing = new ArrayList<>();
      for (int film = 0; film < films.size(); film++) {
        for (int look : List.of(PLAIN, LOOK)) {
          Optional<float[]> known = known(opened.get(film).hash(), look);
          if (known.isPresent()) {
            (look == PLAIN ? plain : changed)[from + film] = known.get();
          } else {
            missing.add(new View(film, look));
          }
        }
      }
      List<byte[]> grays = grays(opened, missing);
      List<FeatureFile.Entry> entries = new ArrayList<>();
      for (int start = 0; start < missing.size(); start += GrayFeatures.BATCH) {
        int end = Math.min(missing.size(), start + GrayFeatures.BATCH);
        List<float[]> means = features.of(grays.subList(start, end));
        for (int i = start; i < end; i++) {
          View view = missing.get(i);
          (view.look() == PLAIN ? plain : changed)[from + view.film()] = means.get(i - start);
          entries.add(
              new FeatureFile.Entry(
                  opened.get(view.film()).hash(), view.look(), means.get(i - start)));
        }
      }
      if (kept.isPresent() && !entries.isEmpty()) {
        kept.get().append(entries);
      }
    }

    private Optional<float[]> known(String hash, int look) throws IOException {
      int record = kept.isPresent() ? kept.get().find(hash, look) : -1;
      if (record < 0) {
        return Optional.empty();
      }
      float[] row = new float[features.count()];
      kept.orElseThrow().copy(record, row, 0);
      return Optional.of(row);
    }

    /** The views at the network's size; each film is decoded once. */
    private List<byte[]> grays(List<ImageFiles.Opened> opened, List<View> missing)
        throws IOException {
      List<List<byte[]>> byFilm =
          ParallelImages.of(
              missing.stream().map(View::film).distinct().toList(),
              film -> {
                Radiograph radiograph = opened.get(film).radiograph();
                List<byte[]> grays = new ArrayList<>();
                for (View view : missing) {
                  if (view.film() == film) {
                    grays.add(gray(radiograph, opened.get(film).hash(), view.look()));
                  }
                }
                return grays;
              });
      return byFilm.stream().flatMap(List::stream).toList();
    }

    private byte[] gray(Radiograph radiograph, String hash, int look) throws IOException {
      return look == LOOK
          ? LOOKS.view(
              radiograph,
              donorSeed -> {
                throw new IllegalStateException("No looks are mixed here");
              },
              preprocessor,
              Augmentation.seed(seed, hash + "-looks", 1))
          : preprocessor.gray(radiograph);
    }

    @Override
    public void close() throws IOException {
      features.close();
      if (kept.isPresent()) {
        kept.get().close();
      }
    }
  }
}
