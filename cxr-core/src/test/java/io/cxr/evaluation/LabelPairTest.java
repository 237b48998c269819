package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabelPairTest {
  private static final List<String> LABELS = List.of("COVID19", "NORMAL", "PNEUMONIA");

  private final List<double[]> answers = new ArrayList<>();
  private final List<Integer> truth = new ArrayList<>();
  private final List<String> groups = new ArrayList<>();

  private void draw(int count, int[] labels) {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < count; i++) {
      int label = labels[i % labels.length];
      double[] answer = new double[3];
      double sum = 0;
      for (int k = 0; k < 3; k++) {
        answer[k] = random.nextInt(1, 8) + (k == label ? 2 : 0);
        sum += answer[k];
      }
      for (int k = 0; k < 3; k++) {
        answer[k] /= sum;
      }
      answers.add(answer);
      truth.add(label);
      groups.add("patient " + i / 2);
    }
  }

  private List<LabelPair> pairs(List<Integer> indices) {
    return LabelPair.of(
        LABELS,
        indices.stream().map(answers::get).toList(),
        indices.stream().mapToInt(truth::get).toArray(),
        indices.stream().map(groups::get).toList(),
        1);
  }

  /** Over all pairs of films, one of each label, a tie counting one half. */
  private double counted(int first, int second) {
    double right = 0;
    double all = 0;
    for (int i = 0; i < answers.size(); i++) {
      for (int j = 0; j < answers.size(); j++) {
        if (truth.get(i) == first && truth.get(j) == second) {
          // Multiplied out, so that no rounding makes a difference of a tie.
          double a = answers.get(i)[first] * answers.get(j)[second];
          double b = answers.get(j)[first] * answers.get(i)[second];
          right += Math.abs(a - b) < 1e-12 ? 0.5 : a > b ? 1 : 0;
          all++;
        }
      }
    }
    return right / all;
  }

  @Test
  void countsThePairsOfFilmsOfTwoLabels() {
    draw(120, new int[] {0, 1, 1, 2});
    List<LabelPair> pairs = pairs(IntStream.range(0, 120).boxed().toList());
    assertEquals(3, pairs.size());
    int next = 0;
    for (int first = 0; first < 3; first++) {
      for (int second = first + 1; second < 3; second++) {
        LabelPair pair = pairs.get(next++);
        assertEquals(LABELS.get(first), pair.first());
        assertEquals(LABELS.get(second), pair.second());
        // Ratios that are ties may be rounded apart.
        assertEquals(counted(first, second), pair.auroc().value(), 2e-3);
        assertTrue(pair.auroc().low() < pair.auroc().value());
        assertTrue(pair.auroc().high() > pair.auroc().value());
      }
    }
    assertEquals(30, pairs.get(0).firstImages());
    assertEquals(60, pairs.get(0).secondImages());
  }

  @Test
  void filmsOfOtherLabelsDoNotMatter() {
    draw(90, new int[] {0, 1, 2});
    List<Integer> two = new ArrayList<>();
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      all.add(i);
      if (truth.get(i) != 2) {
        two.add(i);
      }
    }
    assertEquals(pairs(all).get(0).auroc().value(), pairs(two).get(0).auroc().value());
    assertEquals(1, pairs(two).size());
    assertTrue(pairs(List.of()).isEmpty());
  }
}
