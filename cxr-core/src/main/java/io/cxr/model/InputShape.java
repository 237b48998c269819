package io.cxr.model;

import java.util.Objects;

/**
 * The shape of one sample of a network's input.
 *
 * @param channels 1 or 3
 * @param rows rows of the input, at least 1
 * @param columns columns of the input, at least 1
 * @param layout the order of the axes
 */
public record InputShape(int channels, int rows, int columns, Layout layout) {

  /** The order of a sample's axes. */
  public enum Layout {
    /** {@code [channel, row, column]}, as ONNX and Deeplearning4j have it ("NCHW"). */
    CHANNELS_FIRST,
    /** {@code [row, column, channel]}, as Keras has it ("NHWC"). */
    CHANNELS_LAST
  }

  /** Checks the values. */
  public InputShape {
    Objects.requireNonNull(layout, "layout");
    if ((channels != 1 && channels != 3) || rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "Input shape: expected 1 or 3 channels and at least one row and column, found "
              + channels
              + " x "
              + rows
              + " x "
              + columns);
    }
  }

  /**
   * How many values one sample has.
   *
   * @return channels times rows times columns
   */
  public int elements() {
    return Math.multiplyExact(Math.multiplyExact(channels, rows), columns);
  }
}
