package io.cxr.train.network;

import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One layer as Keras has it: what it computes, which weights it has, and the shape of its output.
 * Maps are described channels first; weights keep Keras' order of axes. Immutable.
 */
public sealed interface LayerDescription {

  /**
   * The layer's class in Keras.
   *
   * @return such as {@code Conv2D}
   */
  String keras();

  /**
   * The shape of its output for one sample.
   *
   * @param inputs the shapes of what feeds it, in order
   * @return the shape
   * @throws IllegalArgumentException if it cannot take such inputs
   */
  Shape output(List<Shape> inputs);

  /**
   * Its weights in Keras' order.
   *
   * @param inputs the shapes of what feeds it, in order
   * @return none for a layer without weights
   */
  default List<LayerWeight> weights(List<Shape> inputs) {
    return List.of();
  }

  /**
   * Floating-point operations for one sample: two for each multiplication with a weight and its
   * addition, one for each value elsewhere. Activations inside a layer and batch norm, which export
   * folds away, count nothing.
   *
   * @param inputs the shapes of what feeds it, in order
   * @return at least 0
   */
  default long operations(List<Shape> inputs) {
    return 0;
  }

  /**
   * The same convolution with a bias and no activation of its own, into which a batch norm after it
   * can be folded.
   *
   * @return empty for any other layer
   */
  default Optional<LayerDescription> withBias() {
    return Optional.empty();
  }

  /** A layer on one map. */
  private static Shape map(List<Shape> inputs, String layer) {
    Shape in = one(inputs, layer);
    if (in.flat()) {
      throw new IllegalArgumentException(
          layer + ": expected a map [channels, rows, columns], found " + in);
    }
    return in;
  }

  private static Shape one(List<Shape> inputs, String layer) {
    if (inputs.size() != 1) {
      throw new IllegalArgumentException(
          layer + ": expected one input, found " + inputs.size() + ": " + inputs);
    }
    return inputs.get(0);
  }

  private static Shape same(List<Shape> inputs, String layer) {
    if (inputs.size() < 2 || inputs.stream().distinct().count() != 1) {
      throw new IllegalArgumentException(
          layer + ": expected two inputs or more of one shape, found " + inputs);
    }
    return inputs.get(0);
  }

  private static Shape slid(Window window, int channels, Shape in, String layer) {
    Shape out = window.output(channels, in);
    if (out.rows() < 1 || out.columns() < 1) {
      throw new IllegalArgumentException(
          layer + ": expected a map that " + window + " fits into, found " + in);
    }
    return out;
  }

  private static LayerWeight learnt(String name, Integer... shape) {
    return new LayerWeight(name, List.of(shape), true);
  }

  private static LayerWeight kept(String name, Integer... shape) {
    return new LayerWeight(name, List.of(shape), false);
  }

  /**
   * Keras {@code Conv2D}: kernel {@code [row, column, in / groups, out]}, then bias {@code [out]}.
   *
   * @param filters channels of its output
   * @param window kernel, stride and border
   * @param groups into how many parts the channels are divided, each convolved on its own
   * @param bias whether it has a bias
   * @param activation applied to its output
   */
  record Convolution(int filters, Window window, int groups, boolean bias, Nonlinearity activation)
      implements LayerDescription {
    /** Checks the values. */
    public Convolution {
      Objects.requireNonNull(window, "window");
      Objects.requireNonNull(activation, "activation");
      if (filters < 1 || groups < 1 || filters % groups != 0) {
        throw new IllegalArgumentException(
            "Conv2D: expected filters that the groups divide, found " + filters + ", " + groups);
      }
    }

    /**
     * Without groups and activation.
     *
     * @param filters channels of its output
     * @param size rows and columns of the kernel
     * @param stride the step
     * @param padding how the border is treated
     * @param bias whether it has a bias
     */
    public Convolution(int filters, int size, int stride, Padding padding, boolean bias) {
      this(filters, Window.of(size, stride, padding), 1, bias, Nonlinearity.LINEAR);
    }

    @Override
    public String keras() {
      return "Conv2D";
    }

    @Override
    public Optional<LayerDescription> withBias() {
      return activation == Nonlinearity.LINEAR
          ? Optional.of(new Convolution(filters, window, groups, true, activation))
          : Optional.empty();
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      if (in.channels() % groups != 0) {
        throw new IllegalArgumentException(
            "Conv2D: expected channels that " + groups + " groups divide, found " + in);
      }
      return slid(window, filters, in, keras());
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      int in = inputs.get(0).channels() / groups;
      List<LayerWeight> weights = new ArrayList<>();
      weights.add(learnt("kernel", window.rows(), window.columns(), in, filters));
      if (bias) {
        weights.add(learnt("bias", filters));
      }
      return weights;
    }

    @Override
    public long operations(List<Shape> inputs) {
      long each = (long) window.rows() * window.columns() * (inputs.get(0).channels() / groups);
      return 2 * each * output(inputs).elements();
    }
  }

