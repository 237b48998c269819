package io.cxr.train.audit;

import io.cxr.evaluation.Bootstrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Tells sources apart by a model's features: one regression a source, against the others. */
final class SourceProbe {
  /** A source of fewer patients is left out: it cannot be in every fold. */
  private static final int FEWEST_PATIENTS = Separation.FEWEST_PATIENTS;

  private final List<String> sources = new ArrayList<>();
  private final int[] rows;
  private final int[] source;
  private final int[] classes;
  private final int[] patients;
  private final int[] fold;

  /**
   * Knows the films.
   *
   * @param names the source of each film, empty where it is unknown
   * @param classes the class of each film
   * @param patients the patient of each film
   * @param fold the part of each film; a patient's films are in one
   */
  SourceProbe(List<Optional<String>> names, int[] classes, int[] patients, int[] fold) {
    this.classes = classes;
    this.patients = patients;
    this.fold = fold;
    names.stream()
        .flatMap(Optional::stream)
        .distinct()
        .sorted()
        .filter(
            name ->
                IntStream.range(0, names.size())
                        .filter(i -> names.get(i).filter(name::equals).isPresent())
                        .map(i -> patients[i])
                        .distinct()
                        .count()
                    >= FEWEST_PATIENTS)
        .forEach(sources::add);
    source = names.stream().mapToInt(name -> name.map(sources::indexOf).orElse(-1)).toArray();
    rows = IntStream.range(0, source.length).filter(i -> source[i] >= 0).toArray();
  }

  /** Whether there are two sources or more to tell apart. */
  boolean applies() {
    return sources.size() > 1;
  }

  /** The films that are to be told: those of a source that counts. */
  int[] rows() {
    return rows.clone();
  }

  /**
   * Fits and tells.
   *
   * @param features one row a film; only those of {@link #rows()} are looked at
   * @param seed of the bootstrap
   */
  SourceFigures figures(float[][] features, long seed) {
    float[][] known = Arrays.stream(rows).mapToObj(i -> features[i]).toArray(float[][]::new);
    int[] told = new int[rows.length];
    int[] byLabel = new int[rows.length];
    for (int held : Arrays.stream(rows).map(i -> fold[i]).distinct().toArray()) {
      int[] training = IntStream.range(0, rows.length).filter(i -> fold[rows[i]] != held).toArray();
      int[] tested = IntStream.range(0, rows.length).filter(i -> fold[rows[i]] == held).toArray();
      tell(known, training, tested, told);
      tellByLabel(training, tested, byLabel);
    }
    List<String> groups = Arrays.stream(rows).mapToObj(i -> "" + patients[i]).toList();
    int[] once = new int[rows.length];
    Arrays.fill(once, 1);
    return new SourceFigures(
        sources,
        rows.length,
        Bootstrap.ofGroups(groups, seed).interval(times -> balanced(times, told)).orElseThrow(),
        1.0 / sources.size(),
        balanced(once, byLabel));
  }

  /** The likeliest source if all were equally common. */
  private void tell(float[][] features, int[] training, int[] tested, int[] told) {
    Regression regression = new Regression(features, training);
    double[] best = new double[tested.length];
    Arrays.fill(best, Double.NEGATIVE_INFINITY);
    for (int s = 0; s < sources.size(); s++) {
      int asked = s;
      long positives = Arrays.stream(training).filter(i -> source[rows[i]] == asked).count();
      if (positives == 0 || positives == training.length) {
        continue;
      }
      double prior = Math.log((double) positives / (training.length - positives));
      double[] logOdds = regression.scores(training, i -> source[rows[i]] == asked, tested);
      for (int i = 0; i < tested.length; i++) {
        if (logOdds[i] - prior > best[i]) {
          best[i] = logOdds[i] - prior;
          told[tested[i]] = s;
        }
      }
    }
  }

  /** The source of which the film's class is the largest share. */
  private void tellByLabel(int[] training, int[] tested, int[] told) {
    int labels = Arrays.stream(classes).max().orElse(0) + 1;
    double[][] share = new double[labels][sources.size()];
    int[] films = new int[sources.size()];
    for (int i : training) {
      films[source[rows[i]]]++;
    }
    for (int i : training) {
      int of = source[rows[i]];
      share[classes[rows[i]]][of] += 1.0 / films[of];
    }
    for (int i : tested) {
      double[] ofLabel = share[classes[rows[i]]];
      for (int s = 1; s < ofLabel.length; s++) {
        if (ofLabel[s] > ofLabel[told[i]]) {
          told[i] = s;
        }
      }
    }
  }

  /** The mean over sources of how many of their films are told, each counted so many times. */
  private double balanced(int[] times, int[] told) {
    int[] total = new int[sources.size()];
    int[] right = new int[sources.size()];
    for (int i = 0; i < times.length; i++) {
      int of = source[rows[i]];
      total[of] += times[i];
      right[of] += told[i] == of ? times[i] : 0;
    }
    double sum = 0;
    for (int s = 0; s < total.length; s++) {
      if (total[s] == 0) {
        return Double.NaN;
      }
      sum += (double) right[s] / total[s];
    }
    return sum / total.length;
  }
}
