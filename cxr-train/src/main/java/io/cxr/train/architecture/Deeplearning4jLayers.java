package io.cxr.train.architecture;

import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Shape;
import io.cxr.train.network.Window;
import io.cxr.train.weights.NetworkWeights;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Turns described layers into those of Deeplearning4j, on oneDNN where it is there. */
final class Deeplearning4jLayers {
  private static final String DEPTHWISE = "_depthwise";

  private Deeplearning4jLayers() {}

  /**
   * Adds a network to a graph. Shapes are the description's: Deeplearning4j need not infer any.
   *
   * @param graph the graph
   * @param network the layers
   * @param input the name of the vertex that gives the network's input
   * @return the name of the vertex that gives its output
   * @throws IllegalArgumentException if Deeplearning4j has no layer that computes one of these
   */
  static String add(GraphBuilder graph, NetworkGraph network, String input) {
    Map<String, String> names = new HashMap<>();
    names.put(NetworkGraph.INPUT, input);
    for (Node node : network.nodes()) {
      String name = node.name();
      String[] inputs =
          node.inputs().stream()
              .map(from -> Objects.requireNonNull(names.get(from), from))
              .toArray(String[]::new);
      names.put(name, name);
      if (node.layer() instanceof LayerDescription.Add) {
        graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), inputs);
      } else if (node.layer() instanceof LayerDescription.Multiply) {
        graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Product), inputs);
      } else if (node.layer() instanceof LayerDescription.Concatenate) {
        graph.addVertex(name, new MergeVertex(), inputs);
      } else if (node.layer() instanceof LayerDescription.SeparableConvolution separable) {
        Shape in = node.shapes().get(0);
        String depthwise = name + DEPTHWISE;
        if (network.contains(depthwise)) {
          throw new IllegalArgumentException(
              "Layers: expected another name than that of the depthwise part of '"
                  + name
                  + "', found '"
                  + depthwise
                  + "'. Rename it in the network.");
        }
        graph.addLayer(depthwise, depthwise(depthwise, separable.window(), in, false), inputs);
        Window pixel = Window.of(1, 1, Window.Padding.VALID);
        Shape between = Shape.map(in.channels(), node.output().rows(), node.output().columns());
        graph.addLayer(
            name,
            convolution(
                name,
                new LayerDescription.Convolution(
                    separable.filters(), pixel, 1, separable.bias(), Nonlinearity.LINEAR),
                between),
            depthwise);
      } else {
        graph.addLayer(name, layer(node), inputs);
      }
    }
    return Objects.requireNonNull(names.get(network.output()));
  }

  /**
   * One layer on one input.
   *
   * @throws IllegalArgumentException if Deeplearning4j has no layer that computes this one
   */
  static Layer layer(Node node) {
    String name = node.name();
    Shape in = node.shapes().get(0);
    LayerDescription layer = node.layer();
    if (layer instanceof LayerDescription.Convolution convolution && convolution.groups() == 1) {
      return convolution(name, convolution, in);
    } else if (layer instanceof LayerDescription.DepthwiseConvolution convolution) {
      return depthwise(name, convolution.window(), in, convolution.bias());
    } else if (layer instanceof LayerDescription.Scaling) {
      return depthwise(name, Window.of(1, 1, Window.Padding.VALID), in, true);
    } else if (layer instanceof LayerDescription.BatchNormalization normalization
        && normalization.scale()) {
      OneDnnBatchNormalization.Builder builder = new OneDnnBatchNormalization.Builder();
      // A moving average of momentum 0.9, as Deeplearning4j and PyTorch have it.
      builder.name(name).nIn(in.channels()).nOut(in.channels()).eps(normalization.epsilon());
      builder.useLogStd(false);
      return builder.build();
    } else if (layer instanceof LayerDescription.Activation activation) {
      return new ActivationLayer.Builder()
          .name(name)
          .activation(function(activation.function()))
          .build();
    } else if (layer instanceof LayerDescription.MaximumPooling pooling) {
      return pooling(name, PoolingType.MAX, pooling.window());
    } else if (layer instanceof LayerDescription.AveragePooling pooling) {
      return pooling(name, PoolingType.AVG, pooling.window());
    } else if (layer instanceof LayerDescription.UpSampling upSampling) {
      return new Upsampling2D.Builder(upSampling.factor()).name(name).build();
    } else if (layer instanceof LayerDescription.ZeroPadding padding) {
      return new ZeroPaddingLayer.Builder(
              padding.top(), padding.bottom(), padding.left(), padding.right())
          .name(name)
          .build();
    } else if (layer instanceof LayerDescription.Cropping cropping) {
      return new Cropping2D(cropping.top(), cropping.bottom(), cropping.left(), cropping.right());
    } else if (layer instanceof LayerDescription.GlobalAveragePooling pooling) {
      return new GlobalPoolingLayer.Builder(PoolingType.AVG)
          .name(name)
          .collapseDimensions(!pooling.keepDimensions())
          .build();
    } else if (layer instanceof LayerDescription.Dropout dropout) {
      // Keras' rate is the share dropped; Deeplearning4j's is the share kept.
      double kept = 1 - dropout.rate();
      return (dropout.samples()
              ? new DropoutLayer.Builder(new SampleDropout(kept))
              : new DropoutLayer.Builder(kept))
          .name(name)
          .build();
    } else if (layer instanceof LayerDescription.Dense dense) {
      return new DenseLayer.Builder()
          .name(name)
          .nIn(in.channels())
          .nOut(dense.units())
          .activation(function(dense.activation()))
          .build();
    }
    throw new IllegalArgumentException(
        "Training: expected layers that Deeplearning4j has, found '"
            + name
            + "' ("
            + layer.keras()
            + (layer instanceof LayerDescription.Convolution ? " with groups" : "")
            + "). Leave more of the base frozen.");
  }

  private static OneDnnConvolution convolution(
      String name, LayerDescription.Convolution convolution, Shape in) {
    Window window = convolution.window();
    OneDnnConvolution.Builder builder =
        new OneDnnConvolution.Builder(window.rows(), window.columns());
    builder
        .name(name)
        .nIn(in.channels())
        .nOut(convolution.filters())
        .stride(window.stride(), window.stride())
        .convolutionMode(mode(window))
        .hasBias(convolution.bias())
        .activation(function(convolution.activation()));
    return builder.build();
  }

  private static DepthwiseConvolution2D depthwise(
      String name, Window window, Shape in, boolean bias) {
    return new DepthwiseConvolution2D.Builder(window.rows(), window.columns())
        .depthMultiplier(1)
        .stride(window.stride(), window.stride())
        .convolutionMode(mode(window))
        .name(name)
        .nIn(in.channels())
        .nOut(in.channels())
        .hasBias(bias)
        .activation(new ActivationIdentity())
        .build();
  }

  private static OneDnnPooling pooling(String name, PoolingType type, Window window) {
    OneDnnPooling.Builder builder = new OneDnnPooling.Builder(type);
    builder
        .name(name)
        .kernelSize(window.rows(), window.columns())
        .stride(window.stride(), window.stride())
        .convolutionMode(mode(window));
    return builder.build();
  }

  /** A kernel of a pixel needs no padding, and Deeplearning4j would take a stride for negative. */
  private static ConvolutionMode mode(Window window) {
    boolean pads = window.padding() == Window.Padding.SAME && window.rows() * window.columns() > 1;
    return pads ? ConvolutionMode.Same : ConvolutionMode.Truncate;
  }

  private static IActivation function(Nonlinearity function) {
    return switch (function) {
      case LINEAR -> new ActivationIdentity();
      case RELU -> new ActivationReLU();
      case RELU6 -> new ActivationReLU6();
      case LEAKY_RELU -> new ActivationLReLU(Nonlinearity.LEAKY_SLOPE);
      case SIGMOID -> new ActivationSigmoid();
      case TANH -> new ActivationTanH();
      case SWISH -> new ActivationSwish();
      case SOFTMAX -> new ActivationSoftmax();
    };
  }

  /**
   * Sets the weights of layers that {@link #add} added.
   *
   * @param network the layers, without batch norm
   * @param weights their weights
   * @param graph an initialised graph with these layers
   */
  static void load(NetworkGraph network, NetworkWeights weights, ComputationGraph graph) {
    for (Node node : network.nodes()) {
      String name = node.name();
      boolean bias = node.weights().stream().anyMatch(weight -> weight.name().equals("bias"));
      if (node.layer() instanceof LayerDescription.Convolution) {
        set(graph, name, "W", weights.channelsFirst(node, "kernel"));
      } else if (node.layer() instanceof LayerDescription.DepthwiseConvolution) {
        // Both keep [row, column, channel, filter].
        set(graph, name, "W", weights.values(name, "depthwise_kernel"));
      } else if (node.layer() instanceof LayerDescription.SeparableConvolution) {
        set(graph, name + DEPTHWISE, "W", weights.values(name, "depthwise_kernel"));
        set(graph, name, "W", weights.channelsFirst(node, "pointwise_kernel"));
      } else if (node.layer() instanceof LayerDescription.Scaling) {
        set(graph, name, "W", weights.values(name, "scale"));
        set(graph, name, "b", weights.values(name, "shift"));
      }
      if (bias) {
        set(graph, name, "b", weights.values(name, "bias"));
      }
    }
  }

  private static void set(ComputationGraph graph, String layer, String parameter, float[] values) {
    INDArray target = graph.getLayer(layer).getParam(parameter);
    if (target.length() != values.length) {
      throw new IllegalStateException(
          layer + "." + parameter + ": " + target.length() + " values, not " + values.length);
    }
    target.assign(Nd4j.createFromArray(values).reshape('c', target.shape()));
  }
}
