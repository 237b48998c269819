package io.cxr.train.export;

import java.util.List;

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

  /** An activation function. */
  enum Function {
    RELU("Relu"),
    LEAKY_RELU("LeakyRelu"),
    SIGMOID("Sigmoid"),
    TANH("Tanh"),
    SOFTMAX("Softmax");

    private final String onnx;

    Function(String onnx) {
      this.onnx = onnx;
    }

    String onnx() {
      return onnx;
    }
  }

  /** What a pool takes of its window. */
  enum Pool {
    MAXIMUM,
    AVERAGE
  }

  /** The images. */
  record Input(String name, Shape shape) implements Operation {
    @Override
    public List<Operation> inputs() {
      return List.of();
    }
  }

  /** Weights {@code [out, in, row, column]}, bias {@code [out]}. */
  record Convolution(
      String name, Operation input, Window window, Tensor weights, Tensor bias, Shape shape)
      implements Operation {
    Convolution(String name, Operation input, Window window, Tensor weights, Tensor bias) {
      this(name, input, window, weights, bias, window.output(weights.dimension(0), input.shape()));
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }
  }

  /** {@code countsPadding}: whether an average divides by padding, too. */
  record Pooling(String name, Operation input, Pool pool, Window window, boolean countsPadding)
      implements Operation {
    @Override
    public Shape shape() {
      return window.output(input.shape().channels(), input.shape());
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }
  }

  /** A pool over the whole map; {@code flat} drops the two axes of length one. */
  record GlobalPooling(String name, Operation input, Pool pool, boolean flat) implements Operation {
    @Override
    public Shape shape() {
      int channels = input.shape().channels();
      return flat ? Shape.vector(channels) : Shape.map(channels, 1, 1);
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }
  }

  /** Zeros around a map. */
  record Padding(String name, Operation input, int top, int bottom, int left, int right)
      implements Operation {
    @Override
    public Shape shape() {
      Shape in = input.shape();
      return Shape.map(in.channels(), in.rows() + top + bottom, in.columns() + left + right);
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
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
      implements Operation {
    @Override
    public Shape shape() {
      return input.shape();
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }

    double scale(int channel) {
      return gamma.value(channel) / Math.sqrt(variance.value(channel) + epsilon);
    }

    double shift(int channel) {
      return beta.value(channel) - mean.value(channel) * scale(channel);
    }
  }

  /** {@code alpha} is the slope below zero of a leaky ReLU. */
  record Activation(String name, Operation input, Function function, double alpha)
      implements Operation {
    @Override
    public Shape shape() {
      return input.shape();
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }
  }

  /** A map as a vector, in the order {@code [channel, row, column]}. */
  record Flatten(String name, Operation input) implements Operation {
    @Override
    public Shape shape() {
      return Shape.vector(input.shape().elements());
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }
  }

  /** Weights {@code [in, out]}, bias {@code [out]}. */
  record Dense(String name, Operation input, Tensor weights, Tensor bias) implements Operation {
    @Override
    public Shape shape() {
      return Shape.vector(weights.dimension(1));
    }

    @Override
    public List<Operation> inputs() {
      return List.of(input);
    }
  }

  /** Element-wise sum of inputs of one shape. */
  record Sum(String name, List<Operation> inputs) implements Operation {
    @Override
    public Shape shape() {
      return inputs.get(0).shape();
    }
  }

  /** Channels of all inputs, one after the other. */
  record Concatenation(String name, List<Operation> inputs) implements Operation {
    @Override
    public Shape shape() {
      Shape first = inputs.get(0).shape();
      int channels = inputs.stream().mapToInt(input -> input.shape().channels()).sum();
      return new Shape(channels, first.rows(), first.columns(), first.flat());
    }
  }
}
