package io.cxr.train;

import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The linear layer of a stack, with a softmax on it. Immutable. */
final class StackHead {
  /** By label. */
  private final float[][] weights;

  private final float[] bias;

  /**
   * A head.
   *
   * @param weights by label, one a column; kept
   * @param bias one a label; kept
   */
  StackHead(float[][] weights, float[] bias) {
    this.weights = weights;
    this.bias = bias;
  }

  /**
   * A head whose form and penalty were chosen by cross-validation.
   *
   * @param layer the form, and
   * @param penalty its penalty: those with the least mean cross-entropy out of fold; of equal ones
   *     the later form and the larger penalty
   * @param head fitted to all rows
   * @param outOfFold of each row, the probabilities by the head that was fitted without its fold
   */
  record Chosen(StackLayer layer, double penalty, StackHead head, List<double[]> outOfFold) {}

  /**
   * Chooses the form and the penalty.
   *
   * @param layers the forms, the simplest last
   * @param columns of each image
   * @param truth the label of each image
   * @param folds the fold of each image; a patient is in one fold
   * @param labels how many labels
   */
  static Chosen choose(
      List<StackLayer> layers, float[][] columns, int[] truth, int[] folds, int labels)
      throws IOException {
    StackLayer form = layers.get(0);
    double least = Double.POSITIVE_INFINITY;
    double best = form.penalties().get(0);
    List<double[]> outOfFold = List.of();
    for (StackLayer layer : layers) {
      for (double penalty : layer.penalties()) {
        List<double[]> answers = outOfFold(layer, penalty, columns, truth, folds, labels);
        double loss = loss(answers, truth);
        if (loss <= least) {
          least = loss;
          form = layer;
          best = penalty;
          outOfFold = answers;
        }
      }
    }
    int[] all = IntStream.range(0, truth.length).toArray();
    return new Chosen(form, best, form.fit(columns, truth, all, labels, best), outOfFold);
  }

  private static List<double[]> outOfFold(
      StackLayer layer, double penalty, float[][] columns, int[] truth, int[] folds, int labels)
      throws IOException {
    double[][] answers = new double[truth.length][];
    for (int fold : Arrays.stream(folds).distinct().toArray()) {
      int[] others = IntStream.range(0, truth.length).filter(i -> folds[i] != fold).toArray();
      StackHead head = layer.fit(columns, truth, others, labels, penalty);
      for (int i = 0; i < truth.length; i++) {
        if (folds[i] == fold) {
          answers[i] = head.probabilities(columns[i]);
        }
      }
    }
    return List.of(answers);
  }

  /** Mean cross-entropy. */
  static double loss(List<double[]> answers, int[] truth) {
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      sum += TrainingFigures.loss(answers.get(i), truth[i]);
    }
    return sum / truth.length;
  }

  /**
   * The same head on the members' own logits: their scales are folded into the weights.
   *
   * @param scales of the members, in the order of their columns
   */
  StackHead onLogits(List<MemberScale> scales) {
    int units = scales.stream().mapToInt(MemberScale::units).sum();
    float[][] folded = new float[weights.length][units];
    for (int label = 0; label < weights.length; label++) {
      int column = 0;
      int at = 0;
      for (MemberScale scale : scales) {
        for (int unit = 0; unit < scale.units(); unit++) {
          double weight = 0;
          for (int c = 0; c < scale.labels(); c++) {
            weight += weights[label][column + c] * scale.share(c, unit);
          }
          folded[label][at + unit] = (float) weight;
        }
        column += scale.labels();
        at += scale.units();
      }
    }
    return new StackHead(folded, bias);
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
