package io.cxr.train.lungs;

import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.Statistic;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How well lung fields agree with masks of films of patients that the network did not learn from.
 *
 * @param folds how many networks were trained, each without the patients of one part; 1 for a model
 *     with one part left out
 * @param films the films, at least one
 * @param seed of the bootstrap
 */
public record LungScores(int folds, List<Film> films, long seed) {

  /**
   * One film.
   *
   * @param file its name in the folder
   * @param group the same for all films of a patient
   * @param intersectionOverUnion of the fields found and the mask, 0 to 1
   */
  public record Film(String file, String group, double intersectionOverUnion) {}

  /** Checks the values. */
  public LungScores {
    films = List.copyOf(films);
    if (films.isEmpty()) {
      throw new IllegalArgumentException("Lung scores: expected a film or more, found none");
    }
  }

  /**
   * The mean over films.
   *
   * @return intersection over union, with a 95 % interval by bootstrap over patients
   */
  public Interval mean() {
    return Bootstrap.ofGroups(films.stream().map(Film::group).toList(), seed)
        .interval(
            Statistic.meanOf(films.stream().mapToDouble(Film::intersectionOverUnion).toArray()))
        .orElseThrow();
  }

  /**
   * The median over films.
   *
   * @return intersection over union
   */
  public double median() {
    double[] sorted = films.stream().mapToDouble(Film::intersectionOverUnion).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The film that agrees least.
   *
   * @return the film
   */
  public Film worst() {
    return films.stream()
        .min(Comparator.comparingDouble(Film::intersectionOverUnion))
        .orElseThrow();
  }

  /**
   * The figures by name, for a card.
   *
   * @return {@code iou.mean}, {@code iou.low}, {@code iou.high}, {@code iou.median}, {@code
   *     iou.worst}, {@code films} and {@code folds}
   */
  public Map<String, Double> figures() {
    Interval mean = mean();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("iou.mean", mean.value());
    figures.put("iou.low", mean.low());
    figures.put("iou.high", mean.high());
    figures.put("iou.median", median());
    figures.put("iou.worst", worst().intersectionOverUnion());
    figures.put("films", (double) films.size());
    figures.put("folds", (double) folds);
    return figures;
  }

  /**
   * The figures in a sentence.
   *
   * @return a line
   */
  public String format() {
    Interval mean = mean();
    return String.format(
        Locale.ROOT,
        "IoU on %d films of %d patients left out, %d %s: mean %.3f (%.3f to %.3f), median %.3f,"
            + " worst %.3f",
        films.size(),
        films.stream().map(Film::group).distinct().count(),
        folds,
        folds == 1 ? "network" : "networks",
        mean.value(),
        mean.low(),
        mean.high(),
        median(),
        worst().intersectionOverUnion());
  }
}
