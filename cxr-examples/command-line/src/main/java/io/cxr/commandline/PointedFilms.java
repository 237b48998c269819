package io.cxr.commandline;

import io.cxr.dataset.BoxTable;
import io.cxr.dataset.BoxTable.Box;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.CxrException;
import io.cxr.evaluation.PointingGame;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks a model's heatmaps about the films of a folder on which readers have drawn boxes.
 *
 * @param game the figures
 * @param unexplained how many films with boxes have no heatmap, as they cannot be read or are
 *     refused
 */
record PointedFilms(PointingGame game, int unexplained) {

  /**
   * Explains the class of every film that has a box.
   *
   * @param err where films without a heatmap are named
   * @throws IllegalArgumentException if the model has no heatmaps, or no film a box
   */
  static PointedFilms of(
      OnnxClassifier classifier, ImageSet folder, Path csv, long seed, PrintWriter err)
      throws IOException {
    if (!classifier.canExplain()) {
      throw new IllegalArgumentException(
          "--boxes: expected a model with heatmaps, found " + classifier.model().name());
    }
    Map<String, List<Box>> boxes = BoxTable.read(csv).byFile();
    List<PointingGame.Film> films = new ArrayList<>();
    int unexplained = 0;
    int known = 0;
    for (LabelledRadiograph item : folder.items()) {
      List<Box> marked = boxes.get(folder.nameOf(item));
      if (marked == null) {
        continue;
      }
      known++;
      try {
        films.add(
            PointingGame.Film.of(classifier.explain(item.read(), item.label()).heatmap(), marked));
      } catch (CxrException | IOException e) {
        unexplained++;
        Cxr.failed(err, item.file(), e);
      }
    }
    if (known < boxes.size()) {
      err.printf(
          "Note: %d of %d films with boxes are not in %s.%n",
          boxes.size() - known, boxes.size(), folder.name());
      err.flush();
    }
    if (films.isEmpty()) {
      throw new IllegalArgumentException(
          "--boxes: expected boxes on films of "
              + folder.name()
              + " that the model explains, found none. Files are named relative to the folder, with"
              + " '/'.");
    }
    return new PointedFilms(PointingGame.of(films, seed), unexplained);
  }

  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("films", game.films());
    object.put("unexplained", unexplained);
    object.put("empty", game.empty());
    object.put("hits", Json.interval(game.hits()));
    object.put("chance", game.chance());
    object.put("mass", Json.interval(game.mass()));
    object.put("area", game.area());
    object.put("gain", Json.interval(game.gain()));
    return object;
  }
}
