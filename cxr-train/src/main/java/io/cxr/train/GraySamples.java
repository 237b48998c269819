package io.cxr.train;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Radiographs at the network's size, kept as 8-bit gray: a twelfth of the size of their tensors,
 * which are made batch by batch.
 */
final class GraySamples implements Samples {
  private final Grays images;
  private final int[] labels;
  private final InputShape shape;
  private final StandardPreprocessor toTensor;
  private final Optional<AugmentedViews> views;

  /** Where images come from. */
  interface Grays {
    /** An image at the network's size, which the caller may write to. Thread-safe. */
    byte[] of(int index) throws IOException;
  }

  GraySamples(
      Grays images, int[] labels, PreprocessingSpec specification, Optional<AugmentedViews> views) {
    this.views = views;
    this.images = images;
    this.labels = labels.clone();
    this.shape = specification.inputShape();
    this.toTensor = afterGray(specification);
  }

  /** What is left to do for an image that is through all steps on gray. */
  static StandardPreprocessor afterGray(PreprocessingSpec specification) {
    InputShape shape = specification.inputShape();
    int steps = specification.steps().size();
    return StandardPreprocessor.of(
        new PreprocessingSpec(
            List.of(
                new Resize(shape.rows(), shape.columns(), Resampling.NEAREST),
                specification.steps().get(steps - 2),
                specification.steps().get(steps - 1)),
            specification.layout()));
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
    List<byte[]> grays = new ArrayList<>(indices.length);
    for (int index : indices) {
      grays.add(images.of(index));
    }
    return tensor(grays);
  }

  @Override
  public INDArray inputs(int[] indices, int epoch) throws IOException {
    return views.isEmpty() ? inputs(indices) : tensor(views.get().grays(images, indices, epoch));
  }

  @Override
  public boolean isBlank(int index, int epoch) {
    return false;
  }

  private INDArray tensor(List<byte[]> grays) {
    float[] values = new float[Math.multiplyExact(grays.size(), shape.elements())];
    FloatBuffer buffer = FloatBuffer.wrap(values);
    for (byte[] gray : grays) {
      toTensor.preprocess(Radiograph.ofGray8(shape.rows(), shape.columns(), gray), buffer);
    }
    return Nd4j.createFromArray(values)
        .reshape('c', grays.size(), shape.channels(), shape.rows(), shape.columns());
  }
}
