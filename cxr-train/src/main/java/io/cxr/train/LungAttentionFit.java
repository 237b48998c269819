package io.cxr.train;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.onnx.SessionSettings;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.train.architecture.FeatureShape;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.linear.Lbfgs;
import io.cxr.train.network.LungAttention;
import io.cxr.train.network.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Learns which cells of a map are lung, from films whose lungs somebody has outlined: a logistic
 * regression of the share of a cell that is lung on the cell's channels and place. Labels of the
 * films are not used.
 */
public final class LungAttentionFit {
  /** Half of it times the squared weights, of channels of one scale, is added to the loss. */
  private static final double PENALTY = 0.01;

  private static final double TOLERANCE = 1e-5;
  private static final int ITERATIONS = 100;

  /**
   * A film and its lungs.
   *
   * @param film the radiograph's file
   * @param mask a picture of the same field, white where lung is
   */
  public record MaskedFilm(Path film, Path mask) {}

  private final int channels;
  private final int cells;

  /** {@code [film * cell, channel]}. */
  private final float[] rows;

  /** The share of each cell that is lung. */
  private final float[] shares;

  private LungAttentionFit(int channels, int cells, float[] rows, float[] shares) {
    this.channels = channels;
    this.cells = cells;
    this.rows = rows;
    this.shares = shares;
  }

  /**
   * Learns from films.
   *
   * @param architecture a frozen network, cut at the map whose cells are to be told apart
   * @param weights its Keras file
   * @param films films with masks, at least one
   * @return the attention, for {@link PretrainedArchitecture#withLungMoments}
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if there are no films
   */
  public static LungAttention of(
      PretrainedArchitecture architecture, Path weights, List<MaskedFilm> films)
      throws IOException {
    if (films.isEmpty()) {
      throw new IllegalArgumentException(
          "Lung masks: expected at least one film with a mask, found none");
    }
    FeatureShape map = architecture.lastMap();
    PreprocessingSpec preprocessing = architecture.preprocessing();
    StandardPreprocessor photograph = StandardPreprocessor.of(preprocessing);
    StandardPreprocessor outline = StandardPreprocessor.of(geometry(preprocessing));
    RadiographReader reader = RadiographReader.standard();
    int cells = map.rows() * map.columns();
    float[] rows = new float[Math.multiplyExact(films.size() * cells, map.channels())];
    float[] shares = new float[films.size() * cells];
    byte[] graph = architecture.load(weights).frozen().features(Pooling.FLATTEN);
    try (GrayFeatures base = new GrayFeatures(graph, preprocessing, SessionSettings.defaults())) {
      for (int start = 0; start < films.size(); start += GrayFeatures.BATCH) {
        List<MaskedFilm> batch =
            films.subList(start, Math.min(films.size(), start + GrayFeatures.BATCH));
        List<byte[]> grays =
            ParallelImages.of(batch, each -> photograph.gray(reader.read(each.film())));
        List<float[]> maps = base.of(grays);
        for (int i = 0; i < batch.size(); i++) {
          int first = (start + i) * cells;
          float[] each = maps.get(i);
          for (int channel = 0; channel < map.channels(); channel++) {
            for (int cell = 0; cell < cells; cell++) {
              rows[(first + cell) * map.channels() + channel] = each[channel * cells + cell];
            }
          }
          Radiograph mask = reader.read(batch.get(i).mask());
          share(outline.gray(mask), preprocessing, map, shares, first);
        }
      }
    }
    return new LungAttentionFit(map.channels(), cells, rows, shares).fit(map);
  }

  /** What moves pixels, without what changes their gray. */
  private static PreprocessingSpec geometry(PreprocessingSpec preprocessing) {
    List<PreprocessingStep> steps =
        preprocessing.steps().stream()
            .filter(
                step ->
                    !(step instanceof PreprocessingStep.HistogramEqualization
                        || step instanceof PreprocessingStep.Clahe
                        || step instanceof PreprocessingStep.GaussianBlur))
            .toList();
    return new PreprocessingSpec(steps, preprocessing.layout());
  }

