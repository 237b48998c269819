package io.cxr.onnx;

import io.cxr.model.InputShape;

/**
 * One input of a classifier's graph, once it is known to fit the model card: samples as 32-bit
 * floats {@code [batch, channel, row, column]}, or with the channels last; or gray pixels, unsigned
 * bytes {@code [batch, 1, row, column]}.
 *
 * @param name the tensor's name in the graph
 * @param shape one sample as the card's preprocessing gives it
 * @param takesGray whether the graph takes the gray pixels before replication and normalisation, as
 *     unsigned bytes, and does these steps itself
 */
record GraphInput(String name, InputShape shape, boolean takesGray) {

  /** How many bytes one sample has. */
  int sampleBytes() {
    return takesGray
        ? shape.rows() * shape.columns()
        : Math.multiplyExact(shape.elements(), Float.BYTES);
  }

  /** The sizes of a batch; {@link NativeSession#OPEN_AXIS} samples leave its axis open. */
  long[] sizes(long samples) {
    if (takesGray) {
      return new long[] {samples, 1, shape.rows(), shape.columns()};
    }
    return shape.layout() == InputShape.Layout.CHANNELS_FIRST
        ? new long[] {samples, shape.channels(), shape.rows(), shape.columns()}
        : new long[] {samples, shape.rows(), shape.columns(), shape.channels()};
  }
}
