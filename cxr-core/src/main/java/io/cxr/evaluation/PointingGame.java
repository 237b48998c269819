package io.cxr.evaluation;

import io.cxr.Heatmap;
import io.cxr.dataset.BoxTable.Box;
import io.cxr.radiograph.PixelRegion;
import java.util.List;
import java.util.Optional;

/**
 * How well heatmaps point at what readers have marked: whether the hottest point of each lies in a
 * box (the pointing game of Zhang et al., IJCV 126, 2018, without its tolerance), and how much of
 * the heatmap lies in the boxes, against their share of the image.
 *
 * @param films how many films were asked about
 * @param empty on how many of them the heatmap is zero everywhere: they count as missed, and have
 *     no share
 * @param hits the share of films whose hottest point lies in a box, with Wilson's score interval
 * @param chance the share of films that a point anywhere in the image would hit: the mean share of
 *     the boxes in the image
 * @param mass the mean share of the heatmap's sum that lies in the boxes, with a bootstrap
 *     interval; empty if all heatmaps are
 * @param area the mean share of the boxes in the image, on the films that have a heatmap
 * @param gain mass over area, with a bootstrap interval: 1 is chance
 */
public record PointingGame(
    int films,
    int empty,
    Interval hits,
    double chance,
    Optional<Interval> mass,
    double area,
    Optional<Interval> gain) {

  /** The image is looked at in so many rows and columns. */
  private static final int GRID = 256;

  /**
   * One film.
   *
   * @param hit whether the heatmap's hottest point lies in a box
   * @param mass the share of the heatmap's sum that lies in boxes; NaN where the heatmap is zero
   * @param area the share of the image that lies in boxes
   */
  public record Film(boolean hit, double mass, double area) {

    /**
     * Asks about one film.
     *
     * @param heatmap the heatmap of the finding's label
     * @param boxes where the finding is, at least one box
     * @return what the heatmap shows of it
     */
    public static Film of(Heatmap heatmap, List<Box> boxes) {
      if (boxes.isEmpty()) {
        throw new IllegalArgumentException("Pointing: expected a box or more, found none");
      }
      float[] values = heatmap.resampled(GRID, GRID);
      double all = 0;
      double inside = 0;
      int cells = 0;
      for (int i = 0; i < values.length; i++) {
        double value = Float.isNaN(values[i]) ? 0 : values[i];
        int row = i / GRID;
        boolean in = in(boxes, (i % GRID + 0.5) / GRID, (row + 0.5) / GRID);
        all += value;
        inside += in ? value : 0;
        cells += in ? 1 : 0;
      }
      double area = (double) cells / values.length;
      return all > 0
          ? new Film(pointsInto(heatmap, boxes), inside / all, area)
          : new Film(false, Double.NaN, area);
    }

    /** Between the middles of cells, the map is interpolated: none of it is above them. */
    private static boolean pointsInto(Heatmap heatmap, List<Box> boxes) {
      int hottest = 0;
      int columns = heatmap.columns();
      for (int i = 1; i < heatmap.rows() * columns; i++) {
        if (heatmap.value(i / columns, i % columns)
            > heatmap.value(hottest / columns, hottest % columns)) {
          hottest = i;
        }
      }
      PixelRegion region = heatmap.region();
      double x = region.column() + (hottest % columns + 0.5) / columns * region.columns();
      int row = hottest / columns;
      double y = region.row() + (row + 0.5) / heatmap.rows() * region.rows();
      return in(boxes, x / heatmap.radiographColumns(), y / heatmap.radiographRows());
    }

    private static boolean in(List<Box> boxes, double x, double y) {
      return boxes.stream().anyMatch(box -> box.contains(x, y));
    }

    private boolean isEmpty() {
      return Double.isNaN(mass);
    }
  }

  /**
   * Sums films up.
   *
   * @param films one film or more, of patients of their own
   * @param seed decides the resamples of the bootstrap
   * @return the figures
   */
  public static PointingGame of(List<Film> films, long seed) {
    if (films.isEmpty()) {
      throw new IllegalArgumentException("Pointing: expected a film or more, found none");
    }
    List<Film> shown = films.stream().filter(film -> !film.isEmpty()).toList();
    boolean[] all = new boolean[films.size()];
    boolean[] hit = new boolean[films.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = true;
      hit[i] = films.get(i).hit();
    }
    Optional<Interval> mass = Optional.empty();
    Optional<Interval> gain = Optional.empty();
    if (!shown.isEmpty()) {
      Statistic masses = Statistic.meanOf(shown.stream().mapToDouble(Film::mass).toArray());
      Statistic areas = Statistic.meanOf(shown.stream().mapToDouble(Film::area).toArray());
      List<Optional<Interval>> found =
          Bootstrap.ofSamples(shown.size(), seed)
              .intervals(List.of(masses, times -> masses.of(times) / areas.of(times)));
      mass = found.get(0);
      gain = found.get(1);
    }
    return new PointingGame(
        films.size(),
        films.size() - shown.size(),
        Bootstrap.ofSamples(films.size(), seed).interval(new Proportion(all, hit)).orElseThrow(),
        films.stream().mapToDouble(Film::area).average().orElseThrow(),
        mass,
        shown.stream().mapToDouble(Film::area).average().orElse(0),
        gain);
  }
}
