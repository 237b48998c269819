package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import io.cxr.train.linear.PrincipalAxes;
import java.util.List;

/**
 * How unlike the training images an image is, from the means of the last convolutional map's
 * channels. The means are standardised and split into their principal components on the training
 * images and the rest; the statistic is the mean squared component, each over its variance
 * (Mahalanobis distance, as Lee et al., NeurIPS 2018), plus the squared rest over its mean (as the
 * residual of Wang et al., CVPR 2022). Both are near 1 for training images. Thread-safe.
 */
public final class NoveltyStatistic {
  private static final int COMPONENTS = 32;
  private static final double LEAST_DEVIATION = 1e-6;

  private final float[] means;
  private final float[] inverseDeviations;

  /** Channel by component, orthonormal columns. */
  private final float[] axes;

  private final float[] inverseRoots;
  private final double meanResidual;

  private NoveltyStatistic(
      float[] means,
      float[] inverseDeviations,
      float[] axes,
      float[] inverseRoots,
      double meanResidual) {
    this.means = means;
    this.inverseDeviations = inverseDeviations;
    this.axes = axes;
    this.inverseRoots = inverseRoots;
    this.meanResidual = meanResidual;
  }

  /**
   * Fits the statistic.
   *
   * @param pooled the mean of each channel for each training image, at least 4 images
   * @return the statistic
   */
  public static NoveltyStatistic fit(float[][] pooled) {
    int images = pooled.length;
    int channels = pooled[0].length;
    int components = Math.min(COMPONENTS, Math.min(channels / 2, images / 4));
    if (components < 1) {
      throw new IllegalArgumentException(
          "Novelty: expected at least 4 images and 2 channels, found "
              + images
              + " and "
              + channels);
    }
    float[] means = new float[channels];
    float[] inverse = new float[channels];
    float[][] z = new float[images][channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      double squares = 0;
      for (float[] row : pooled) {
        sum += row[c];
        squares += (double) row[c] * row[c];
      }
      double mean = sum / images;
      means[c] = (float) mean;
      double deviation = Math.sqrt(Math.max(0, squares / images - mean * mean));
      // A channel that never moves in training images says nothing by its scale.
      inverse[c] = (float) (1 / Math.max(deviation, LEAST_DEVIATION));
      for (int i = 0; i < images; i++) {
        z[i][c] = (pooled[i][c] - means[c]) * inverse[c];
      }
    }
    double[][] basis = PrincipalAxes.of(z, components);
    float[] axes = new float[channels * components];
    double[] variances = new double[components];
    double residual = 0;
    for (int k = 0; k < components; k++) {
      for (int c = 0; c < channels; c++) {
        axes[c * components + k] = (float) basis[k][c];
      }
    }
    for (float[] row : z) {
      double rest = 0;
      for (float value : row) {
        rest += (double) value * value;
      }
      for (int k = 0; k < components; k++) {
        double projection = dot(basis[k], row);
        variances[k] += projection * projection / images;
        rest -= projection * projection;
      }
      residual += Math.max(0, rest) / images;
    }
    float[] inverseRoots = new float[components];
    for (int k = 0; k < components; k++) {
      inverseRoots[k] = (float) (1 / Math.sqrt(Math.max(variances[k], 1e-9)));
    }
    return new NoveltyStatistic(means, inverse, axes, inverseRoots, Math.max(residual, 1e-9));
  }

  private static double dot(double[] axis, float[] row) {
    double sum = 0;
    for (int c = 0; c < row.length; c++) {
      sum += axis[c] * row[c];
    }
    return sum;
  }

  /**
   * How many channels it judges.
   *
   * @return as many values as {@link #score} takes
   */
  public int channels() {
    return means.length;
  }

  /**
   * The statistic of one image, as the graph gives it in {@code novelty}.
   *
   * @param pooled the mean of each channel
   * @return at least 0; near 2 for training images
   */
  public double score(float[] pooled) {
    int components = inverseRoots.length;
    double[] projections = new double[components];
    double all = 0;
    for (int c = 0; c < means.length; c++) {
      double z = (pooled[c] - means[c]) * inverseDeviations[c];
      all += z * z;
      for (int k = 0; k < components; k++) {
        projections[k] += z * axes[c * components + k];
      }
    }
    double inside = 0;
    double distance = 0;
    for (int k = 0; k < components; k++) {
      inside += projections[k] * projections[k];
      double scaled = projections[k] * inverseRoots[k];
      distance += scaled * scaled;
    }
    return distance / components + Math.max(0, all - inside) / meanResidual;
  }

  /**
   * What the statistic is, for the model card.
   *
   * @return one line
   */
  public String description() {
    return "PCA of the last map's channel means, "
        + inverseRoots.length
        + " components: mean squared component over variance, plus squared residual over its mean";
  }

  /** Adds the output {@code novelty} {@code [N, 1]} for means {@code [N, channels]}. */
  void writeOnMeans(OnnxGraph graph, String flat) {
    score(graph, flat, OnnxExporter.NOVELTY, OnnxExporter.NOVELTY);
    graph.output(OnnxExporter.NOVELTY, 1);
  }

  /**
   * Adds the statistic {@code [N, 1]} for means {@code [N, channels]}.
   *
   * @param prefix of the names of all that it needs
   * @param value its name
   */
  String score(OnnxGraph graph, String flat, String prefix, String value) {
    int channels = means.length;
    int components = inverseRoots.length;
    String mean = graph.exactConstant(prefix + "/mean", means, 1, channels);
    String inverse = graph.exactConstant(prefix + "/scale", inverseDeviations, 1, channels);
    String moved = graph.node("Sub", prefix + "/moved", List.of(flat, mean));
    String z = graph.node("Mul", prefix + "/z", List.of(moved, inverse));
    String axis = graph.exactConstant(prefix + "/axes", axes, channels, components);
    String projections = graph.node("MatMul", prefix + "/projections", List.of(z, axis));
    String roots = graph.exactConstant(prefix + "/roots", inverseRoots, 1, components);
    String scaled = graph.node("Mul", prefix + "/scaled", List.of(projections, roots));
    String distance = squares(graph, prefix + "/distance", scaled);
    String all = squares(graph, prefix + "/all", z);
    String inside = squares(graph, prefix + "/inside", projections);
    String rest = graph.node("Sub", prefix + "/rest", List.of(all, inside));
    String positive = graph.node("Relu", prefix + "/residual", List.of(rest));
    String perComponent =
        graph.exactConstant(prefix + "/components", new float[] {1f / components}, 1, 1);
    String perResidual =
        graph.exactConstant(
            prefix + "/meanResidual", new float[] {(float) (1 / meanResidual)}, 1, 1);
    String a = graph.node("Mul", prefix + "/meanDistance", List.of(distance, perComponent));
    String b = graph.node("Mul", prefix + "/meanRest", List.of(positive, perResidual));
    return graph.node("Add", value, List.of(a, b));
  }

  /** Not ReduceSumSquare, whose axes move from the attributes to the inputs in operator set 18. */
  private static String squares(OnnxGraph graph, String name, String of) {
    String square = graph.node("Mul", name + "/square", List.of(of, of));
    String axes = graph.integers(name + "/axes", 1);
    return graph.node("ReduceSum", name, List.of(square, axes), attribute("keepdims", 1L));
  }
}
