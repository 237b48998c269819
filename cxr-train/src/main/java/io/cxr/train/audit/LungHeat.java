package io.cxr.train.audit;

import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.Statistic;
import java.util.List;
import java.util.Objects;

/**
 * How much of a model's heatmaps lies in the lungs, for the films of one class.
 *
 * @param label the films' class
 * @param films how many films have both a heatmap that is not zero and lungs that are known
 * @param share the mean share of the heatmaps' sum in the lungs, with a 95 % interval by bootstrap
 *     over patients
 * @param area the mean share of the lungs in the picture: what an even heatmap gives
 * @param gain share over area with its interval: 1 is chance
 */
public record LungHeat(String label, int films, Interval share, double area, Interval gain) {

  /** Checks the values. */
  public LungHeat {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(share, "share");
    Objects.requireNonNull(gain, "gain");
  }

  /** One film: its patient, how much of its heatmap is in the lungs, and how large these are. */
  record Film(int patient, double share, double area) {}

  static LungHeat of(String label, List<Film> films, long seed) {
    Interval share =
        Bootstrap.ofGroups(films.stream().map(film -> "" + film.patient()).toList(), seed)
            .interval(Statistic.meanOf(films.stream().mapToDouble(Film::share).toArray()))
            .orElseThrow();
    double area = films.stream().mapToDouble(Film::area).average().orElseThrow();
    return new LungHeat(
        label,
        films.size(),
        share,
        area,
        new Interval(share.value() / area, share.low() / area, share.high() / area));
  }
}
