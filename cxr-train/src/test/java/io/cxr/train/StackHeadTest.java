package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StackHeadTest {
  private static final int IMAGES = 90;
  private static final int LABELS = 3;

  private final float[][] columns = new float[IMAGES][4];
  private final int[] truth = new int[IMAGES];
  private final int[] folds = new int[IMAGES];

  StackHeadTest() {
    Random random = new Random(5);
    for (int i = 0; i < IMAGES; i++) {
      truth[i] = random.nextInt(LABELS);
      folds[i] = i % 3;
      for (int c = 0; c < 4; c++) {
        // The last column says nothing, and the scales differ.
        double signal = c == truth[i] ? 1 : 0;
        columns[i][c] = (float) ((signal + random.nextGaussian()) * Math.pow(10, c) + 5);
      }
    }
  }

  /** Mean cross-entropy, and half the penalty times the squared weights of standardised columns. */
  private double objective(float[][] weights, float[] bias, double penalty) {
    double[] deviations = new double[4];
    for (int c = 0; c < 4; c++) {
      int column = c;
      double mean = Arrays.stream(columns).mapToDouble(row -> row[column]).average().orElseThrow();
      deviations[c] =
          Math.sqrt(
              Arrays.stream(columns)
                  .mapToDouble(row -> (row[column] - mean) * (row[column] - mean))
                  .average()
                  .orElseThrow());
    }
    double sum = 0;
    for (int i = 0; i < IMAGES; i++) {
      double[] logits = new double[LABELS];
      double all = 0;
      for (int label = 0; label < LABELS; label++) {
        logits[label] = bias[label];
        for (int c = 0; c < 4; c++) {
          logits[label] += (double) weights[label][c] * columns[i][c];
        }
        all += Math.exp(logits[label]);
      }
      sum += Math.log(all) - logits[truth[i]];
    }
    double squares = 0;
    for (float[] row : weights) {
      for (int c = 0; c < 4; c++) {
        squares += Math.pow(row[c] * deviations[c], 2);
      }
    }
    return sum / IMAGES + penalty / 2 * squares;
  }

  @Test
  void noWeightCanBeChangedForTheBetter() throws IOException {
    double penalty = 0.01;
    int[] all = IntStream.range(0, IMAGES).toArray();
    StackHead head = StackHead.fit(columns, truth, all, LABELS, penalty);
    double least = objective(head.weights(), head.bias(), penalty);
    for (int label = 0; label < LABELS; label++) {
      for (int c = 0; c < 4; c++) {
        for (int sign : new int[] {-1, 1}) {
          float[][] changed =
              Arrays.stream(head.weights()).map(float[]::clone).toArray(float[][]::new);
          float step = (float) (sign * 0.02 / Math.pow(10, c));
          changed[label][c] += step;
          float[] bias = head.bias().clone();
          bias[label] -= step * 5;
          assertTrue(objective(changed, bias, penalty) > least);
        }
      }
    }
    double[] answer = head.probabilities(columns[0]);
    assertEquals(1, Arrays.stream(answer).sum(), 1e-9);
  }

  /** Answers out of fold are those of a head that never saw the fold, standardisation included. */
  @Test
  void answersOutOfFoldKnowNothingOfTheFold() throws IOException {
    StackHead.Chosen chosen = StackHead.choose(columns, truth, folds, LABELS);
    assertTrue(StackHead.PENALTIES.contains(chosen.penalty()));
    float[][] foreign = Arrays.stream(columns).map(float[]::clone).toArray(float[][]::new);
    int[] lies = truth.clone();
    for (int i = 0; i < IMAGES; i++) {
      if (folds[i] == 1) {
        lies[i] = (truth[i] + 1) % LABELS;
        foreign[i][0] += 1000;
      }
    }
    int[] others = IntStream.range(0, IMAGES).filter(i -> folds[i] != 1).toArray();
    StackHead honest = StackHead.fit(columns, truth, others, LABELS, chosen.penalty());
    StackHead lied = StackHead.fit(foreign, lies, others, LABELS, chosen.penalty());
    for (int i = 0; i < IMAGES; i++) {
      if (folds[i] == 1) {
        assertArrayEquals(lied.probabilities(columns[i]), chosen.outOfFold().get(i));
        assertArrayEquals(honest.probabilities(columns[i]), chosen.outOfFold().get(i));
      }
    }
  }

  @Test
  void choosesAStrongPenaltyWhereColumnsSayNothing() throws IOException {
    Random random = new Random(3);
    float[][] noise = new float[IMAGES][40];
    for (float[] row : noise) {
      for (int c = 0; c < row.length; c++) {
        row[c] = (float) random.nextGaussian();
      }
    }
    assertTrue(StackHead.choose(noise, truth, folds, LABELS).penalty() >= 1);
    assertTrue(StackHead.choose(columns, truth, folds, LABELS).penalty() < 1);
  }
}
