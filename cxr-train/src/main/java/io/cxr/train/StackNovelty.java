package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ToleranceBound;
import io.cxr.model.NoveltyGate;
import io.cxr.train.export.NoveltyStatistic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fits the novelty gate of a stack to the channel means of all its members, one after the other.
 * Each film is scored by the statistic of other folds' films and, where sources are known, of other
 * sources' films, on means that the fold's members give, which have not seen it. The threshold is a
 * tolerance bound of these scores; the statistic in the file is of all films and the final members.
 * Not thread-safe.
 */
final class StackNovelty {
  private final List<LabelledRadiograph> films;
  private final int[] folds;
  private final int[] sources;
  private final int sourceCount;
  private final double[] scores;

  /**
   * Prepares the fit.
   *
   * @param films the films
   * @param folds the fold of each
   */
  StackNovelty(List<LabelledRadiograph> films, int[] folds) {
    this.films = List.copyOf(films);
    this.folds = folds.clone();
    this.scores = new double[folds.length];
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
   * @param means of all films, as they are and in another look, by this fold's members
   */
  void score(int fold, float[][][] means) {
    for (int source = 0; source < Math.max(1, sourceCount); source++) {
      List<float[]> others = new ArrayList<>();
      List<Integer> held = new ArrayList<>();
      for (int i = 0; i < folds.length; i++) {
        boolean foreign = sourceCount == 0 || sources[i] != source;
        if (folds[i] != fold && foreign) {
          others.add(means[0][i]);
          others.add(means[1][i]);
        } else if (folds[i] == fold && (sourceCount == 0 || !foreign)) {
          held.add(i);
        }
      }
      if (held.isEmpty()) {
        continue;
      }
      NoveltyStatistic statistic = NoveltyStatistic.fit(others.toArray(float[][]::new));
      for (int i : held) {
        scores[i] = Math.max(statistic.score(means[0][i]), statistic.score(means[1][i]));
      }
    }
  }

  /** Once every fold was scored, the gate; means are those of the final members. */
  NoveltyFit fit(float[][][] means) {
    List<float[]> all = new ArrayList<>(Arrays.asList(means[0]));
    all.addAll(Arrays.asList(means[1]));
    NoveltyStatistic statistic = NoveltyStatistic.fit(all.toArray(float[][]::new));
    return new NoveltyFit(
        statistic,
        new NoveltyGate(
            statistic.description(),
            ToleranceBound.upper(scores, NoveltyFit.KEPT, NoveltyFit.CONFIDENCE),
            NoveltyFit.KEPT,
            NoveltyFit.CONFIDENCE));
  }
}
