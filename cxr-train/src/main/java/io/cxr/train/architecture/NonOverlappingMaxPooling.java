package io.cxr.train.architecture;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingHelper;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;

/**
 * Maximum pooling whose windows neither overlap nor reach over the border, in plain Java on the
 * native memory of the arrays.
 *
 * <p>For images stored channel by channel, as DL4J's are, oneDNN has only its reference code, which
 * calls a function for every pixel: it took a quarter of a training step of the report's CNN.
 *
 * <p>The gradient of a window goes to its first maximum in row order. A window that holds a NaN
 * gives NaN, so that a diverged training shows. Thread-safe.
 */
final class NonOverlappingMaxPooling implements SubsamplingHelper {
  /** A buffer in Java has at most 2 GiB. */
  private static final long LARGEST = Integer.MAX_VALUE / Float.BYTES;

  /** Whether a layer pools in this way. */
  static boolean serves(SubsamplingLayer layer) {
    return layer.getPoolingType() == PoolingType.MAX
        && Arrays.equals(layer.getKernelSize(), layer.getStride())
        && Arrays.stream(layer.getPadding()).allMatch(p -> p == 0)
        && Arrays.stream(layer.getDilation()).allMatch(d -> d == 1)
        && layer.getCnn2dDataFormat() == CNN2DFormat.NCHW
        && (layer.getConvolutionMode() == ConvolutionMode.Truncate
            || layer.getConvolutionMode() == ConvolutionMode.Strict);
  }

  /** Whether an array can be pooled in this way. */
  static boolean fits(INDArray input) {
    return input.length() <= LARGEST;
  }

  /**
   * Pools an array {@code [batch, channel, row, column]}.
   *
   * @param kernel rows and columns of a window
   */
  static INDArray pool(INDArray input, int[] kernel, LayerWorkspaceMgr workspaceMgr) {
    Windows windows = new Windows(input, kernel);
    INDArray output =
        workspaceMgr.createUninitialized(
            ArrayType.ACTIVATIONS,
            input.dataType(),
            new long[] {input.size(0), input.size(1), windows.rows, windows.columns},
            'c');
    INDArray from = contiguous(input);
    FloatBuffer in = values(from);
    FloatBuffer out = values(output);
    try {
      IntStream.range(0, windows.planes).parallel().forEach(plane -> windows.pool(plane, in, out));
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(output);
    }
    return output;
  }

  @Override
  public INDArray activate(
      INDArray input,
      boolean training,
      int[] kernel,
      int[] strides,
      int[] pad,
      PoolingType poolingType,
      ConvolutionMode convolutionMode,
      int[] dilation,
      CNN2DFormat format,
      LayerWorkspaceMgr workspaceMgr) {
    return pool(input, kernel, workspaceMgr);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(
      INDArray input,
      INDArray epsilon,
      int[] kernel,
      int[] strides,
      int[] pad,
      PoolingType poolingType,
      ConvolutionMode convolutionMode,
      int[] dilation,
      CNN2DFormat format,
      LayerWorkspaceMgr workspaceMgr) {
    Windows windows = new Windows(input, kernel);
    INDArray gradient =
        workspaceMgr.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    INDArray from = contiguous(input);
    INDArray above = contiguous(epsilon);
    FloatBuffer in = values(from);
    FloatBuffer eps = values(above);
    FloatBuffer out = values(gradient);
    try {
      IntStream.range(0, windows.planes)
          .parallel()
          .forEach(plane -> windows.route(plane, in, eps, out));
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(above);
      Reference.reachabilityFence(gradient);
    }
    return new Pair<>(new DefaultGradient(), gradient);
  }

  @Override
  public Map<String, Long> helperMemoryUse() {
    return Map.of();
  }

  @Override
  public boolean checkSupported() {
    return true;
  }

  private static INDArray contiguous(INDArray array) {
    boolean rowMajor = array.ordering() == 'c' && Shape.hasDefaultStridesForShape(array);
    return rowMajor ? array : array.dup('c');
  }

  /**
   * A view that is valid as long as the array is reachable: its memory is freed when the garbage
   * collector finds that nothing but this address is left of it, in the middle of a method, too.
   */
  private static FloatBuffer values(INDArray array) {
    return new FloatPointer(array.data().addressPointer()).capacity(array.length()).asBuffer();
  }

  /** The windows of an array {@code [batch, channel, row, column]}. */
  private static final class Windows {
    final int planes;
    final int rows;
    final int columns;
    private final int inputRows;
    private final int inputColumns;
    private final int windowRows;
    private final int windowColumns;

    Windows(INDArray input, int[] kernel) {
      planes = (int) (input.size(0) * input.size(1));
      inputRows = (int) input.size(2);
      inputColumns = (int) input.size(3);
      windowRows = kernel[0];
      windowColumns = kernel[1];
      rows = inputRows / windowRows;
      columns = inputColumns / windowColumns;
    }

    void pool(int plane, FloatBuffer in, FloatBuffer out) {
      int target = plane * rows * columns;
      for (int row = 0; row < rows; row++) {
        int corner = plane * inputRows * inputColumns + row * windowRows * inputColumns;
        if (windowRows == 2 && windowColumns == 2) {
          for (int column = 0; column < columns; column++, corner += 2) {
            float top = Math.max(in.get(corner), in.get(corner + 1));
            int below = corner + inputColumns;
            float bottom = Math.max(in.get(below), in.get(below + 1));
            out.put(target++, Math.max(top, bottom));
          }
        } else {
          for (int column = 0; column < columns; column++, corner += windowColumns) {
            out.put(target++, maximum(in, corner));
          }
        }
      }
    }

    private float maximum(FloatBuffer in, int corner) {
      float maximum = Float.NEGATIVE_INFINITY;
      for (int row = 0; row < windowRows; row++) {
        for (int column = 0; column < windowColumns; column++) {
          maximum = Math.max(maximum, in.get(corner + row * inputColumns + column));
        }
      }
      return maximum;
    }

    void route(int plane, FloatBuffer in, FloatBuffer above, FloatBuffer out) {
      int start = plane * inputRows * inputColumns;
      for (int i = start; i < start + inputRows * inputColumns; i++) {
        out.put(i, 0);
      }
      int source = plane * rows * columns;
      for (int row = 0; row < rows; row++) {
        int corner = start + row * windowRows * inputColumns;
        for (int column = 0; column < columns; column++, corner += windowColumns) {
          out.put(first(in, corner), above.get(source++));
        }
      }
    }

    /** Where the first maximum is. */
    private int first(FloatBuffer in, int corner) {
      int first = corner;
      float maximum = in.get(corner);
      for (int row = 0; row < windowRows; row++) {
        for (int column = 0; column < windowColumns; column++) {
          int i = corner + row * inputColumns + column;
          if (in.get(i) > maximum) {
            maximum = in.get(i);
            first = i;
          }
        }
      }
      return first;
    }
  }
}
