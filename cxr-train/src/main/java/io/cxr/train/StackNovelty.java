package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ToleranceBound;
import io.cxr.model.NoveltyGate;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.StackNoveltyStatistic;
import java.util.ArrayList;
import java.util.List;

/**
 * Fits the novelty gate of a stack. Each member has a statistic on the channel means of its own
 * last map, and a bound of it as if it were alone; the stack's score is the greatest of the
 * members' scores, each over its bound. So a picture that is foreign to one member is foreign to
 * the stack, however many channels the others have.
 *
 * <p>Each film is scored by statistics of other folds' films and, where sources are known, of other
 * sources' films, on means that the fold's members give, which have not seen it. Bounds are
 * tolerance bounds of these scores, the gate's threshold is one of the greatest of them; the
 * statistics in the file are of all films and the final members. Not thread-safe.
 */
final class StackNovelty {
  private final List<LabelledRadiograph> films;
  private final int[] folds;
  private final int[] sources;
  private final int sourceCount;

  /** By member and film. */
  private final List<double[]> scores = new ArrayList<>();

  /**
   * A fitted gate.
   *
   * @param statistics for the graph
   * @param gate for the card
   */
  record Fit(StackNoveltyStatistic statistics, NoveltyGate gate) {}

  /**
   * Prepares the fit.
   *
   * @param films the films
   * @param folds the fold of each
   */
  StackNovelty(List<LabelledRadiograph> films, int[] folds) {
    this.films = List.copyOf(films);
    this.folds = folds.clone();
    List<String> names = new ArrayList<>();
    this.sources = new int[folds.length];
    if (NoveltyFit.haveSources(films)) {
      for (int i = 0; i < sources.length; i++) {
        String name = films.get(i).source().orElse("");
        if (!names.contains(name)) {
          names.add(name);
        }
        sources[i] = names.indexOf(name);
      }
    }
    this.sourceCount = names.size();
  }

  List<LabelledRadiograph> films() {
    return films;
  }

  /**
   * Scores the films that are held out.
   *
   * @param means by member, of all films, as they are and in another look, by this fold's members
   */
  void score(int fold, List<float[][][]> means) {
    while (scores.size() < means.size()) {
      scores.add(new double[folds.length]);
    }
    for (int source = 0; source < Math.max(1, sourceCount); source++) {
      List<Integer> others = new ArrayList<>();
      List<Integer> held = new ArrayList<>();
      for (int i = 0; i < folds.length; i++) {
        boolean foreign = sourceCount == 0 || sources[i] != source;
        if (folds[i] != fold && foreign) {
          others.add(i);
        } else if (folds[i] == fold && (sourceCount == 0 || !foreign)) {
          held.add(i);
        }
      }
      for (int m = 0; m < means.size() && !held.isEmpty(); m++) {
        float[][][] looks = means.get(m);
        NoveltyStatistic statistic = statistic(looks, others);
        for (int i : held) {
          scores.get(m)[i] = Math.max(statistic.score(looks[0][i]), statistic.score(looks[1][i]));
        }
      }
    }
  }

  private static NoveltyStatistic statistic(float[][][] looks, List<Integer> films) {
    List<float[]> rows = new ArrayList<>();
    for (int film : films) {
      rows.add(looks[0][film]);
      rows.add(looks[1][film]);
    }
    return NoveltyStatistic.fit(rows.toArray(float[][]::new));
  }

  /** Once every fold was scored, the gate; means are those of the final members. */
  Fit fit(List<float[][][]> means) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < folds.length; i++) {
      all.add(i);
    }
    List<NoveltyStatistic> statistics = new ArrayList<>();
    double[] bounds = new double[means.size()];
    double[] greatest = new double[folds.length];
    for (int m = 0; m < bounds.length; m++) {
      statistics.add(statistic(means.get(m), all));
      bounds[m] = bound(scores.get(m));
      for (int i = 0; i < greatest.length; i++) {
        greatest[i] = Math.max(greatest[i], scores.get(m)[i] / bounds[m]);
      }
    }
    StackNoveltyStatistic joint = new StackNoveltyStatistic(statistics, bounds);
    return new Fit(
        joint,
        new NoveltyGate(
            joint.description(), bound(greatest), NoveltyFit.KEPT, NoveltyFit.CONFIDENCE));
  }

  private static double bound(double[] scores) {
    return ToleranceBound.upper(scores, NoveltyFit.KEPT, NoveltyFit.CONFIDENCE);
  }
}
