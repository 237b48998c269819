package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.LungAttention;
import io.cxr.train.network.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One step of a network at inference, with what feeds it: the form between Deeplearning4j's layers
 * and ONNX nodes. A shared step is one object, compared by identity.
 */
sealed interface Operation {

  /** A name that is unique in its network; it becomes the name of the node and of its output. */
  String name();

  /** The shape of its output for one sample. */
  Shape shape();

  /** What feeds it, in order. */
  List<Operation> inputs();

  /**
   * The same step on other inputs, which it takes in as far as it can.
   *
   * @param inputs as many as {@link #inputs()}, of the same shapes
   * @param alone whether nothing else takes its input
   */
  Operation simplified(List<Operation> inputs, boolean alone);

  /** Adds its nodes to a graph, after those of its inputs. */
  void write(NetworkWriter writer);

  /** The name of its result in a graph where nobody gives another. */
  default String result() {
    // A slash keeps a layer called "output" apart from the graph's output of that name.
    return "network/" + name();
  }

  /** Whether no value of its result is ever below zero; false where that is not known. */
  default boolean isNonNegative() {
    return false;
  }

  /** The same step with its channels scaled; empty where it has no weights to take that in. */
  default Optional<Operation> scaled(ChannelScaling scaling) {
    return Optional.empty();
  }

  /** An activation function. */
  enum Function {
    RELU("Relu", true),
    RELU6("Clip", true),
    SWISH("Sigmoid", false),
    LEAKY_RELU("LeakyRelu", false),
    SIGMOID("Sigmoid", true),
    TANH("Tanh", false),
    SOFTMAX("Softmax", true);

    private final String onnx;
    private final boolean nonNegative;

    Function(String onnx, boolean nonNegative) {
      this.onnx = onnx;
      this.nonNegative = nonNegative;
    }
  }

  /** What a pool takes of its window. */
  enum Pool {
    MAXIMUM("Max"),
    AVERAGE("Average");

    private final String onnx;

    Pool(String onnx) {
      this.onnx = onnx;
    }
  }

  /** A step with one input. */
  sealed interface OfOne extends Operation {
    Operation input();

    @Override
    default List<Operation> inputs() {
      return List.of(input());
    }

    @Override
    default Operation simplified(List<Operation> inputs, boolean alone) {
      return simplified(inputs.get(0), alone);
    }

    Operation simplified(Operation input, boolean alone);
  }

  /** The images. */
  record Input(String name, Shape shape) implements Operation {
    @Override
    public List<Operation> inputs() {
      return List.of();
    }

    @Override
    public Operation simplified(List<Operation> inputs, boolean alone) {
      return this;
    }

    @Override
    public String result() {
      return name;
    }

    @Override
    public void write(NetworkWriter writer) {
      writer.graph().input(writer.name(this), shape);
    }
  }

  /** Weights {@code [out, in / groups, row, column]}, bias {@code [out]}. */
  record Convolution(
      String name, Operation input, Window window, Tensor weights, Tensor bias, Shape shape)
      implements OfOne {
    Convolution(String name, Operation input, Window window, Tensor weights, Tensor bias) {
      this(name, input, window, weights, bias, window.output(weights.dimension(0), input.shape()));
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return in instanceof Padding padding
          ? new Convolution(name, padding.input(), window.padded(padding), weights, bias)
          : new Convolution(name, in, window, weights, bias);
    }

    @Override
    public Optional<Operation> scaled(ChannelScaling scaling) {
      int each = weights.length() / weights.dimension(0);
      return Optional.of(
          new Convolution(
              name,
              input,
              window,
              weights.with(scaling.weights(weights.values(), i -> i / each)),
              bias.with(scaling.bias(bias.values()))));
    }

    @Override
    public void write(NetworkWriter writer) {
      String w = writer.constant(this, "W", weights);
      String b = writer.constant(this, "B", bias);
      List<AttributeProto> attributes = new ArrayList<>(Arrays.asList(window.attributes()));
      int groups = input.shape().channels() / weights.dimension(1);
      if (groups > 1) {
        attributes.add(attribute("group", (long) groups));
      }
      writer.node("Conv", this, List.of(w, b), attributes.toArray(AttributeProto[]::new));
    }
  }

