package io.cxr.train.export;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Weights on their way into a file: float32 values in row-major order. */
final class Tensor {
  private final long[] dimensions;
  private final float[] values;

  private Tensor(long[] dimensions, float[] values) {
    this.dimensions = dimensions;
    this.values = values;
  }

  /** The values are kept, not copied. */
  static Tensor of(float[] values, long... dimensions) {
    long elements = Arrays.stream(dimensions).reduce(1, Math::multiplyExact);
    if (elements != values.length) {
      throw new IllegalArgumentException(
          "Tensor: expected " + elements + " values, found " + values.length);
    }
    return new Tensor(dimensions, values);
  }

  /** A tensor of the same shape with other values, which are kept. */
  Tensor with(float[] other) {
    return of(other, dimensions);
  }

  static Tensor of(INDArray array) {
    return new Tensor(array.shape(), read(array));
  }

  /** Deeplearning4j keeps vectors as {@code [1, n]}. */
  static Tensor vector(INDArray array) {
    float[] values = read(array);
    return new Tensor(new long[] {values.length}, values);
  }

  static Tensor filled(float value, int length) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return new Tensor(new long[] {length}, values);
  }

  /**
   * A depthwise kernel {@code [row, column, in, 1]}, as Keras and Deeplearning4j keep it, in ONNX's
   * order {@code [in, 1, row, column]}.
   */
  Tensor depthwiseChannelsFirst() {
    int channels = dimension(2);
    int positions = values.length / channels;
    float[] ordered = new float[values.length];
    for (int channel = 0; channel < channels; channel++) {
      for (int position = 0; position < positions; position++) {
        ordered[channel * positions + position] = values[position * channels + channel];
      }
    }
    return of(ordered, channels, 1, dimensions[0], dimensions[1]);
  }

  private static float[] read(INDArray array) {
    // Always a copy, so that closing it frees native memory at once and never the network's own.
    try (INDArray copy = array.castTo(DataType.FLOAT).dup('c')) {
      return copy.data().asFloat();
    }
  }

  long[] dimensions() {
    return dimensions;
  }

  int dimension(int axis) {
    return Math.toIntExact(dimensions[axis]);
  }

  float[] values() {
    return values;
  }

  float value(int index) {
    return values[index];
  }

  int length() {
    return values.length;
  }
}
