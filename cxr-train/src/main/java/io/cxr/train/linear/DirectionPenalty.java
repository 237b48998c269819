package io.cxr.train.linear;

import java.util.ArrayList;
import java.util.List;

/**
 * A penalty on the weights of a linear model along some directions of the features: {@code strength
 * / 2 * sum_u w_u' B w_u} over its units u, where B is the sum of {@code d d'} over the directions
 * d, which need be neither orthogonal nor of length 1. Biases are free. B is kept by its
 * eigenvectors, as many as there are directions, never as a matrix of features by features. With
 * the directions in which sources differ, a strong penalty leaves a head that cannot tell them
 * apart by their means. Immutable and thread-safe.
 */
public final class DirectionPenalty {
  /** Shorter ones than this share of the longest are rounding. */
  private static final double LEAST = 1e-10;

  private final int features;

  /** Of length 1, each orthogonal to the others. */
  private final double[][] axes;

  /** The strength times B's eigenvalues, an axis each. */
  private final double[] strengths;

  private DirectionPenalty(int features, double[][] axes, double[] strengths) {
    this.features = features;
    this.axes = axes;
    this.strengths = strengths;
  }

  /**
   * The penalty on directions.
   *
   * @param directions one or more, of as many values as there are features
   * @param strength at least 0
   * @return the penalty
   */
  public static DirectionPenalty of(List<double[]> directions, double strength) {
    int count = directions.size();
    if (count == 0 || !(strength >= 0 && strength < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "Penalty on directions: expected at least one and a strength of at least 0, found "
              + count
              + " and "
              + strength);
    }
    double[][] rows = directions.stream().map(double[]::clone).toArray(double[][]::new);
    double[][] products = new double[count][count];
    for (int a = 0; a < count; a++) {
      for (int b = 0; b < count; b++) {
        products[a][b] = dot(rows[a], 0, rows[b]);
      }
    }
    JacobiRotations.diagonalize(products, rows);
    double greatest = 0;
    for (int k = 0; k < count; k++) {
      greatest = Math.max(greatest, products[k][k]);
    }
    List<double[]> axes = new ArrayList<>();
    List<Double> strengths = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      double squared = dot(rows[k], 0, rows[k]);
      if (squared > LEAST * greatest) {
        double length = Math.sqrt(squared);
        for (int i = 0; i < rows[k].length; i++) {
          rows[k][i] /= length;
        }
        axes.add(rows[k]);
        strengths.add(strength * squared);
      }
    }
    return new DirectionPenalty(
        directions.get(0).length,
        axes.toArray(double[][]::new),
        strengths.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** How many independent directions are penalized. */
  int rank() {
    return axes.length;
  }

  /**
   * The penalty of weights.
   *
   * @param weights {@code [unit, feature]}, and anything behind
   * @param units how many units there are
   * @param gradient the penalty's derivatives are added to it
   */
  double add(double[] weights, int units, double[] gradient) {
    double sum = 0;
    for (int unit = 0; unit < units; unit++) {
      int from = unit * features;
      for (int k = 0; k < axes.length; k++) {
        double along = dot(weights, from, axes[k]);
        sum += strengths[k] / 2 * along * along;
        for (int i = 0; i < features; i++) {
          gradient[from + i] += strengths[k] * along * axes[k][i];
        }
      }
    }
    return sum;
  }

  /**
   * Adds the penalty's gradient to that of a loss, and damps both along the directions: {@code (I +
   * rate * strength * B)^-1 (g + strength * B w)}. This is 0 where the sum of both gradients is, so
   * that steps along it end where loss and penalty together are least; and it is as large as the
   * way back to there in one step of this length, however strong the penalty.
   *
   * @param weights {@code [unit, feature]}, and anything behind
   * @param units how many units there are
   * @param rate the length of the step, at least 0
   * @param gradient of the loss, in the weights' order; receives the result
   */
  void addDamped(float[] weights, int units, double rate, float[] gradient) {
    for (int unit = 0; unit < units; unit++) {
      int from = unit * features;
      for (int k = 0; k < axes.length; k++) {
        double slope = 0;
        double along = 0;
        for (int i = 0; i < features; i++) {
          slope += gradient[from + i] * axes[k][i];
          along += weights[from + i] * axes[k][i];
        }
        double damped = (slope + strengths[k] * along) / (1 + rate * strengths[k]);
        for (int i = 0; i < features; i++) {
          gradient[from + i] += (float) ((damped - slope) * axes[k][i]);
        }
      }
    }
  }

  /**
   * Multiplies a row of features by {@code (I + factor * strength * B)^-1/2}: weights on such rows
   * with a plain penalty {@code |v|^2 / 2} are weights {@code w}, the same multiple of v, on the
   * rows as they were with {@code (|w|^2 + factor * strength * w' B w) / 2}.
   *
   * @param row receives the product in its first values, as many as there are features
   * @param factor at least 0
   */
  void scale(double[] row, double factor) {
    for (int k = 0; k < axes.length; k++) {
      double removed = dot(row, 0, axes[k]) * (1 - 1 / Math.sqrt(1 + factor * strengths[k]));
      for (int i = 0; i < features; i++) {
        row[i] -= removed * axes[k][i];
      }
    }
  }

  private static double dot(double[] values, int from, double[] axis) {
    double sum = 0;
    for (int i = 0; i < axis.length; i++) {
      sum += values[from + i] * axis[i];
    }
    return sum;
  }
}
