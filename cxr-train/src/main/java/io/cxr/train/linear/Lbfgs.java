package io.cxr.train.linear;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Limited-memory BFGS (Liu and Nocedal, Mathematical Programming 45, 1989; Nocedal and Wright,
 * Numerical Optimization, algorithm 7.4): finds where a smooth function of many values is least.
 * Steps are halved, or shortened to the minimum of a parabola, until the function falls by enough
 * (Armijo's rule); a pair with no curvature is left out, so that the direction always leads down.
 */
public final class Lbfgs {
  /** Pairs of steps and gradients that are remembered. */
  private static final int MEMORY = 10;

  private static final double SUFFICIENT = 1e-4;
  private static final int SHORTEST = 40;

  private Lbfgs() {}

  /** A smooth function of many values. */
  public interface Objective {
    /**
     * Computes the function and its gradient.
     *
     * @param point where; not to be changed
     * @param gradient receives as many derivatives
     * @return the value
     * @throws IOException if what it is computed from cannot be read
     */
    double of(double[] point, double[] gradient) throws IOException;
  }

  /**
   * Where a search ended.
   *
   * @param value the function there
   * @param iterations how many steps were taken
   * @param converged whether the gradient is as small as was asked for, or no step leads further
   *     down in double precision
   */
  public record End(double value, int iterations, boolean converged) {}

  /**
   * Walks down.
   *
   * @param objective the function
   * @param point where to begin; receives where the function is least
   * @param tolerance the greatest derivative, in absolute value, that ends the search
   * @param most iterations at most
   * @return where it ended
   * @throws IOException if the objective throws it
   */
  public static End minimize(Objective objective, double[] point, double tolerance, int most)
      throws IOException {
    int n = point.length;
    double[] gradient = new double[n];
    double value = objective.of(point, gradient);
    double[] next = new double[n];
    double[] nextGradient = new double[n];
    Deque<Pair> pairs = new ArrayDeque<>();
    for (int iteration = 0; iteration < most; iteration++) {
      if (greatest(gradient) <= tolerance) {
        return new End(value, iteration, true);
      }
      double[] direction = direction(gradient, pairs);
      double slope = dot(gradient, direction);
      double step = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
      double reached = Double.NaN;
      boolean falls = false;
      for (int shortened = 0; shortened < SHORTEST && !falls; shortened++) {
        for (int i = 0; i < n; i++) {
          next[i] = point[i] + step * direction[i];
        }
        reached = objective.of(next, nextGradient);
        falls = reached <= value + SUFFICIENT * step * slope;
        if (!falls) {
          // The minimum of the parabola through both values with the slope at the first.
          double parabola = -slope * step * step / (2 * (reached - value - slope * step));
          step = parabola > 0.1 * step && parabola < 0.5 * step ? parabola : 0.5 * step;
        }
      }
      if (!falls || Double.isNaN(reached)) {
        return new End(value, iteration, !Double.isNaN(value));
      }
      Pair pair = new Pair(difference(next, point), difference(nextGradient, gradient));
      if (pair.curvature > 1e-12 * dot(pair.slopes, pair.slopes)) {
        pairs.addLast(pair);
        if (pairs.size() > MEMORY) {
          pairs.removeFirst();
        }
      }
      System.arraycopy(next, 0, point, 0, n);
      System.arraycopy(nextGradient, 0, gradient, 0, n);
      value = reached;
    }
    return new End(value, most, greatest(gradient) <= tolerance);
  }

  private static final class Pair {
    private final double[] steps;
    private final double[] slopes;
    private final double curvature;
    private double share;

    Pair(double[] steps, double[] slopes) {
      this.steps = steps;
      this.slopes = slopes;
      this.curvature = dot(steps, slopes);
    }
  }

  /** The two loops over the pairs: minus the inverse Hessian's estimate times the gradient. */
  private static double[] direction(double[] gradient, Deque<Pair> pairs) {
    double[] direction = new double[gradient.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = -gradient[i];
    }
    if (pairs.isEmpty()) {
      return direction;
    }
    for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); ) {
      Pair pair = newest.next();
      pair.share = dot(pair.steps, direction) / pair.curvature;
      add(-pair.share, pair.slopes, direction);
    }
    Pair last = pairs.getLast();
    double scale = last.curvature / dot(last.slopes, last.slopes);
    for (int i = 0; i < direction.length; i++) {
      direction[i] *= scale;
    }
    for (Pair pair : pairs) {
      add(pair.share - dot(pair.slopes, direction) / pair.curvature, pair.steps, direction);
    }
    return direction;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void add(double factor, double[] from, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * from[i];
    }
  }

  private static double[] difference(double[] a, double[] b) {
    double[] difference = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private static double greatest(double[] values) {
    double greatest = 0;
    for (double value : values) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }
}
