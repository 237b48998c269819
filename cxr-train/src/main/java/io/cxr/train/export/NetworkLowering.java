package io.cxr.train.export;

import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Concatenation;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.Function;
import io.cxr.train.export.Operation.GlobalPooling;
import io.cxr.train.export.Operation.Input;
import io.cxr.train.export.Operation.Normalization;
import io.cxr.train.export.Operation.Padding;
import io.cxr.train.export.Operation.Pool;
import io.cxr.train.export.Operation.Pooling;
import io.cxr.train.export.Operation.Product;
import io.cxr.train.export.Operation.Sum;
import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.NetworkWeights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns a network's description and its weights into operations at inference. */
final class NetworkLowering {
  private final NetworkWeights weights;
  private final Map<String, Operation> operations = new HashMap<>();

  private NetworkLowering(NetworkWeights weights) {
    this.weights = weights;
  }

  /** All operations of the network, by the names of its layers. */
  static Map<String, Operation> lower(NetworkGraph network, NetworkWeights weights) {
    NetworkLowering lowering = new NetworkLowering(weights);
    lowering.operations.put(NetworkGraph.INPUT, new Input(OnnxExporter.INPUT, network.input()));
    for (Node node : network.nodes()) {
      List<Operation> inputs = node.inputs().stream().map(lowering::known).toList();
      Operation operation = lowering.operation(node, inputs);
      if (!operation.shape().equals(node.output())) {
        throw new IllegalStateException(
            node.name() + ": " + operation.shape() + ", described as " + node.output());
      }
      lowering.operations.put(node.name(), operation);
    }
    return lowering.operations;
  }

  private Operation known(String name) {
    return Objects.requireNonNull(operations.get(name), name);
  }

  private Operation operation(Node node, List<Operation> inputs) {
    String name = node.name();
    Operation in = inputs.get(0);
    LayerDescription layer = node.layer();
    if (layer instanceof LayerDescription.Convolution convolution) {
      Operation result =
          new Operation.Convolution(
              name,
              in,
              window(convolution.window(), in.shape()),
              kernel(node, "kernel"),
              convolution.bias() ? vector(node, "bias") : zeros(convolution.filters()));
      return activated(name + "/activation", convolution.activation(), result);
    } else if (layer instanceof LayerDescription.DepthwiseConvolution convolution) {
      return new Operation.Convolution(
          name,
          in,
          window(convolution.window(), in.shape()),
          depthwise(node),
          convolution.bias() ? vector(node, "bias") : zeros(in.shape().channels()));
    } else if (layer instanceof LayerDescription.SeparableConvolution convolution) {
      Operation depthwise =
          new Operation.Convolution(
              name + "/depthwise",
              in,
              window(convolution.window(), in.shape()),
              depthwise(node),
              zeros(in.shape().channels()));
      return new Operation.Convolution(
          name,
          depthwise,
          Window.PIXEL,
          kernel(node, "pointwise_kernel"),
          convolution.bias() ? vector(node, "bias") : zeros(convolution.filters()));
    } else if (layer instanceof LayerDescription.BatchNormalization normalization) {
      int channels = in.shape().channels();
      return new Normalization(
          name,
          in,
          normalization.scale() ? vector(node, "gamma") : Tensor.filled(1, channels),
          vector(node, "beta"),
          vector(node, "moving_mean"),
          vector(node, "moving_variance"),
          normalization.epsilon());
    } else if (layer instanceof LayerDescription.Activation activation) {
      return activated(name, activation.function(), in);
    } else if (layer instanceof LayerDescription.MaximumPooling pooling) {
      return new Pooling(name, in, Pool.MAXIMUM, window(pooling.window(), in.shape()), false);
    } else if (layer instanceof LayerDescription.AveragePooling pooling) {
      return new Pooling(name, in, Pool.AVERAGE, window(pooling.window(), in.shape()), false);
    } else if (layer instanceof LayerDescription.UpSampling upSampling) {
      return new Operation.UpSampling(name, in, upSampling.factor());
    } else if (layer instanceof LayerDescription.ZeroPadding padding) {
      return new Padding(
          name, in, padding.top(), padding.bottom(), padding.left(), padding.right());
    } else if (layer instanceof LayerDescription.Cropping cropping) {
      return new Operation.Cropping(
          name, in, cropping.top(), cropping.bottom(), cropping.left(), cropping.right());
    } else if (layer instanceof LayerDescription.GlobalAveragePooling pooling) {
      return new GlobalPooling(name, in, Pool.AVERAGE, !pooling.keepDimensions());
    } else if (layer instanceof LayerDescription.Flatten) {
      return new Flatten(name, in);
    } else if (layer instanceof LayerDescription.Dense dense) {
      int from = in.shape().channels();
      Tensor matrix = Tensor.of(weights.values(name, "kernel"), from, dense.units());
      return activated(
          name + "/activation",
          dense.activation(),
          new Operation.Dense(name, in, matrix, vector(node, "bias")));
    } else if (layer instanceof LayerDescription.Dropout) {
      return in;
    } else if (layer instanceof LayerDescription.Add) {
      return new Sum(name, inputs);
    } else if (layer instanceof LayerDescription.Multiply) {
      return new Product(name, in, inputs.get(1));
    } else if (layer instanceof LayerDescription.Concatenate) {
      return inputs.size() == 1 ? in : new Concatenation(name, inputs);
    } else if (layer instanceof LayerDescription.Moments moments) {
      return new Operation.Moments(name, in, moments.attention());
    } else if (layer instanceof LayerDescription.Rescaling rescaling) {
      int channels = in.shape().channels();
      return scaled(
          name, in, each(rescaling.scales(), channels), each(rescaling.offsets(), channels));
    } else if (layer instanceof LayerDescription.Scaling) {
      return scaled(name, in, weights.values(name, "scale"), weights.values(name, "shift"));
    } else if (layer instanceof LayerDescription.Normalization) {
      int channels = in.shape().channels();
      return new Normalization(
          name,
          in,
          Tensor.filled(1, channels),
          zeros(channels),
          vector(node, "mean"),
          vector(node, "variance"),
          0);
    }
    throw new IllegalArgumentException(
        "Export: cannot write the layer '" + name + "' (" + layer.keras() + ").");
  }

