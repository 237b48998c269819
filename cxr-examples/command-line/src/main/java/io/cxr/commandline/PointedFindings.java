package io.cxr.commandline;

import io.cxr.dataset.BoxTable;
import io.cxr.dataset.BoxTable.Box;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelTable;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.CxrException;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.PointingGame;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Asks a model's heatmaps of each finding about the films of a table on which it is marked.
 *
 * @param byFinding the figures of findings that have a box on a film
 */
record PointedFindings(Map<String, PointingGame> byFinding) {

  /**
   * Explains each finding that is present and marked.
   *
   * @param csv boxes with a column {@code finding}; files by their path in the table's folder, or
   *     by their name alone
   * @param err where films without a heatmap are named
   * @throws IllegalArgumentException if the model has no heatmaps, or no finding a box
   */
  static PointedFindings of(
      OnnxClassifier classifier,
      LabelTable table,
      List<LabelledRadiograph> items,
      Path csv,
      long seed,
      PrintWriter err)
      throws IOException {
    if (!classifier.canExplain()) {
      throw new IllegalArgumentException(
          "--boxes: expected a model with heatmaps, found " + classifier.model().name());
    }
    BoxTable boxes = BoxTable.read(csv);
    Map<String, List<PointingGame.Film>> films = new LinkedHashMap<>();
    for (String finding : table.labels()) {
      for (LabelledRadiograph item : items) {
        if (item.findings().state(finding) == LabelState.PRESENT) {
          List<Box> marked = boxes.of(table.nameOf(item), finding);
          if (marked.isEmpty()) {
            marked = boxes.of(String.valueOf(item.file().getFileName()), finding);
          }
          if (!marked.isEmpty()) {
            try {
              films
                  .computeIfAbsent(finding, key -> new ArrayList<>())
                  .add(
                      PointingGame.Film.of(
                          classifier.explain(item.read(), finding).heatmap(), marked));
            } catch (CxrException | IOException e) {
              Cxr.failed(err, item.file(), e);
            }
          }
        }
      }
    }
    films.values().removeIf(List::isEmpty);
    if (films.isEmpty()) {
      throw new IllegalArgumentException(
          "--boxes: expected boxes of "
              + table.labels()
              + " in a column finding, on films that the model explains, found none");
    }
    Map<String, PointingGame> games = new LinkedHashMap<>();
    films.forEach((finding, own) -> games.put(finding, PointingGame.of(own, seed)));
    return new PointedFindings(games);
  }

  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    byFinding.forEach(
        (finding, game) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("films", game.films());
          one.put("hits", Json.interval(game.hits()));
          one.put("chance", game.chance());
          object.put(finding, one);
        });
    return object;
  }

  String format() {
    StringBuilder text = new StringBuilder();
    text.append(String.format("%nHottest point of a finding's heatmap in its box:%n"));
    byFinding.forEach(
        (finding, game) -> {
          Interval hits = game.hits();
          text.append(
              String.format(
                  Locale.ROOT,
                  "  %-28s %.3f (%.3f-%.3f), by chance %.3f; %d films%n",
                  finding,
                  hits.value(),
                  hits.low(),
                  hits.high(),
                  game.chance(),
                  game.films()));
        });
    return text.toString();
  }
}