  /** {@code countsPadding}: whether an average divides by padding, too. */
  record Pooling(String name, Operation input, Pool pool, Window window, boolean countsPadding)
      implements OfOne {
    @Override
    public Shape shape() {
      return window.output(input.shape().channels(), input.shape());
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      if (in instanceof Padding padding && pool == Pool.MAXIMUM) {
        Window merged = window.padded(padding);
        // A pool never takes its own padding for the maximum; zeros may be it, unless nothing is
        // below zero anyway.
        if (merged.suitsPool() && padding.isNonNegative()) {
          return new Pooling(name, padding.input(), pool, merged, countsPadding);
        }
      }
      return new Pooling(name, in, pool, window, countsPadding);
    }

    @Override
    public boolean isNonNegative() {
      return input.isNonNegative();
    }

    @Override
    public void write(NetworkWriter writer) {
      List<AttributeProto> attributes = new ArrayList<>(Arrays.asList(window.attributes()));
      attributes.add(attribute("kernel_shape", window.rows().kernel(), window.columns().kernel()));
      if (pool == Pool.AVERAGE) {
        attributes.removeIf(attribute -> attribute.getName().equals("dilations"));
        attributes.add(attribute("count_include_pad", countsPadding ? 1L : 0L));
      }
      writer.node(pool.onnx + "Pool", this, List.of(), attributes.toArray(AttributeProto[]::new));
    }
  }

  /** A pool over the whole map; {@code flat} drops the two axes of length one. */
  record GlobalPooling(String name, Operation input, Pool pool, boolean flat) implements OfOne {
    @Override
    public Shape shape() {
      int channels = input.shape().channels();
      return flat ? Shape.vector(channels) : Shape.map(channels, 1, 1);
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new GlobalPooling(name, in, pool, flat);
    }

    @Override
    public void write(NetworkWriter writer) {
      String type = "Global" + pool.onnx + "Pool";
      if (flat) {
        String result = writer.name(this);
        String map = writer.graph().node(type, "map/" + result, writer.names(inputs()));
        writer.graph().node("Flatten", result, List.of(map), attribute("axis", 1L));
      } else {
        writer.node(type, this, List.of());
      }
    }
  }

  /** Zeros around a map. */
  record Padding(String name, Operation input, int top, int bottom, int left, int right)
      implements OfOne {
    @Override
    public Shape shape() {
      Shape in = input.shape();
      return Shape.map(in.channels(), in.rows() + top + bottom, in.columns() + left + right);
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new Padding(name, in, top, bottom, left, right);
    }

    @Override
    public boolean isNonNegative() {
      return input.isNonNegative();
    }

    @Override
    public void write(NetworkWriter writer) {
      String pads =
          writer
              .graph()
              .integers(writer.weightName(this, "pads"), 0, 0, top, left, 0, 0, bottom, right);
      writer.node("Pad", this, List.of(pads));
    }
  }

  /** Batch normalisation with the statistics of training, one value a channel each. */
  record Normalization(
      String name,
      Operation input,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor variance,
      double epsilon)
      implements OfOne {
    @Override
    public Shape shape() {
      return input.shape();
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      Optional<Operation> folded =
          alone
              ? in.scaled(
                  ChannelScaling.of(
                      gamma.values(), beta.values(), mean.values(), variance.values(), epsilon))
              : Optional.empty();
      return folded.orElseGet(
          () -> new Normalization(name, in, gamma, beta, mean, variance, epsilon));
    }

    @Override
    public void write(NetworkWriter writer) {
      List<String> statistics =
          List.of(
              writer.constant(this, "gamma", gamma),
              writer.constant(this, "beta", beta),
              writer.constant(this, "mean", mean),
              writer.constant(this, "variance", variance));
      writer.node("BatchNormalization", this, statistics, attribute("epsilon", (float) epsilon));
    }
  }

  /** {@code alpha} is the slope below zero of a leaky ReLU. */
  record Activation(String name, Operation input, Function function, double alpha)
      implements OfOne {
    @Override
    public Shape shape() {
      return input.shape();
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new Activation(name, in, function, alpha);
    }

    @Override
    public boolean isNonNegative() {
      return function.nonNegative;
    }

    @Override
    public void write(NetworkWriter writer) {
      switch (function) {
        case LEAKY_RELU ->
            writer.node(function.onnx, this, List.of(), attribute("alpha", (float) alpha));
        case SOFTMAX -> writer.node(function.onnx, this, List.of(), attribute("axis", 1L));
        case RELU, SIGMOID, TANH -> writer.node(function.onnx, this, List.of());
        case RELU6 -> {
          OnnxGraph graph = writer.graph();
          String least = graph.scalar(writer.weightName(this, "min"), 0);
          String most = graph.scalar(writer.weightName(this, "max"), 6);
          writer.node(function.onnx, this, List.of(least, most));
        }
        case SWISH -> {
          String in = writer.name(input);
          String result = writer.name(this);
          String gate = writer.graph().node(function.onnx, "gate/" + result, List.of(in));
          writer.graph().node("Mul", result, List.of(in, gate));
        }
      }
    }
  }

