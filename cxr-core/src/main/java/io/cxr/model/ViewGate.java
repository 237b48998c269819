package io.cxr.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When a model refuses a radiograph for its view: when the graph's output {@code view}, a
 * probability a {@link FilmView}, has another view than the frontal one on top, and that above a
 * threshold.
 *
 * @param thresholds for each view that is refused, in the order of the graph's output, which has
 *     {@link FilmView#FRONTAL} before them: the greatest probability that is accepted, from 0 to 1.
 *     Copied in its order
 * @param kept the least share of frontal radiographs that each threshold alone accepts, above 0 and
 *     at most 1: each is a tolerance bound, with a confidence of 95 %, of radiographs that the head
 *     was not fitted to
 * @param confusion how radiographs that the head was not fitted to were judged, by what they are:
 *     rows and columns of {@code views()}; what is not refused counts as frontal. The views are
 *     generated, but for laterals. Copied
 */
public record ViewGate(
    Map<FilmView, Double> thresholds, double kept, List<List<Integer>> confusion) {

  /** Checks the values. */
  public ViewGate {
    Map<FilmView, Double> ordered = new LinkedHashMap<>(thresholds);
    thresholds = Collections.unmodifiableMap(ordered);
    List<List<Integer>> rows = new ArrayList<>();
    boolean square = confusion.size() == thresholds.size() + 1;
    for (List<Integer> row : confusion) {
      square &= row.size() == confusion.size();
      for (int count : row) {
        square &= count >= 0;
      }
      rows.add(List.copyOf(row));
    }
    confusion = List.copyOf(rows);
    boolean probabilities = true;
    for (double threshold : thresholds.values()) {
      probabilities &= threshold >= 0 && threshold <= 1;
    }
    if (thresholds.isEmpty()
        || thresholds.containsKey(FilmView.FRONTAL)
        || !probabilities
        || !square
        || !(kept > 0 && kept <= 1)) {
      throw new IllegalArgumentException(
          "View gate: expected a threshold from 0 to 1 for each view but the frontal one, a kept"
              + " share above 0 and at most 1, and a square of counts of all views, found "
              + thresholds
              + ", "
              + kept
              + " and "
              + confusion);
    }
  }

  /**
   * All views that the graph tells apart.
   *
   * @return in the order of its output; the frontal one is the first
   */
  public List<FilmView> views() {
    List<FilmView> views = new ArrayList<>(thresholds.size() + 1);
    views.add(FilmView.FRONTAL);
    views.addAll(thresholds.keySet());
    return views;
  }

  /**
   * Of the radiographs that the head was not fitted to, how many of a view were judged how.
   *
   * @param view what they are, one of {@link #views()}
   * @return a count for each view that they were taken for
   */
  public Map<FilmView, Integer> judged(FilmView view) {
    List<FilmView> views = views();
    Map<FilmView, Integer> judged = new EnumMap<>(FilmView.class);
    List<Integer> row = confusion.get(views.indexOf(view));
    for (int i = 0; i < row.size(); i++) {
      judged.put(views.get(i), row.get(i));
    }
    return judged;
  }
}
