package io.cxr.train;

import io.cxr.train.loss.LogitLoss;
import java.util.Arrays;

/**
 * Finds the weights, at least 0, of members whose log-probabilities are added up: those with the
 * least mean cross-entropy plus {@code penalty / 2 sum_m (w_m - 1 / M)^2}. The sum is convex. Each
 * weight in turn takes a Newton step that ends at 0, until none moves.
 */
final class MemberWeights {
  private static final int SWEEPS = 500;
  private static final double STILL = 1e-7;

  private final float[][] columns;
  private final int[] truth;
  private final int[] rows;
  private final int labels;
  private final double penalty;
  private final double[] weights;
  private final double mean;

  /** By row, the sum so far. */
  private final double[][] logits;

  private MemberWeights(float[][] columns, int[] truth, int[] rows, int labels, double penalty) {
    this.columns = columns;
    this.truth = truth;
    this.rows = rows;
    this.labels = labels;
    this.penalty = penalty;
    this.weights = new double[columns[0].length / labels];
    this.mean = 1.0 / weights.length;
    this.logits = new double[rows.length][labels];
    Arrays.fill(weights, mean);
    for (int m = 0; m < weights.length; m++) {
      add(m, mean);
    }
  }

  static double[] fit(float[][] columns, int[] truth, int[] rows, int labels, double penalty) {
    return new MemberWeights(columns, truth, rows, labels, penalty).minimize();
  }

  private double[] minimize() {
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      double moved = 0;
      for (int m = 0; m < weights.length; m++) {
        moved = Math.max(moved, step(m));
      }
      if (moved < STILL) {
        break;
      }
    }
    return weights;
  }

  /** Returns how far the weight went. */
  private double step(int member) {
    double slope = penalty * (weights[member] - mean);
    double curvature = penalty;
    double[] p = new double[labels];
    for (int i = 0; i < rows.length; i++) {
      LogitLoss.softmax(logits[i], p);
      double first = 0;
      double second = 0;
      for (int label = 0; label < labels; label++) {
        double z = columns[rows[i]][member * labels + label];
        first += p[label] * z;
        second += p[label] * z * z;
      }
      slope += (first - columns[rows[i]][member * labels + truth[rows[i]]]) / rows.length;
      curvature += (second - first * first) / rows.length;
    }
    double from = weights[member];
    double before = objective();
    double step = Math.max(-from, -slope / curvature);
    while (Math.abs(step) > STILL / 10) {
      move(member, from + step);
      if (objective() <= before) {
        return Math.abs(step);
      }
      move(member, from);
      step /= 2;
    }
    return 0;
  }

  private void move(int member, double to) {
    add(member, to - weights[member]);
    weights[member] = to;
  }

  private void add(int member, double weight) {
    for (int i = 0; i < rows.length; i++) {
      for (int label = 0; label < labels; label++) {
        logits[i][label] += weight * columns[rows[i]][member * labels + label];
      }
    }
  }

  private double objective() {
    double sum = 0;
    for (int i = 0; i < rows.length; i++) {
      double greatest = Arrays.stream(logits[i]).max().orElseThrow();
      double all = 0;
      for (double logit : logits[i]) {
        all += Math.exp(logit - greatest);
      }
      sum += greatest + Math.log(all) - logits[i][truth[rows[i]]];
    }
    double squares = 0;
    for (double weight : weights) {
      squares += (weight - mean) * (weight - mean);
    }
    return sum / rows.length + penalty / 2 * squares;
  }
}