  /** A map as a vector, in the order {@code [channel, row, column]}. */
  record Flatten(String name, Operation input) implements OfOne {
    @Override
    public Shape shape() {
      return Shape.vector(input.shape().elements());
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new Flatten(name, in);
    }

    @Override
    public void write(NetworkWriter writer) {
      writer.node("Flatten", this, List.of(), attribute("axis", 1L));
    }
  }

  /** Weights {@code [in, out]}, bias {@code [out]}. */
  record Dense(String name, Operation input, Tensor weights, Tensor bias) implements OfOne {
    @Override
    public Shape shape() {
      return Shape.vector(weights.dimension(1));
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new Dense(name, in, weights, bias);
    }

    @Override
    public Optional<Operation> scaled(ChannelScaling scaling) {
      int units = weights.dimension(1);
      return Optional.of(
          new Dense(
              name,
              input,
              weights.with(scaling.weights(weights.values(), i -> i % units)),
              bias.with(scaling.bias(bias.values()))));
    }

    @Override
    public void write(NetworkWriter writer) {
      String w = writer.weights(this);
      String b = writer.constant(this, "B", bias);
      writer.node("Gemm", this, List.of(w, b));
    }
  }

  /** A map without rows and columns at its border. */
  record Cropping(String name, Operation input, int top, int bottom, int left, int right)
      implements OfOne {
    @Override
    public Shape shape() {
      Shape in = input.shape();
      return Shape.map(in.channels(), in.rows() - top - bottom, in.columns() - left - right);
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      if (in instanceof Padding padding
          && top >= padding.top()
          && left >= padding.left()
          && padding.bottom() + padding.right() == 0) {
        return new Cropping(
            name, padding.input(), top - padding.top(), bottom, left - padding.left(), right);
      }
      return new Cropping(name, in, top, bottom, left, right);
    }

    @Override
    public boolean isNonNegative() {
      return input.isNonNegative();
    }

    @Override
    public void write(NetworkWriter writer) {
      OnnxGraph graph = writer.graph();
      Shape in = input.shape();
      String starts = graph.integers(writer.weightName(this, "starts"), top, left);
      String ends =
          graph.integers(writer.weightName(this, "ends"), in.rows() - bottom, in.columns() - right);
      String axes = graph.integers(writer.weightName(this, "axes"), 2, 3);
      writer.node("Slice", this, List.of(starts, ends, axes));
    }
  }

  /** A map of which each channel is multiplied by one value of another map. */
  record Product(String name, Operation map, Operation factors) implements Operation {
    @Override
    public Shape shape() {
      return map.shape();
    }

    @Override
    public List<Operation> inputs() {
      return List.of(map, factors);
    }

    @Override
    public Operation simplified(List<Operation> in, boolean alone) {
      return new Product(name, in.get(0), in.get(1));
    }

    @Override
    public void write(NetworkWriter writer) {
      writer.node("Mul", this, List.of());
    }
  }

  /** Element-wise sum of inputs of one shape. */
  record Sum(String name, List<Operation> inputs) implements Operation {
    @Override
    public Shape shape() {
      return inputs.get(0).shape();
    }

    @Override
    public Operation simplified(List<Operation> in, boolean alone) {
      return new Sum(name, List.copyOf(in));
    }

    @Override
    public void write(NetworkWriter writer) {
      // Two by two, for the runtime fuses a convolution with an Add of two.
      List<String> names = writer.names(inputs);
      String result = writer.name(this);
      String sum = names.get(0);
      for (int i = 1; i < names.size(); i++) {
        String to = i == names.size() - 1 ? result : "sum" + i + "/" + result;
        sum = writer.graph().node("Add", to, List.of(sum, names.get(i)));
      }
    }
  }

  /**
   * Channels of all inputs, one after the other. The shape is kept: in a DenseNet every map reaches
   * every later one by very many paths, all of which asking for it anew would take.
   */
  record Concatenation(String name, List<Operation> inputs, Shape shape) implements Operation {
    Concatenation(String name, List<Operation> inputs) {
      this(name, inputs, shape(inputs));
    }

    private static Shape shape(List<Operation> inputs) {
      Shape first = inputs.get(0).shape();
      int channels = inputs.stream().mapToInt(input -> input.shape().channels()).sum();
      return new Shape(channels, first.rows(), first.columns(), first.flat());
    }

    @Override
    public Operation simplified(List<Operation> in, boolean alone) {
      return new Concatenation(name, List.copyOf(in));
    }

    @Override
    public void write(NetworkWriter writer) {
      writer.node("Concat", this, List.of(), attribute("axis", 1L));
    }
  }

  /** A map whose means are the moments of the channels below: {@link LayerDescription.Moments}. */
  record Moments(String name, Operation input, @Nullable LungAttention attention) implements OfOne {
    private static final String CELLS = "cells/";

