package io.cxr.train;

import io.cxr.train.linear.FeatureRows;
import io.cxr.train.linear.FullBatch;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Multinomial logistic regression with an L2 penalty, on columns that are standardised by the very
 * images that it is fitted to. The standardisation is folded into the weights. Immutable.
 */
final class StackHead {
  /** From the least to the most; the loss is a mean, so that they suit any number of images. */
  static final List<Double> PENALTIES = List.of(1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0);

  /** A column that moves less says nothing. */
  private static final double LEAST_DEVIATION = 1e-6;

  /** By label. */
  private final float[][] weights;

  private final float[] bias;

  private StackHead(float[][] weights, float[] bias) {
    this.weights = weights;
    this.bias = bias;
  }

  /**
   * A head whose penalty was chosen by cross-validation.
   *
   * @param penalty the one with the least mean cross-entropy out of fold; of equal ones the largest
   * @param head fitted to all rows
   * @param outOfFold of each row, the probabilities by the head that was fitted without its fold
   */
  record Chosen(double penalty, StackHead head, List<double[]> outOfFold) {}

  /**
   * Chooses the penalty.
   *
   * @param columns of each image
   * @param truth the label of each image
   * @param folds the fold of each image; a patient is in one fold
   * @param labels how many labels
   */
  static Chosen choose(float[][] columns, int[] truth, int[] folds, int labels) throws IOException {
    int count = Arrays.stream(folds).max().orElse(0) + 1;
    double least = Double.POSITIVE_INFINITY;
    double best = PENALTIES.get(0);
    List<double[]> outOfFold = List.of();
    for (double penalty : PENALTIES) {
      double[][] answers = new double[truth.length][];
      for (int fold = 0; fold < count; fold++) {
        int held = fold;
        int[] others = IntStream.range(0, truth.length).filter(i -> folds[i] != held).toArray();
        StackHead head = fit(columns, truth, others, labels, penalty);
        for (int i = 0; i < truth.length; i++) {
          if (folds[i] == fold) {
            answers[i] = head.probabilities(columns[i]);
          }
        }
      }
      double loss = loss(List.of(answers), truth);
      if (loss <= least) {
        least = loss;
        best = penalty;
        outOfFold = List.of(answers);
      }
    }
    int[] all = IntStream.range(0, truth.length).toArray();
    return new Chosen(best, fit(columns, truth, all, labels, best), outOfFold);
  }

  /** Mean cross-entropy. */
  static double loss(List<double[]> answers, int[] truth) {
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      sum += TrainingFigures.loss(answers.get(i), truth[i]);
    }
    return sum / truth.length;
  }

  /** Fits to some of the rows. */
  static StackHead fit(float[][] columns, int[] truth, int[] rows, int labels, double penalty)
      throws IOException {
    int width = columns[0].length;
    double[] means = new double[width];
    double[] squares = new double[width];
    for (int row : rows) {
      for (int c = 0; c < width; c++) {
        means[c] += columns[row][c] / rows.length;
      }
    }
    for (int row : rows) {
      for (int c = 0; c < width; c++) {
        double distance = columns[row][c] - means[c];
        squares[c] += distance * distance / rows.length;
      }
    }
    double[] inverse = new double[width];
    for (int c = 0; c < width; c++) {
      double deviation = Math.sqrt(squares[c]);
      inverse[c] = deviation < LEAST_DEVIATION ? 0 : 1 / deviation;
    }
    FeatureRows standardised =
        new FeatureRows() {
          @Override
          public int size() {
            return rows.length;
          }

          @Override
          public int width() {
            return width;
          }

          @Override
          public void copy(int row, float[] into, int offset) {
            for (int c = 0; c < width; c++) {
              into[offset + c] = (float) ((columns[rows[row]][c] - means[c]) * inverse[c]);
            }
          }
        };
    float[] targets = new float[rows.length * labels];
    for (int i = 0; i < rows.length; i++) {
      targets[i * labels + truth[rows[i]]] = 1;
    }
    float[] counts = new float[rows.length];
    Arrays.fill(counts, 1);
    LinearModel model =
        new FullBatch(
                standardised, targets, counts, labels, new LogitLoss.SoftmaxCrossEntropy(), penalty)
            .minimize()
            .model();
    float[][] weights = new float[labels][width];
    float[] bias = new float[labels];
    for (int label = 0; label < labels; label++) {
      double constant = model.bias(label);
      for (int c = 0; c < width; c++) {
        double weight = model.weight(c, label) * inverse[c];
        weights[label][c] = (float) weight;
        constant -= weight * means[c];
      }
      bias[label] = (float) constant;
    }
    return new StackHead(weights, bias);
  }

  /** One value a label. */
  double[] probabilities(float[] columns) {
    double[] logits = new double[bias.length];
    for (int label = 0; label < logits.length; label++) {
      double sum = bias[label];
      for (int c = 0; c < columns.length; c++) {
        sum += (double) weights[label][c] * columns[c];
      }
      logits[label] = sum;
    }
    double[] probabilities = new double[logits.length];
    LogitLoss.softmax(logits, probabilities);
    return probabilities;
  }

  /** By label, one weight a column; not to be changed. */
  float[][] weights() {
    return weights;
  }

  /** One a label; not to be changed. */
  float[] bias() {
    return bias;
  }
}
