package io.cxr.train;

import io.cxr.train.linear.FeatureRows;
import io.cxr.train.linear.FullBatch;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** The forms that the linear layer of a stack may have, and how each is fitted. */
enum StackLayer {
  /**
   * Multinomial logistic regression with an L2 penalty, on columns that are standardised by the
   * very images that it is fitted to. The standardisation is folded into the weights.
   */
  MATRIX {
    @Override
    List<Double> penalties() {
      return List.of(1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0);
    }

    @Override
    StackHead fit(float[][] columns, int[] truth, int[] rows, int labels, double penalty)
        throws IOException {
      return matrix(columns, truth, rows, labels, penalty);
    }

    @Override
    String description() {
      return "a weight for each label and column, and a bias";
    }
  },

  /**
   * One weight a member, at least 0: the logits are the weighted sum of the members' log-
   * probabilities (a logarithmic opinion pool: Genest and Zidek, Statistical Science 1, 1986). The
   * penalty draws the weights to those of the members' mean. It is fitted to few numbers, so that
   * it hardly overfits, and the best member alone is one of its cases.
   */
  MEMBER_WEIGHTS {
    @Override
    List<Double> penalties() {
      return List.of(1e-3, 1e-2, 1e-1, 1.0);
    }

    @Override
    StackHead fit(float[][] columns, int[] truth, int[] rows, int labels, double penalty) {
      double[] members = MemberWeights.fit(columns, truth, rows, labels, penalty);
      float[][] weights = new float[labels][members.length * labels];
      for (int label = 0; label < labels; label++) {
        for (int m = 0; m < members.length; m++) {
          weights[label][m * labels + label] = (float) members[m];
        }
      }
      return new StackHead(weights, new float[labels]);
    }

    @Override
    String description() {
      return "one weight a member";
    }
  };

  /** A column that moves less says nothing. */
  private static final double LEAST_DEVIATION = 1e-6;

  /** From the least to the most; the loss is a mean, so that they suit any number of images. */
  abstract List<Double> penalties();

  /**
   * Fits to some of the rows.
   *
   * @param columns of each image; those of a member side by side
   * @param truth the label of each image
   * @param rows the images
   */
  abstract StackHead fit(float[][] columns, int[] truth, int[] rows, int labels, double penalty)
      throws IOException;

  /** For the card. */
  abstract String description();

  private static StackHead matrix(
      float[][] columns, int[] truth, int[] rows, int labels, double penalty) throws IOException {
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
}
