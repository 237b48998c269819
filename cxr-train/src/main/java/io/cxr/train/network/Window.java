package io.cxr.train.network;

/**
 * How a kernel slides over a map, the same along rows and columns but for the kernel's size.
 *
 * @param rows rows of the kernel, at least 1
 * @param columns columns of the kernel, at least 1
 * @param stride the step, at least 1
 * @param padding how the border is treated
 */
public record Window(int rows, int columns, int stride, Padding padding) {

  /** How the border of a map is treated, as TensorFlow does. */
  public enum Padding {
    /** Only where the kernel fits. */
    VALID,
    /**
     * One output a stride: zeros are added to both sides, the odd one at the end. A pool leaves
     * them out of its maximum or mean.
     */
    SAME
  }

  /** Checks the values. */
  public Window {
    if (rows < 1 || columns < 1 || stride < 1) {
      throw new IllegalArgumentException(
          "Window: expected a kernel of at least 1 x 1 and a stride of at least 1, found "
              + rows
              + " x "
              + columns
              + " by "
              + stride);
    }
  }

  /**
   * A square window.
   *
   * @param size rows and columns of the kernel
   * @param stride the step
   * @param padding how the border is treated
   * @return the window
   */
  public static Window of(int size, int stride, Padding padding) {
    return new Window(size, size, stride, padding);
  }

  /** The map after it. */
  Shape output(int channels, Shape in) {
    return Shape.map(channels, length(rows, in.rows()), length(columns, in.columns()));
  }

  private int length(int kernel, int size) {
    if (padding == Padding.SAME) {
      return (size + stride - 1) / stride;
    }
    return size < kernel ? 0 : (size - kernel) / stride + 1;
  }

  /**
   * How many zeros come before the first value along an axis.
   *
   * @param kernel the kernel's size along the axis
   * @param size the map's size along the axis
   * @return at least 0
   */
  public int before(int kernel, int size) {
    return total(kernel, size) / 2;
  }

  /**
   * How many zeros come after the last value along an axis.
   *
   * @param kernel the kernel's size along the axis
   * @param size the map's size along the axis
   * @return at least 0
   */
  public int after(int kernel, int size) {
    int total = total(kernel, size);
    return total - total / 2;
  }

  private int total(int kernel, int size) {
    if (padding == Padding.VALID) {
      return 0;
    }
    return Math.max(0, (length(kernel, size) - 1) * stride + kernel - size);
  }
}