  private static Operation scaled(String name, Operation in, float[] scale, float[] shift) {
    int channels = scale.length;
    return new Normalization(
        name,
        in,
        Tensor.of(scale, channels),
        Tensor.of(shift, channels),
        zeros(channels),
        Tensor.filled(1, channels),
        0);
  }

  private static float[] each(List<Double> values, int channels) {
    float[] each = new float[channels];
    for (int c = 0; c < channels; c++) {
      each[c] = values.get(values.size() == 1 ? 0 : c).floatValue();
    }
    return each;
  }

  static Operation activated(String name, Nonlinearity function, Operation in) {
    return switch (function) {
      case LINEAR -> in;
      case RELU -> new Activation(name, in, Function.RELU, 0);
      case RELU6 -> new Activation(name, in, Function.RELU6, 0);
      case LEAKY_RELU -> new Activation(name, in, Function.LEAKY_RELU, Nonlinearity.LEAKY_SLOPE);
      case SIGMOID -> new Activation(name, in, Function.SIGMOID, 0);
      case TANH -> new Activation(name, in, Function.TANH, 0);
      case SWISH -> new Activation(name, in, Function.SWISH, 0);
      case SOFTMAX -> new Activation(name, in, Function.SOFTMAX, 0);
    };
  }

  private static Window window(io.cxr.train.network.Window window, Shape in) {
    return new Window(
        axis(window, window.rows(), in.rows()), axis(window, window.columns(), in.columns()));
  }

  private static Window.Axis axis(io.cxr.train.network.Window window, int kernel, int size) {
    return new Window.Axis(
        kernel, window.stride(), 1, window.before(kernel, size), window.after(kernel, size));
  }

  private static Tensor zeros(int length) {
    return Tensor.filled(0, length);
  }

  private Tensor vector(Node node, String weight) {
    float[] values = weights.values(node.name(), weight);
    return Tensor.of(values, values.length);
  }

  /** From {@code [row, column, in, out]} to {@code [out, in, row, column]}. */
  private Tensor kernel(Node node, String weight) {
    List<Integer> shape =
        node.weights().stream()
            .filter(each -> each.name().equals(weight))
            .findFirst()
            .orElseThrow()
            .shape();
    return Tensor.of(
        weights.channelsFirst(node, weight),
        shape.get(3),
        shape.get(2),
        shape.get(0),
        shape.get(1));
  }

  private Tensor depthwise(Node node) {
    List<Integer> shape = node.weights().get(0).shape();
    float[] kernel = weights.values(node.name(), "depthwise_kernel");
    return Tensor.of(kernel, shape.get(0), shape.get(1), shape.get(2), shape.get(3))
        .depthwiseChannelsFirst();
  }
}
