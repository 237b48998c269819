package io.cxr.train;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Features of a frozen base, one row of {@code [channel, row, column]} values an image. */
final class FeatureSamples implements Samples {
  private final List<float[]> features;
  private final int[] labels;

  FeatureSamples(List<float[]> features, int[] labels) {
    this.features = List.copyOf(features);
    this.labels = labels.clone();
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
  public INDArray inputs(int[] indices) {
    int width = features.get(0).length;
    float[] values = new float[Math.multiplyExact(indices.length, width)];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(features.get(indices[i]), 0, values, i * width, width);
    }
    return Nd4j.createFromArray(values).reshape('c', indices.length, width);
  }
}
