package io.cxr.train.linear;

import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The mean weighted loss of a linear model over all samples, with an L2 penalty on its weights (not
 * its biases), and its least: {@code sum_i c_i loss(W x_i + b, t_i) / sum_i c_i + l2 / 2 |W|^2}.
 * Parts of the samples are summed on all processors and added in one order, so that the result does
 * not depend on how many there are. Not thread-safe.
 */
public final class FullBatch {
  /** Samples whose gradient is summed in single precision. */
  private static final int BLOCK = 64;

  /** Parts whose sums are taken at once; a fixed number, as it decides the order of sums. */
  private static final int PARTS = 8;

  /**
   * Rows stay in memory up to so many values (1 GiB, or an eighth of the heap if that is less);
   * else they are read in each iteration. The result is the same.
   */
  private static final long KEPT =
      Math.min(1L << 28, Runtime.getRuntime().maxMemory() / (8 * Float.BYTES));

  /** The greatest derivative that ends the search, as in scikit-learn divided by ten. */
  private static final double TOLERANCE = 1e-5;

  private static final int MOST_ITERATIONS = 1000;

  private final FeatureRows rows;
  private final float[] targets;
  private final float[] weights;
  private final LogitLoss loss;
  private final double l2;
  private final int units;
  private final double allWeights;
  private final float[][] kept;
  private @Nullable DirectionPenalty penalty;

  /**
   * Prepares a fit.
   *
   * @param rows the features
   * @param targets {@code [sample, unit]}
   * @param weights how much each sample counts; not all 0
   * @param units how many logits there are
   * @param loss the loss of a sample
   * @param l2 the penalty, above 0: without it separable samples have no best weights
   */
  public FullBatch(
      FeatureRows rows, float[] targets, float[] weights, int units, LogitLoss loss, double l2) {
    if (targets.length != rows.size() * units || weights.length != rows.size() || !(l2 > 0)) {
      throw new IllegalArgumentException(
          "Full batch: expected "
              + units
              + " targets and a weight for each of "
              + rows.size()
              + " samples and a penalty above 0, found "
              + targets.length
              + ", "
              + weights.length
              + " and "
              + l2);
    }
    this.rows = rows;
    this.targets = targets.clone();
    this.weights = weights.clone();
    this.units = units;
    this.loss = loss;
    this.l2 = l2;
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    this.allWeights = sum;
    boolean keeps = (long) rows.size() * rows.width() <= KEPT;
    this.kept = new float[keeps ? (rows.size() + BLOCK - 1) / BLOCK : 0][];
  }

  /** A fitted model. */
  public static final class Fit {
    private final LinearModel model;
    private final Lbfgs.End end;

    private Fit(LinearModel model, Lbfgs.End end) {
      this.model = model;
      this.end = end;
    }

    /**
     * The model with the least loss.
     *
     * @return the model
     */
    public LinearModel model() {
      return model;
    }

    /**
     * How the search ended.
     *
     * @return least value of the penalized loss, iterations, and whether it converged
     */
    public Lbfgs.End end() {
      return end;
    }
  }

  /**
   * Finds the least loss with another penalty beside the L2 one.
   *
   * @param other the penalty
   * @return the model
   * @throws IOException if features cannot be read
   */
  public Fit minimize(DirectionPenalty other) throws IOException {
    penalty = other;
    try {
      return minimize();
    } finally {
      penalty = null;
    }
  }

  /**
   * Finds the least loss by {@link Lbfgs}, from a model of zeros.
   *
   * @return the model
   * @throws IOException if features cannot be read
   */
  public Fit minimize() throws IOException {
    double[] point = new double[Math.multiplyExact(rows.width() + 1, units)];
    Lbfgs.End end = Lbfgs.minimize(this::value, point, TOLERANCE, MOST_ITERATIONS);
    LinearModel model = new LinearModel(rows.width(), units);
    for (int unit = 0; unit < units; unit++) {
      int from = unit * rows.width();
      model.set(
          unit,
          Arrays.copyOfRange(point, from, from + rows.width()),
          point[units * rows.width() + unit]);
    }
    return new Fit(model, end);
  }

  /** Penalized loss and gradient at {@code [unit, feature]} weights with the biases behind. */
  double value(double[] point, double[] gradient) throws IOException {
    int blocks = (rows.size() + BLOCK - 1) / BLOCK;
    Part[] parts;
    try {
      parts =
          IntStream.range(0, PARTS)
              .parallel()
              .mapToObj(
                  part ->
                      part(
                          point,
                          (int) ((long) blocks * part / PARTS),
                          (int) ((long) blocks * (part + 1) / PARTS)))
              .toArray(Part[]::new);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    double sum = 0;
    Arrays.fill(gradient, 0);
    for (Part part : parts) {
      sum += part.loss;
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += part.gradient[i] / allWeights;
      }
    }
    double squared = 0;
    for (int i = 0; i < rows.width() * units; i++) {
      squared += point[i] * point[i];
      gradient[i] += l2 * point[i];
    }
    double others = penalty == null ? 0 : penalty.add(point, units, gradient);
    return sum / allWeights + l2 / 2 * squared + others;
  }

  private static final class Part {
    private final double[] gradient;
    private double loss;

    Part(int length) {
      gradient = new double[length];
    }
  }

  private Part part(double[] point, int from, int to) {
    int width = rows.width();
    Part part = new Part(point.length);
    float[] gradient = new float[point.length];
    double[] slopes = new double[BLOCK * units];
    double[] logits = new double[units];
    double[] target = new double[units];
    double[] slope = new double[units];
    for (int block = from; block < to; block++) {
      int start = block * BLOCK;
      int count = Math.min(BLOCK, rows.size() - start);
      float[] features = block(block);
      for (int i = 0; i < count; i++) {
        for (int unit = 0; unit < units; unit++) {
          logits[unit] =
              point[units * width + unit] + dot(features, i * width, point, unit * width, width);
          target[unit] = targets[(start + i) * units + unit];
        }
        part.loss += weights[start + i] * loss.of(logits, target, slope);
        for (int unit = 0; unit < units; unit++) {
          slopes[i * units + unit] = weights[start + i] * slope[unit];
        }
      }
      Products.backward(features, count, slopes, width, units, gradient);
      for (int i = 0; i < gradient.length; i++) {
        part.gradient[i] += gradient[i];
      }
    }
    return part;
  }

  /** In double precision, as a search for the least ends where the function has no noise. */
  private static double dot(float[] a, int aStart, double[] b, int bStart, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i <= length - 4; i += 4) {
      s0 += a[aStart + i] * b[bStart + i];
      s1 += a[aStart + i + 1] * b[bStart + i + 1];
      s2 += a[aStart + i + 2] * b[bStart + i + 2];
      s3 += a[aStart + i + 3] * b[bStart + i + 3];
    }
    for (; i < length; i++) {
      s0 += a[aStart + i] * b[bStart + i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /** Each block belongs to one part, so that no two threads ask for the same. */
  private float[] block(int block) {
    if (kept.length > 0 && kept[block] != null) {
      return kept[block];
    }
    int start = block * BLOCK;
    int count = Math.min(BLOCK, rows.size() - start);
    float[] features = new float[Math.multiplyExact(count, rows.width())];
    try {
      for (int i = 0; i < count; i++) {
        rows.copy(start + i, features, i * rows.width());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (kept.length > 0) {
      kept[block] = features;
    }
    return features;
  }
}