  /**
   * Keras {@code DepthwiseConv2D} with one filter a channel: kernel {@code [row, column, in, 1]},
   * then bias {@code [in]}.
   *
   * @param window kernel, stride and border
   * @param bias whether it has a bias
   */
  record DepthwiseConvolution(Window window, boolean bias) implements LayerDescription {
    @Override
    public String keras() {
      return "DepthwiseConv2D";
    }

    @Override
    public Optional<LayerDescription> withBias() {
      return Optional.of(new DepthwiseConvolution(window, true));
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      return slid(window, in.channels(), in, keras());
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      int in = inputs.get(0).channels();
      List<LayerWeight> weights = new ArrayList<>();
      weights.add(learnt("depthwise_kernel", window.rows(), window.columns(), in, 1));
      if (bias) {
        weights.add(learnt("bias", in));
      }
      return weights;
    }

    @Override
    public long operations(List<Shape> inputs) {
      return 2L * window.rows() * window.columns() * output(inputs).elements();
    }
  }

  /**
   * Keras {@code SeparableConv2D} with one filter a channel: a depthwise convolution {@code [row,
   * column, in, 1]}, then one of a pixel {@code [1, 1, in, out]}, then bias {@code [out]}.
   *
   * @param filters channels of its output
   * @param window kernel, stride and border of the depthwise part
   * @param bias whether it has a bias
   */
  record SeparableConvolution(int filters, Window window, boolean bias)
      implements LayerDescription {
    /**
     * Without bias.
     *
     * @param filters channels of its output
     * @param window kernel, stride and border of the depthwise part
     */
    public SeparableConvolution(int filters, Window window) {
      this(filters, window, false);
    }

    @Override
    public String keras() {
      return "SeparableConv2D";
    }

    @Override
    public Optional<LayerDescription> withBias() {
      return Optional.of(new SeparableConvolution(filters, window, true));
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return slid(window, filters, map(inputs, keras()), keras());
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      int in = inputs.get(0).channels();
      List<LayerWeight> weights = new ArrayList<>();
      weights.add(learnt("depthwise_kernel", window.rows(), window.columns(), in, 1));
      weights.add(learnt("pointwise_kernel", 1, 1, in, filters));
      if (bias) {
        weights.add(learnt("bias", filters));
      }
      return weights;
    }

    @Override
    public long operations(List<Shape> inputs) {
      Shape out = output(inputs);
      long each = (long) window.rows() * window.columns() + filters;
      return 2 * each * inputs.get(0).channels() * out.positions();
    }
  }

  /**
   * Keras {@code BatchNormalization} over channels: gamma, beta, moving mean, moving variance.
   *
   * @param epsilon added to the variance
   * @param scale whether it has gamma; else gamma is 1
   */
  record BatchNormalization(double epsilon, boolean scale) implements LayerDescription {
    /** Keras' own epsilon. */
    public static final double KERAS_EPSILON = 1e-3;

    /**
     * With gamma.
     *
     * @param epsilon added to the variance
     */
    public BatchNormalization(double epsilon) {
      this(epsilon, true);
    }

    @Override
    public String keras() {
      return "BatchNormalization";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return one(inputs, keras());
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      int channels = inputs.get(0).channels();
      List<LayerWeight> weights = new ArrayList<>();
      if (scale) {
        weights.add(learnt("gamma", channels));
      }
      weights.add(learnt("beta", channels));
      weights.add(kept("moving_mean", channels));
      weights.add(kept("moving_variance", channels));
      return weights;
    }
  }

  /**
   * An activation function as a layer of its own.
   *
   * @param function the function
   */
  record Activation(Nonlinearity function) implements LayerDescription {
    @Override
    public String keras() {
      return switch (function) {
        case RELU6 -> "ReLU";
        case LEAKY_RELU -> "LeakyReLU";
        default -> "Activation";
      };
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return one(inputs, keras());
    }

    @Override
    public long operations(List<Shape> inputs) {
      return inputs.get(0).elements();
    }
  }

  /**
   * Keras {@code MaxPooling2D}.
   *
   * @param window kernel, stride and border
   */
  record MaximumPooling(Window window) implements LayerDescription {
    @Override
    public String keras() {
      return "MaxPooling2D";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      return slid(window, in.channels(), in, keras());
    }

    @Override
    public long operations(List<Shape> inputs) {
      return (long) window.rows() * window.columns() * output(inputs).elements();
    }
  }

