package io.cxr.train;

import io.cxr.preprocess.InputShape;
import io.cxr.preprocess.PreprocessingSpec;
import io.cxr.preprocess.PreprocessingStep.Resize;
import io.cxr.preprocess.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Radiographs at the network's size, kept as 8-bit gray: a twelfth of the memory of their tensors,
 * which are made batch by batch.
 */
final class GraySamples implements Samples {
  private final List<byte[]> images;
  private final int[] labels;
  private final InputShape shape;
  private final StandardPreprocessor toTensor;

  GraySamples(List<byte[]> images, int[] labels, PreprocessingSpec specification) {
    this.images = List.copyOf(images);
    this.labels = labels.clone();
    this.shape = specification.inputShape();
    // The images are through all steps on gray; what is left is replication and normalisation.
    int steps = specification.steps().size();
    this.toTensor =
        StandardPreprocessor.of(
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
  public INDArray inputs(int[] indices) {
    float[] values = new float[Math.multiplyExact(indices.length, shape.elements())];
    FloatBuffer buffer = FloatBuffer.wrap(values);
    for (int index : indices) {
      toTensor.preprocess(
          Radiograph.ofGray8(shape.rows(), shape.columns(), images.get(index)), buffer);
    }
    return Nd4j.createFromArray(values)
        .reshape('c', indices.length, shape.channels(), shape.rows(), shape.columns());
  }
}
