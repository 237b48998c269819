package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OutputActivation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    StackHead head = StackLayer.MATRIX.fit(columns, truth, all, LABELS, penalty);
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
    StackHead.Chosen chosen = choose(columns);
    assertTrue(StackLayer.MATRIX.penalties().contains(chosen.penalty()));
    float[][] foreign = Arrays.stream(columns).map(float[]::clone).toArray(float[][]::new);
    int[] lies = truth.clone();
    for (int i = 0; i < IMAGES; i++) {
      if (folds[i] == 1) {
        lies[i] = (truth[i] + 1) % LABELS;
        foreign[i][0] += 1000;
      }
    }
    int[] others = IntStream.range(0, IMAGES).filter(i -> folds[i] != 1).toArray();
    StackHead honest = StackLayer.MATRIX.fit(columns, truth, others, LABELS, chosen.penalty());
    StackHead lied = StackLayer.MATRIX.fit(foreign, lies, others, LABELS, chosen.penalty());
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
    assertTrue(choose(noise).penalty() >= 1);
    assertTrue(choose(columns).penalty() < 1);
  }

  private StackHead.Chosen choose(float[][] rows) throws IOException {
    return StackHead.choose(List.of(StackLayer.MATRIX), rows, truth, folds, LABELS);
  }

  /** Log-probabilities, up to a factor. Members know more or less; below 0 they err. */
  private float[][] members(long seed, double... signals) {
    Random random = new Random(seed);
    float[][] rows = new float[IMAGES][signals.length * LABELS];
    for (int i = 0; i < IMAGES; i++) {
      for (int c = 0; c < rows[i].length; c++) {
        double signal = c % LABELS == truth[i] ? signals[c / LABELS] : 0;
        rows[i][c] = (float) (signal + random.nextGaussian());
      }
    }
    return rows;
  }

  private double poolObjective(float[][] rows, double[] weights, double penalty) {
    double sum = 0;
    for (int i = 0; i < IMAGES; i++) {
      double[] logits = new double[LABELS];
      double all = 0;
      for (int label = 0; label < LABELS; label++) {
        for (int m = 0; m < weights.length; m++) {
          logits[label] += weights[m] * rows[i][m * LABELS + label];
        }
        all += Math.exp(logits[label]);
      }
      sum += Math.log(all) - logits[truth[i]];
    }
    double squares = 0;
    for (double weight : weights) {
      squares += Math.pow(weight - 1.0 / weights.length, 2);
    }
    return sum / IMAGES + penalty / 2 * squares;
  }

  @Test
  void weighsMembersByWhatTheyKnowAndNoneBelowNothing() {
    float[][] rows = members(8, 2, 0, -2);
    int[] all = IntStream.range(0, IMAGES).toArray();
    double penalty = 0.01;
    double[] weights = MemberWeights.fit(rows, truth, all, LABELS, penalty);
    assertTrue(weights[0] > 0.5, Arrays.toString(weights));
    assertTrue(Math.abs(weights[1]) < 0.4, Arrays.toString(weights));
    assertEquals(0, weights[2], "a member that is worse than chance is not turned round");
    double least = poolObjective(rows, weights, penalty);
    for (int m = 0; m < weights.length; m++) {
      for (double step : new double[] {-0.01, 0.01}) {
        double[] changed = weights.clone();
        changed[m] = Math.max(0, changed[m] + step);
        assertTrue(changed[m] == weights[m] || poolObjective(rows, changed, penalty) > least);
      }
    }
    // The penalty draws them to the mean of the members.
    double[] drawn = MemberWeights.fit(rows, truth, all, LABELS, 1000);
    for (double weight : drawn) {
      assertEquals(1.0 / 3, weight, 0.01);
    }
  }

  /** A weight for each label and column is too many where one number a member says it all. */
  @Test
  void prefersOneWeightAMemberWhereItSaysItAll() throws IOException {
    StackHead.Chosen chosen =
        StackHead.choose(List.of(StackLayer.values()), members(9, 1, 2), truth, folds, LABELS);
    assertEquals(StackLayer.MEMBER_WEIGHTS, chosen.layer());
  }

  /**
   * A member that is trained again gives logits three times as large, and is as often right: the
   * stack says what it would have said.
   */
  @Test
  void aMemberOfAnotherScaleChangesNothing() throws IOException {
    float[][] rows = members(10, 2, 0, 1);
    StackHead head = StackLayer.MEMBER_WEIGHTS.fit(rows, truth, firstHalf(), LABELS, 0.01);
    StackHead matrix = StackLayer.MATRIX.fit(rows, truth, firstHalf(), LABELS, 0.01);
    List<MemberScale> once = new ArrayList<>();
    List<MemberScale> thrice = new ArrayList<>();
    float[][] larger = new float[IMAGES][];
    for (int i = 0; i < IMAGES; i++) {
      larger[i] = rows[i].clone();
      for (int c = 0; c < LABELS; c++) {
        larger[i][c] *= 3;
      }
    }
    for (int m = 0; m < 3; m++) {
      once.add(MemberScale.fit(OutputActivation.SOFTMAX, part(rows, m), halfTruth(), LABELS));
      thrice.add(MemberScale.fit(OutputActivation.SOFTMAX, part(larger, m), halfTruth(), LABELS));
    }
    assertEquals(once.get(0).factor() / 3, thrice.get(0).factor(), 1e-5);
    for (StackHead layer : List.of(head, matrix)) {
      for (int i = 0; i < IMAGES; i++) {
        assertArrayEquals(
            layer.onLogits(once).probabilities(rows[i]),
            layer.onLogits(thrice).probabilities(larger[i]),
            1e-4);
      }
    }
    // It would change much if the layer saw the logits as they are.
    double greatest = 0;
    for (int i = 0; i < IMAGES; i++) {
      double one = head.probabilities(rows[i])[0];
      greatest = Math.max(greatest, Math.abs(one - head.probabilities(larger[i])[0]));
    }
    assertTrue(greatest > 0.1, "" + greatest);
  }

  /** The scale itself: overconfident logits are made smaller, those that guess almost nothing. */
  @Test
  void theScaleIsThatOfLogProbabilities() {
    Random random = new Random(4);
    float[][] logits = new float[4000][1];
    int[] labels = new int[logits.length];
    for (int i = 0; i < logits.length; i++) {
      double logOdds = random.nextGaussian() * 2;
      labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
      logits[i][0] = (float) (5 * logOdds);
    }
    MemberScale scale =
        MemberScale.fit(OutputActivation.SIGMOID_OF_SECOND_LABEL, logits, labels, 2);
    assertEquals(0.2, scale.factor(), 0.02);
    float[] columns = scale.columns(new float[] {10});
    assertEquals(2, columns[1] - columns[0], 0.2);
    assertEquals(1 / (1 + Math.exp(-2)), scale.probabilities(new float[] {10})[1], 0.03);
  }

  private static int[] firstHalf() {
    return IntStream.range(0, IMAGES / 2).toArray();
  }

  private int[] halfTruth() {
    return Arrays.copyOfRange(truth, IMAGES / 2, IMAGES);
  }

  private static float[][] part(float[][] rows, int member) {
    return Arrays.stream(rows)
        .skip(IMAGES / 2)
        .map(row -> Arrays.copyOfRange(row, member * LABELS, (member + 1) * LABELS))
        .toArray(float[][]::new);
  }
}