  /**
   * Keras {@code AveragePooling2D}, whose mean leaves padding out.
   *
   * @param window kernel, stride and border
   */
  record AveragePooling(Window window) implements LayerDescription {
    @Override
    public String keras() {
      return "AveragePooling2D";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      return slid(window, in.channels(), in, keras());
    }

    @Override
    public long operations(List<Shape> inputs) {
      return (long) window.rows() * window.columns() * output(inputs).elements();
    }
  }

  /**
   * Keras {@code UpSampling2D} with nearest neighbours: each value becomes a square of its own.
   *
   * @param factor how many rows and columns a value becomes, at least 1
   */
  record UpSampling(int factor) implements LayerDescription {
    /** Checks the factor. */
    public UpSampling {
      if (factor < 1) {
        throw new IllegalArgumentException(
            "UpSampling2D: expected a factor of at least 1, found " + factor);
      }
    }

    @Override
    public String keras() {
      return "UpSampling2D";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      return Shape.map(in.channels(), in.rows() * factor, in.columns() * factor);
    }
  }

  /**
   * Keras {@code ZeroPadding2D}.
   *
   * @param top rows of zeros above, at least 0
   * @param bottom rows of zeros below, at least 0
   * @param left columns of zeros to the left, at least 0
   * @param right columns of zeros to the right, at least 0
   */
  record ZeroPadding(int top, int bottom, int left, int right) implements LayerDescription {
    /**
     * The same on all sides.
     *
     * @param all rows and columns of zeros
     */
    public ZeroPadding(int all) {
      this(all, all, all, all);
    }

    /**
     * As Keras Applications pad before a kernel of stride 2 that takes only what fits: half the
     * kernel at the end, and as much before, less one where rows or columns are even.
     *
     * @param kernel the kernel's size, odd
     * @param in the map to pad
     * @return the padding
     */
    static ZeroPadding halving(int kernel, Shape in) {
      int half = kernel / 2;
      return new ZeroPadding(half - 1 + in.rows() % 2, half, half - 1 + in.columns() % 2, half);
    }

    @Override
    public String keras() {
      return "ZeroPadding2D";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      return Shape.map(in.channels(), in.rows() + top + bottom, in.columns() + left + right);
    }
  }

  /**
   * Keras {@code Cropping2D}.
   *
   * @param top rows left out above, at least 0
   * @param bottom rows left out below, at least 0
   * @param left columns left out to the left, at least 0
   * @param right columns left out to the right, at least 0
   */
  record Cropping(int top, int bottom, int left, int right) implements LayerDescription {
    @Override
    public String keras() {
      return "Cropping2D";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      int rows = in.rows() - top - bottom;
      int columns = in.columns() - left - right;
      if (rows < 1 || columns < 1) {
        throw new IllegalArgumentException("Cropping2D: expected a larger map, found " + in);
      }
      return Shape.map(in.channels(), rows, columns);
    }
  }

  /**
   * Keras {@code GlobalAveragePooling2D}.
   *
   * @param keepDimensions whether it gives a map of one pixel; else a vector
   */
  record GlobalAveragePooling(boolean keepDimensions) implements LayerDescription {
    @Override
    public String keras() {
      return "GlobalAveragePooling2D";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      int channels = map(inputs, keras()).channels();
      return keepDimensions ? Shape.map(channels, 1, 1) : Shape.vector(channels);
    }

    @Override
    public long operations(List<Shape> inputs) {
      return inputs.get(0).elements();
    }
  }

  /**
   * Keras {@code Flatten}. Here in the order {@code [channel, row, column]}, in Keras {@code [row,
   * column, channel]}: heads above it are learnt here, and their rows are never read from a file.
   */
  record Flatten() implements LayerDescription {
    @Override
    public String keras() {
      return "Flatten";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return Shape.vector(one(inputs, keras()).elements());
    }
  }

  /**
   * Keras {@code Dense}: kernel {@code [in, out]}, bias {@code [out]}.
   *
   * @param units values of its output
   * @param activation applied to its output
   */
  record Dense(int units, Nonlinearity activation) implements LayerDescription {
    @Override
    public String keras() {
      return "Dense";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = one(inputs, keras());
      if (!in.flat()) {
        throw new IllegalArgumentException("Dense: expected a vector, found " + in);
      }
      return Shape.vector(units);
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      return List.of(learnt("kernel", inputs.get(0).channels(), units), learnt("bias", units));
    }

    @Override
    public long operations(List<Shape> inputs) {
      return 2L * inputs.get(0).channels() * units;
    }
  }

  /**
   * Keras {@code Dropout}: nothing at inference.
   *
   * @param rate the share dropped in training, at least 0 and below 1
   * @param samples whether a sample is dropped or kept as a whole (Keras' {@code noise_shape} of
   *     {@code (None, 1, 1, 1)}), which on a residual branch is stochastic depth (Huang et al.,
   *     ECCV 2016)
   */
  record Dropout(double rate, boolean samples) implements LayerDescription {
    /**
     * Dropout of single values.
     *
     * @param rate the share dropped in training, at least 0 and below 1
     */
    public Dropout(double rate) {
      this(rate, false);
    }

