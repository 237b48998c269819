package io.cxr.train;

import java.io.IOException;
import java.util.Optional;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Features of a frozen base, one row of {@code [channel, row, column]} values an image. */
final class FeatureSamples implements Samples {
  private final Features features;
  private final int[] labels;
  private final Optional<Standardization> standardization;
  private final int views;
  private final boolean blanked;
  private final long seed;

  /** Where the features of an image come from; view 0 is the image as it is. */
  interface Features {
    /** How many values an image has. */
    int width();

    /** Copies the features of a view. Thread-safe. */
    void copy(int index, int view, float[] into, int offset) throws IOException;
  }

  /**
   * Samples with augmented views.
   *
   * @param features the features of every image and view
   * @param labels the label of every image
   * @param standardization how features are brought to one scale
   * @param views how many augmented views there are, at least 0
   * @param blanked whether there is one more view, the image without its centre
   * @param seed chooses the view that an epoch shows of an image
   */
  FeatureSamples(
      Features features,
      int[] labels,
      Optional<Standardization> standardization,
      int views,
      boolean blanked,
      long seed) {
    this.standardization = standardization;
    this.blanked = blanked;
    this.features = features;
    this.labels = labels.clone();
    this.views = views;
    this.seed = seed;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public INDArray inputs(int[] indices) throws IOException {
    return inputs(indices, new int[indices.length]);
  }

  @Override
  public INDArray inputs(int[] indices, int epoch) throws IOException {
    int[] shown = new int[indices.length];
    for (int i = 0; i < shown.length; i++) {
      shown[i] = view(indices[i], epoch);
    }
    return inputs(indices, shown);
  }

  @Override
  public boolean isBlank(int index, int epoch) {
    return view(index, epoch) > views;
  }

  /** How many values a sample has. */
  int width() {
    return features.width();
  }

  /** How many augmented views there are. */
  int views() {
    return views;
  }

  /** How many views there are, the image as it is and the blanked one among them. */
  int allViews() {
    return views + (blanked ? 2 : 1);
  }

  /** The view of a sample that an epoch shows. */
  int view(int index, int epoch) {
    long own = seed + 0x9e3779b97f4a7c15L * ((long) index << 24 | epoch);
    return new SplittableRandom(own).nextInt(allViews());
  }

  /** The inputs with these indices, each in its view. */
  private INDArray inputs(int[] indices, int[] shown) throws IOException {
    int width = width();
    float[] values = new float[Math.multiplyExact(indices.length, width)];
    for (int i = 0; i < indices.length; i++) {
      copy(indices[i], shown[i], values, i * width);
    }
    return Nd4j.createFromArray(values).reshape('c', indices.length, width);
  }

  /** Copies one view of a sample, of one scale where there is one. Thread-safe. */
  void copy(int index, int view, float[] into, int offset) throws IOException {
    features.copy(index, view, into, offset);
    if (standardization.isPresent()) {
      standardization.get().apply(into, offset);
    }
  }
}