  private static void share(
      byte[] mask, PreprocessingSpec preprocessing, FeatureShape map, float[] shares, int first) {
    int rows = preprocessing.inputShape().rows();
    int columns = preprocessing.inputShape().columns();
    int[] pixels = new int[map.rows() * map.columns()];
    double[] sums = new double[pixels.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int cell = row * map.rows() / rows * map.columns() + column * map.columns() / columns;
        sums[cell] += (mask[row * columns + column] & 0xFF) / 255.0;
        pixels[cell]++;
      }
    }
    for (int cell = 0; cell < pixels.length; cell++) {
      shares[first + cell] = (float) (sums[cell] / Math.max(1, pixels[cell]));
    }
  }

  private LungAttention fit(FeatureShape map) throws IOException {
    double[] means = new double[channels];
    double[] deviations = new double[channels];
    standardize(means, deviations);
    double[] point = new double[channels + cells];
    Lbfgs.minimize(this::loss, point, TOLERANCE, ITERATIONS);
    float[] own = new float[channels];
    double shift = 0;
    for (int channel = 0; channel < channels; channel++) {
      double weight = point[channel] / deviations[channel];
      own[channel] = (float) weight;
      shift += weight * means[channel];
    }
    float[] places = new float[cells];
    for (int cell = 0; cell < cells; cell++) {
      places[cell] = (float) (point[channels + cell] - shift);
    }
    return new LungAttention(map.rows(), map.columns(), own, places);
  }

  /** Brings each channel to mean 0 and deviation 1. */
  private void standardize(double[] means, double[] deviations) {
    int count = shares.length;
    for (int channel = 0; channel < channels; channel++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < count; i++) {
        double value = rows[i * channels + channel];
        sum += value;
        squares += value * value;
      }
      double mean = sum / count;
      double deviation = Math.max(1e-4, Math.sqrt(Math.max(0, squares / count - mean * mean)));
      means[channel] = mean;
      deviations[channel] = deviation;
      for (int i = 0; i < count; i++) {
        int at = i * channels + channel;
        rows[at] = (float) ((rows[at] - mean) / deviation);
      }
    }
  }

  /** Mean cross-entropy of shares, and the penalty; films in parallel, summed in one order. */
  private double loss(double[] point, double[] gradient) {
    int films = shares.length / cells;
    double[][] parts =
        IntStream.range(0, films)
            .parallel()
            .mapToObj(film -> part(film, point))
            .toArray(double[][]::new);
    double value = 0;
    Arrays.fill(gradient, 0);
    for (double[] part : parts) {
      value += part[part.length - 1];
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += part[i];
      }
    }
    value /= shares.length;
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = gradient[i] / shares.length + PENALTY * point[i] * scale(i);
      value += PENALTY / 2 * point[i] * point[i] * scale(i);
    }
    return value;
  }

  /** A place is of one cell in so many. */
  private double scale(int index) {
    return index < channels ? 1 : 1.0 / cells;
  }

  private double[] part(int film, double[] point) {
    double[] part = new double[channels + cells + 1];
    for (int cell = 0; cell < cells; cell++) {
      int at = (film * cells + cell) * channels;
      double score = point[channels + cell];
      for (int channel = 0; channel < channels; channel++) {
        score += point[channel] * rows[at + channel];
      }
      double share = shares[film * cells + cell];
      // log(1 + exp(s)) - t s, without overflow.
      part[part.length - 1] +=
          Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - share * score;
      double slope = 1 / (1 + Math.exp(-score)) - share;
      for (int channel = 0; channel < channels; channel++) {
        part[channel] += slope * rows[at + channel];
      }
      part[channels + cell] += slope;
    }
    return part;
  }
}