    @Override
    public String keras() {
      return "Dropout";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return one(inputs, keras());
    }
  }

  /** Keras {@code Add}: the element-wise sum of inputs of one shape. */
  record Add() implements LayerDescription {
    @Override
    public String keras() {
      return "Add";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return same(inputs, keras());
    }

    @Override
    public long operations(List<Shape> inputs) {
      return (inputs.size() - 1L) * inputs.get(0).elements();
    }
  }

  /** Keras {@code Multiply} of a map by a map of one pixel, channel by channel. */
  record Multiply() implements LayerDescription {
    @Override
    public String keras() {
      return "Multiply";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      boolean fits =
          inputs.size() == 2
              && inputs.get(1).positions() == 1
              && inputs.get(0).channels() == inputs.get(1).channels();
      if (!fits) {
        throw new IllegalArgumentException(
            "Multiply: expected a map and a map of one pixel with the same channels, found "
                + inputs);
      }
      return inputs.get(0);
    }

    @Override
    public long operations(List<Shape> inputs) {
      return inputs.get(0).elements();
    }
  }

  /** Keras {@code Concatenate}: the channels of all inputs, one after the other. */
  record Concatenate() implements LayerDescription {
    @Override
    public String keras() {
      return "Concatenate";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape first = inputs.get(0);
      int channels = 0;
      for (Shape input : inputs) {
        if (input.rows() != first.rows()
            || input.columns() != first.columns()
            || input.flat() != first.flat()) {
          throw new IllegalArgumentException(
              "Concatenate: expected inputs that differ in channels alone, found " + inputs);
        }
        channels += input.channels();
      }
      return new Shape(channels, first.rows(), first.columns(), first.flat());
    }
  }

  /**
   * Keras {@code Rescaling}: each channel times its scale, plus its offset. No weights.
   *
   * @param scales a number a channel, or one for all
   * @param offsets a number a channel, or one for all
   */
  record Rescaling(List<Double> scales, List<Double> offsets) implements LayerDescription {
    /** Copies the lists. */
    public Rescaling {
      scales = List.copyOf(scales);
      offsets = List.copyOf(offsets);
    }

    @Override
    public String keras() {
      return "Rescaling";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return map(inputs, keras());
    }
  }

  /**
   * Keras {@code Normalization} over channels, as the first layers of EfficientNet have it: less
   * the mean, over the root of the variance. Its weights are mean, variance and the count of
   * samples that they are from, none of which is learnt.
   */
  record Normalization() implements LayerDescription {
    @Override
    public String keras() {
      return "Normalization";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return map(inputs, keras());
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      int channels = inputs.get(0).channels();
      return List.of(kept("mean", channels), kept("variance", channels), kept("count"));
    }
  }

  /**
   * A factor and a shift a channel: batch norm whose statistics are frozen, and whose gamma and
   * beta are learnt. Keras has no such layer.
   */
  record Scaling() implements LayerDescription {
    @Override
    public String keras() {
      return "Scaling";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      return map(inputs, keras());
    }

    @Override
    public List<LayerWeight> weights(List<Shape> inputs) {
      int channels = inputs.get(0).channels();
      return List.of(learnt("scale", channels), learnt("shift", channels));
    }
  }

  /**
   * A map of twice the channels, whose means over the cells are the mean and the standard deviation
   * of each channel: first each value, then each squared distance from the channel's mean over the
   * channel's standard deviation. With attention, cells count by it, in sums of which the weights
   * are 1 on average. A linear head on the means so has an exact share of each cell in its answer.
   * Keras has no such layer.
   *
   * @param attention how much each cell counts; null where all count the same
   */
  record Moments(@Nullable LungAttention attention) implements LayerDescription {
    /** Added to a variance: what a channel that never varies divides by. */
    public static final double EPSILON = 1e-5;

    @Override
    public String keras() {
      return "Moments";
    }

    @Override
    public Shape output(List<Shape> inputs) {
      Shape in = map(inputs, keras());
      LungAttention own = attention;
      if (own != null
          && (own.rows() != in.rows()
              || own.columns() != in.columns()
              || own.channels().length != in.channels())) {
        throw new IllegalArgumentException(
            "Moments: expected the map that the lung attention was learnt on, "
                + own
                + ", found "
                + in);
      }
      return Shape.map(2 * in.channels(), in.rows(), in.columns());
    }

    @Override
    public long operations(List<Shape> inputs) {
      return (attention == null ? 5L : 9L) * inputs.get(0).elements();
    }
  }
}
