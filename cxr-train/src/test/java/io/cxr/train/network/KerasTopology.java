package io.cxr.train.network;

import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.AveragePooling;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Concatenate;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Cropping;
import io.cxr.train.network.LayerDescription.Dense;
import io.cxr.train.network.LayerDescription.DepthwiseConvolution;
import io.cxr.train.network.LayerDescription.Dropout;
import io.cxr.train.network.LayerDescription.GlobalAveragePooling;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.Rescaling;
import io.cxr.train.network.LayerDescription.SeparableConvolution;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.NetworkGraph.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** A network's topology as Keras' {@code Model.to_json} writes it, channels last. */
final class KerasTopology {
  /** Initial values take time to draw and are replaced by the file's. */
  private static final Map<String, Object> ZEROS =
      Map.of("class_name", "Zeros", "config", Map.of());

  private KerasTopology() {}

  /**
   * Writes a topology.
   *
   * @param graph the network
   * @return JSON
   */
  static String json(NetworkGraph graph) {
    List<Object> layers = new ArrayList<>();
    Shape input = graph.input();
    Map<String, Object> images = named(NetworkGraph.INPUT);
    images.put("batch_input_shape", shape(input));
    layers.add(layer("InputLayer", images, List.of()));
    for (Node node : graph.nodes()) {
      layers.add(layer(node.layer().keras(), config(node), node.inputs()));
    }
    Map<String, Object> network = named("network");
    network.put("layers", layers);
    network.put("input_layers", List.of(List.of(NetworkGraph.INPUT, 0, 0)));
    network.put("output_layers", List.of(List.of(graph.output(), 0, 0)));
    return JsonMapper.shared()
        .writeValueAsString(Map.of("class_name", "Functional", "config", network));
  }

  /** Without the batch's size, which is null. */
  private static List<Object> shape(Shape input) {
    List<Object> shape = new ArrayList<>();
    shape.add(null);
    shape.addAll(List.of(input.rows(), input.columns(), input.channels()));
    return shape;
  }

  private static Map<String, Object> layer(
      String kind, Map<String, Object> config, List<String> inputs) {
    List<Object> tensors = new ArrayList<>();
    inputs.forEach(input -> tensors.add(List.of(input, 0, 0, Map.of())));
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("class_name", kind);
    layer.put("config", config);
    layer.put("name", config.get("name"));
    layer.put("inbound_nodes", tensors.isEmpty() ? List.of() : List.of(tensors));
    return layer;
  }

  private static Map<String, Object> named(String name) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", name);
    config.put("dtype", "float32");
    return config;
  }

  private static Map<String, Object> config(Node node) {
    Map<String, Object> config = named(node.name());
    LayerDescription layer = node.layer();
    if (layer instanceof Convolution convolution) {
      config.put("filters", convolution.filters());
      slide(config, "kernel_size", convolution.window());
      config.put("groups", convolution.groups());
      config.put("use_bias", convolution.bias());
      config.put("activation", convolution.activation().keras());
      config.put("kernel_initializer", ZEROS);
    } else if (layer instanceof DepthwiseConvolution convolution) {
      slide(config, "kernel_size", convolution.window());
      config.put("depth_multiplier", 1);
      config.put("use_bias", convolution.bias());
      config.put("depthwise_initializer", ZEROS);
    } else if (layer instanceof SeparableConvolution convolution) {
      config.put("filters", convolution.filters());
      slide(config, "kernel_size", convolution.window());
      config.put("depth_multiplier", 1);
      config.put("use_bias", convolution.bias());
      config.put("depthwise_initializer", ZEROS);
      config.put("pointwise_initializer", ZEROS);
    } else if (layer instanceof BatchNormalization norm) {
      config.put("axis", 3);
      config.put("epsilon", norm.epsilon());
      config.put("center", true);
      config.put("scale", norm.scale());
    } else if (layer instanceof MaximumPooling pooling) {
      slide(config, "pool_size", pooling.window());
    } else if (layer instanceof AveragePooling pooling) {
      slide(config, "pool_size", pooling.window());
    } else if (layer instanceof Dense dense) {
      config.put("units", dense.units());
      config.put("activation", dense.activation().keras());
      config.put("kernel_initializer", ZEROS);
    } else {
      putRest(config, layer);
    }
    return config;
  }

  private static void putRest(Map<String, Object> config, LayerDescription layer) {
    if (layer instanceof Activation activation) {
      switch (layer.keras()) {
        case "ReLU" -> config.put("max_value", 6.0);
        case "LeakyReLU" -> config.put("alpha", Nonlinearity.LEAKY_SLOPE);
        default -> config.put("activation", activation.function().keras());
      }
    } else if (layer instanceof ZeroPadding padding) {
      config.put(
          "padding",
          List.of(
              List.of(padding.top(), padding.bottom()), List.of(padding.left(), padding.right())));
    } else if (layer instanceof Cropping cropping) {
      config.put(
          "cropping",
          List.of(
              List.of(cropping.top(), cropping.bottom()),
              List.of(cropping.left(), cropping.right())));
    } else if (layer instanceof GlobalAveragePooling pooling) {
      config.put("keepdims", pooling.keepDimensions());
    } else if (layer instanceof Rescaling rescaling) {
      config.put("scale", rescaling.scales());
      config.put("offset", rescaling.offsets());
    } else if (layer instanceof Concatenate) {
      config.put("axis", -1);
    } else if (layer instanceof Dropout dropout) {
      config.put("rate", dropout.rate());
    }
    // Add, Multiply, Flatten and Normalization have no settings.
  }

  private static void slide(Map<String, Object> config, String size, Window window) {
    config.put(size, List.of(window.rows(), window.columns()));
    config.put("strides", List.of(window.stride(), window.stride()));
    config.put("padding", window.padding().name().toLowerCase(Locale.ROOT));
  }
}
