package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.Subset;
import io.cxr.model.ConformalSets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ConformalFitTest {
  private static final List<String> LABELS = List.of("A", "B", "C");

  /** Images of patients, whose images are alike, with answers that are right by {@code skill}. */
  private static final class Images {
    final List<double[]> answers = new ArrayList<>();
    final List<String> patients = new ArrayList<>();
    final int[] truth;

    Images(int patients, double skill, Random random) {
      List<Integer> labels = new ArrayList<>();
      for (int patient = 0; patient < patients; patient++) {
        int label = patient % 3;
        double mood = random.nextGaussian();
        // Those with many images are harder: images drawn one by one would be of these.
        int images = mood < -0.5 ? 6 : 1;
        for (int image = 0; image < images; image++) {
          double[] p = new double[3];
          double sum = 0;
          for (int i = 0; i < 3; i++) {
            p[i] = Math.exp((i == label ? skill + mood : 0) + 0.5 * random.nextGaussian());
            sum += p[i];
          }
          for (int i = 0; i < 3; i++) {
            p[i] /= sum;
          }
          answers.add(p);
          labels.add(label);
          this.patients.add("patient " + patient);
        }
      }
      truth = labels.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  private static ConformalSets fit(Images of, double alpha, long seed) {
    return ConformalFit.fit(
        LABELS, of.answers, of.truth, of.patients, Subset.VALIDATION, alpha, seed);
  }

  /** Over data sets, in each class, for one image of each new patient; a bad model, too. */
  @Test
  void theTrueLabelIsInTheSetAsOftenAsPromisedInEachClass() {
    for (double skill : new double[] {0, 1, 3}) {
      int[] covered = new int[3];
      int[] all = new int[3];
      Random random = new Random(5);
      for (int round = 0; round < 150; round++) {
        ConformalSets sets = fit(new Images(120, skill, random), 0.1, round);
        Images others = new Images(60, skill, random);
        for (int i = 0; i < others.truth.length; i++) {
          if (i > 0 && others.patients.get(i).equals(others.patients.get(i - 1))) {
            continue;
          }
          int label = others.truth[i];
          all[label]++;
          covered[label] +=
              sets.of(LABELS, others.answers.get(i)).contains(LABELS.get(label)) ? 1 : 0;
        }
      }
      for (int label = 0; label < 3; label++) {
        double coverage = covered[label] / (double) all[label];
        // 3,000 images of a class: a standard error of 0.006 and as much of the quantiles.
        assertTrue(coverage >= 0.885, LABELS.get(label) + " " + coverage + ", skill " + skill);
        if (skill == 1) {
          assertTrue(coverage <= 0.95, LABELS.get(label) + " " + coverage);
        }
      }
    }
  }

  /** The promise on the images themselves: at least as many as the rank says. */
  @Property(tries = 50)
  void coversItsOwnPatients(@ForAll @IntRange(min = 3, max = 90) int patients, @ForAll long seed) {
    Images images = new Images(patients, 1, new Random(seed));
    ConformalSets sets = fit(images, 0.1, seed);
    for (int label = 0; label < 3; label++) {
      ConformalSets.Quantile quantile = sets.labels().get(LABELS.get(label));
      assertEquals((patients + 2 - label) / 3, quantile.patients());
      assertEquals(quantile.patients() < 9, quantile.least() == 0, quantile.toString());
    }
    for (double[] answer : images.answers) {
      List<String> set = sets.of(LABELS, answer);
      assertTrue(!set.isEmpty() && set.size() <= 3);
    }
  }

  @Test
  void quantilesAreOrderStatistics() {
    List<double[]> answers = new ArrayList<>();
    List<String> patients = new ArrayList<>();
    int[] truth = new int[19];
    for (int i = 0; i < 19; i++) {
      double p = 0.05 * (i + 1);
      answers.add(new double[] {p, 1 - p});
      patients.add("" + i);
    }
    ConformalSets sets =
        ConformalFit.fit(List.of("A", "B"), answers, truth, patients, Subset.VALIDATION, 0.1, 1);
    // Rank 18 of 19 scores 1 - p: the second lowest p.
    assertEquals(0.1 - OperatingPoints.TOLERANCE, sets.labels().get("A").least(), 1e-12);
    assertEquals(new ConformalSets.Quantile(0, 0), sets.labels().get("B"));
    assertEquals(List.of("A", "B"), sets.of(List.of("A", "B"), new double[] {0.5, 0.5}));
    assertEquals(List.of("B"), sets.of(List.of("A", "B"), new double[] {0.05, 0.95}));
  }

  @Test
  void anEvaluationMeasuresCoverageAndSize() {
    ConformalSets sets =
        new ConformalSets(
            0.1,
            Subset.VALIDATION,
            java.util.Map.of(
                "A", new ConformalSets.Quantile(0.3, 50),
                "B", new ConformalSets.Quantile(0.6, 50)));
    EvaluationBuilder builder = Evaluation.builder(List.of("A", "B")).conformal(sets);
    builder.answered("1", Optional.of("p"), "A", 0.35, 0.65); // {A, B}
    builder.answered("2", Optional.of("q"), "A", 0.9, 0.1); // {A}
    builder.answered("3", Optional.of("r"), "B", 0.8, 0.2); // {A}
    builder.answered("4", Optional.of("s"), "B", 0.45, 0.55); // {A, B}: the top label stays
    builder.refused("5", Optional.of("t"), "B", "UNREADABLE");
    LabelSetEvaluation found = builder.build().labelSets().orElseThrow();
    assertEquals(0.9, found.promised(), 1e-12);
    assertEquals(0.75, found.coverage().orElseThrow().value(), 1e-12);
    assertEquals(1, found.coverageOf().get("A").orElseThrow().value());
    assertEquals(0.5, found.coverageOf().get("B").orElseThrow().value());
    assertEquals(1.5, found.size().orElseThrow().value(), 1e-12);
    assertEquals(0.5, found.single().orElseThrow().value(), 1e-12);
    assertTrue(found.size().orElseThrow().high() <= 2 && found.size().orElseThrow().low() >= 1);
    assertEquals(
        Optional.empty(),
        Evaluation.builder(List.of("A", "B"))
            .answered("1", Optional.empty(), "A", 1, 0)
            .build()
            .labelSets());
  }
}