    /** The name of what each cell counts, where they differ: {@code [N, 1, rows, columns]}. */
    Optional<String> cells(NetworkWriter writer) {
      return attention == null ? Optional.empty() : Optional.of(CELLS + writer.name(this));
    }

    @Override
    public Shape shape() {
      Shape in = input.shape();
      return Shape.map(2 * in.channels(), in.rows(), in.columns());
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new Moments(name, in, attention);
    }

    @Override
    public void write(NetworkWriter writer) {
      OnnxGraph graph = writer.graph();
      String to = writer.name(this);
      String map = writer.name(input);
      String cells = attention == null ? "" : cells(writer, attention, map, to);
      String values = weighted(graph, "values/" + to, map, cells);
      String means = graph.node("GlobalAveragePool", "means/" + to, List.of(values));
      String distances = graph.node("Sub", "distances/" + to, List.of(map, means));
      String squares = graph.node("Mul", "squares/" + to, List.of(distances, distances));
      squares = weighted(graph, "weighted/" + to, squares, cells);
      String variances = graph.node("GlobalAveragePool", "variances/" + to, List.of(squares));
      String epsilon =
          graph.scalar(
              writer.weightName(this, "epsilon"), (float) LayerDescription.Moments.EPSILON);
      String sums = graph.node("Add", "sums/" + to, List.of(variances, epsilon));
      String deviations = graph.node("Sqrt", "deviations/" + to, List.of(sums));
      String shares = graph.node("Div", "shares/" + to, List.of(squares, deviations));
      graph.node("Concat", to, List.of(values, shares), attribute("axis", 1L));
    }

    private static String weighted(OnnxGraph graph, String name, String map, String cells) {
      return cells.isEmpty() ? map : graph.node("Mul", name, List.of(map, cells));
    }

    /** What each cell counts, 1 on average: {@code [N, 1, rows, columns]}. */
    private String cells(NetworkWriter writer, LungAttention lungs, String map, String to) {
      OnnxGraph graph = writer.graph();
      int channels = input.shape().channels();
      String kernel =
          graph.exactConstant(
              writer.weightName(this, "channels"), lungs.channels(), 1, channels, 1, 1);
      String places =
          graph.exactConstant(
              writer.weightName(this, "places"),
              lungs.places(),
              1,
              1,
              lungs.rows(),
              lungs.columns());
      String scores = graph.node("Conv", "scores/" + to, List.of(map, kernel));
      String placed = graph.node("Add", "placed/" + to, List.of(scores, places));
      String likely = graph.node("Sigmoid", "lungs/" + to, List.of(placed));
      String mean = graph.node("GlobalAveragePool", "share/" + to, List.of(likely));
      return graph.node("Div", CELLS + to, List.of(likely, mean));
    }
  }

  /** A vector less its means over the training images, so that 0 is the average image. */
  record Centering(String name, Operation input, Tensor means) implements OfOne {
    @Override
    public Shape shape() {
      return input.shape();
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new Centering(name, in, means);
    }

    @Override
    public void write(NetworkWriter writer) {
      String centre =
          writer
              .graph()
              .exactConstant(
                  writer.weightName(this, "means"), means.values(), 1, means.values().length);
      writer.node("Sub", this, List.of(centre));
    }
  }

  /** A part of another's graph, from images to a map or a vector, as it is. */
  record OnnxSubgraph(
      String name, Operation input, EmbeddedGraph graph, boolean channelsLast, Value value)
      implements OfOne {
    /**
     * What it gives.
     *
     * @param shape channels first
     * @param axes how many axes it has in the graph: 2 or 4
     * @param channelsLast whether channels come after rows and columns there
     */
    record Value(Shape shape, int axes, boolean channelsLast) {}

    @Override
    public Shape shape() {
      return value.shape();
    }

    @Override
    public Operation simplified(Operation in, boolean alone) {
      return new OnnxSubgraph(name, in, graph, channelsLast, value);
    }

    @Override
    public void write(NetworkWriter writer) {
      String images = writer.name(input);
      String to = writer.name(this);
      OnnxGraph of = writer.graph();
      if (channelsLast) {
        AttributeProto order = attribute("perm", 0, 2, 3, 1);
        images = of.node("Transpose", "images/" + to, List.of(images), order);
      }
      if (value.channelsLast()) {
        graph.write(of, images, "map/" + to);
        of.node("Transpose", to, List.of("map/" + to), attribute("perm", 0, 3, 1, 2));
      } else if (value.axes() == 4 && value.shape().flat()) {
        graph.write(of, images, "map/" + to);
        of.node("Flatten", to, List.of("map/" + to), attribute("axis", 1L));
      } else {
        graph.write(of, images, to);
      }
    }
  }
}
