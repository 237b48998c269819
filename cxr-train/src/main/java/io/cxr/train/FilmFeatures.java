package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Features that a graph gives for several views of films, such as the means of the last map's
 * channels: from the cache where the graph is a frozen base's. Each film is decoded once, whatever
 * views of it are missing there. Not thread-safe.
 */
final class FilmFeatures implements AutoCloseable {
  private final ImageFiles files;
  private final GrayFeatures features;
  private final Optional<FeatureFile> kept;

  /**
   * A way to look at a film.
   *
   * @param number its own in the cache's file, from 0
   * @param gray gives gray values at the network's size
   */
  record View(int number, Drawing gray) {}

  /** Draws a view. */
  interface Drawing {
    /**
     * The view of a film.
     *
     * @param film the film
     * @param hash of its file
     * @return gray values at the network's size, row by row
     */
    byte[] gray(Radiograph film, String hash);
  }

  /** A view of one of the films that are computed together. */
  private record Wanted(int film, int view) {}

  /**
   * Opens a graph.
   *
   * @param files the files of the run
   * @param graph an ONNX file from images to features
   * @param cached whether the graph is a frozen base's, so that others want the same
   * @param settings stands for all that decides the views but the preprocessing
   */
  FilmFeatures(
      TrainingRecipe recipe, ImageFiles files, byte[] graph, boolean cached, String settings)
      throws IOException {
    this.files = files;
    this.features = new GrayFeatures(graph, recipe.preprocessing(), recipe.session());
    String key = BaseFeatures.digest(graph, recipe.preprocessing() + " " + settings);
    this.kept =
        cached
            ? Optional.of(recipe.openFeatureCache().open(key, features.count()))
            : Optional.empty();
  }

  /**
   * The features of films.
   *
   * @return {@code [view][film]}
   */
  float[][][] of(List<LabelledRadiograph> films, List<View> views) throws IOException {
    float[][][] all = new float[views.size()][films.size()][];
    for (int start = 0; start < films.size(); start += GrayFeatures.BATCH) {
      int end = Math.min(films.size(), start + GrayFeatures.BATCH);
      compute(films.subList(start, end), views, all, start);
    }
    return all;
  }

  private void compute(List<LabelledRadiograph> films, List<View> views, float[][][] all, int from)
      throws IOException {
    List<ImageFiles.Opened> opened = ParallelImages.of(films, files::open);
    List<Wanted> missing = new ArrayList<>();
    for (int film = 0; film < films.size(); film++) {
      for (int view = 0; view < views.size(); view++) {
        Optional<float[]> known = known(opened.get(film).hash(), views.get(view).number());
        if (known.isPresent()) {
          all[view][from + film] = known.get();
        } else {
          missing.add(new Wanted(film, view));
        }
      }
    }
    List<byte[]> grays = grays(opened, missing, views);
    List<FeatureFile.Entry> entries = new ArrayList<>();
    for (int start = 0; start < missing.size(); start += GrayFeatures.BATCH) {
      int end = Math.min(missing.size(), start + GrayFeatures.BATCH);
      List<float[]> rows = features.of(grays.subList(start, end));
      for (int i = start; i < end; i++) {
        Wanted wanted = missing.get(i);
        float[] row = rows.get(i - start);
        all[wanted.view()][from + wanted.film()] = row;
        entries.add(
            new FeatureFile.Entry(
                opened.get(wanted.film()).hash(), views.get(wanted.view()).number(), row));
      }
    }
    if (kept.isPresent() && !entries.isEmpty()) {
      kept.get().append(entries);
    }
  }

  private Optional<float[]> known(String hash, int view) throws IOException {
    int record = kept.isPresent() ? kept.get().find(hash, view) : -1;
    if (record < 0) {
      return Optional.empty();
    }
    float[] row = new float[features.count()];
    kept.orElseThrow().copy(record, row, 0);
    return Optional.of(row);
  }

  /** The views at the network's size. */
  private static List<byte[]> grays(
      List<ImageFiles.Opened> opened, List<Wanted> missing, List<View> views) throws IOException {
    List<List<byte[]>> byFilm =
        ParallelImages.of(
            missing.stream().map(Wanted::film).distinct().toList(),
            film -> {
              Radiograph radiograph = opened.get(film).radiograph();
              List<byte[]> grays = new ArrayList<>();
              for (Wanted wanted : missing) {
                if (wanted.film() == film) {
                  Drawing drawing = views.get(wanted.view()).gray();
                  grays.add(drawing.gray(radiograph, opened.get(film).hash()));
                }
              }
              return grays;
            });
    return byFilm.stream().flatMap(List::stream).toList();
  }

  @Override
  public void close() throws IOException {
    features.close();
    if (kept.isPresent()) {
      kept.get().close();
    }
  }
}
