package io.cxr.train.weights;

import io.cxr.error.ModelFormatException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** One weight of a Keras layer: its shape and its values. Immutable and thread-safe. */
public final class KerasTensor {
  private final List<Integer> shape;
  private final float[] values;

  KerasTensor(int[] shape, float[] values) {
    this.shape = Arrays.stream(shape).boxed().toList();
    this.values = values;
    long elements = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
    if (elements != values.length) {
      throw new ModelFormatException(
          "Weight of shape "
              + this.shape
              + ": expected "
              + elements
              + " values, found "
              + values.length);
    }
  }

  /**
   * The sizes of the axes, in Keras' order.
   *
   * @return no entry for a single number
   */
  public List<Integer> shape() {
    return shape;
  }

  /** The values themselves, not to be changed. */
  float[] array() {
    return values;
  }

  /**
   * The values, row-major.
   *
   * @return a read-only view at position 0
   */
  public FloatBuffer values() {
    return FloatBuffer.wrap(values).asReadOnlyBuffer();
  }
}
