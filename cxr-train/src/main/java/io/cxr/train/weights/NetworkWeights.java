package io.cxr.train.weights;

import io.cxr.error.ModelFormatException;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerWeight;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The weights of a network, layer by layer, in Keras' order of axes. Immutable and thread-safe.
 *
 * <p>Layers are found in a Keras file by their names. Where Keras generates names, such as {@code
 * conv2d_12}, the file's numbers depend on what else was built in the same process; there the
 * layers of a kind are taken in the order of their numbers.
 */
public final class NetworkWeights {
  private final Map<String, Map<String, float[]>> layers;

  private NetworkWeights(Map<String, Map<String, float[]>> layers) {
    this.layers = layers;
  }

  /**
   * Finds the weights of every layer.
   *
   * @param network the layers
   * @param file the Keras file; it may have more layers, such as a top
   * @return the weights
   * @throws ModelFormatException if a layer is missing or has other weights
   */
  public static NetworkWeights of(NetworkGraph network, KerasWeights file) {
    Map<String, Map<String, float[]>> layers = new HashMap<>();
    Map<String, List<String>> numbered = new HashMap<>();
    for (Node node : network.nodes()) {
      List<LayerWeight> expected = node.weights();
      if (!expected.isEmpty()) {
        String name = node.name();
        if (node.numbered()) {
          String kind = kind(name);
          List<String> found = numbered.computeIfAbsent(kind, key -> numbered(file, key));
          int number = number(name);
          if (number >= found.size()) {
            throw new ModelFormatException(
                file.fileName()
                    + ": expected "
                    + (number + 1)
                    + " layers "
                    + kind
                    + " or more, found "
                    + found.size()
                    + ". Pass the weights of the network that is trained, without top.");
          }
          name = found.get(number);
        }
        layers.put(node.name(), bind(node, name, expected, file));
      }
    }
    return new NetworkWeights(layers);
  }

  /**
   * Random weights, to measure and test with: activations are about 1 at any depth, so that no
   * number overflows or vanishes (after He et al., ICCV 2015).
   *
   * @param network the layers
   * @param seed the seed
   * @param inputSize the root of the mean square of an input value
   * @return the weights
   */
  public static NetworkWeights random(NetworkGraph network, long seed, double inputSize) {
    return new NetworkWeights(RandomWeights.of(network, seed, inputSize));
  }

  private static String kind(String name) {
    return name.replaceFirst("_\\d+$", "");
  }

  private static int number(String name) {
    String kind = kind(name);
    return kind.equals(name) ? 0 : Integer.parseInt(name.substring(kind.length() + 1));
  }

  /** The file's layers of a kind that have weights, by their numbers. */
  private static List<String> numbered(KerasWeights file, String kind) {
    List<String> found = new ArrayList<>();
    for (String name : file.layerNames()) {
      if (name.matches(kind + "(_\\d{1,9})?") && !file.weights(name).isEmpty()) {
        found.add(name);
      }
    }
    found.sort(Comparator.comparingInt(NetworkWeights::number));
    return found;
  }

  private static Map<String, float[]> bind(
      Node node, String name, List<LayerWeight> expected, KerasWeights file) {
    List<KerasTensor> found = file.weights(name);
    Map<String, float[]> values = new LinkedHashMap<>();
    if (node.layer() instanceof Convolution convolution
        && convolution.groups() > 1
        && !found.isEmpty()
        && found.get(0).shape().equals(multiplied(expected.get(0)))) {
      values.put("kernel", grouped(convolution, expected.get(0), found.get(0)));
      return values;
    }
    List<List<Integer>> shapes = found.stream().map(KerasTensor::shape).toList();
    if (!shapes.equals(expected.stream().map(LayerWeight::shape).toList())) {
      throw new ModelFormatException(
          file.fileName()
              + ", layer "
              + name
              + " ("
              + node.layer().keras()
              + "): expected "
              + expected.stream().map(weight -> weight.name() + " " + weight.shape()).toList()
              + ", found "
              + shapes
              + ". Pass the weights of the network that is trained, without top.");
    }
    for (int i = 0; i < expected.size(); i++) {
      values.put(expected.get(i).name(), found.get(i).array());
    }
    return values;
  }

  /** A grouped convolution as Keras Applications wrote it before Keras had groups. */
  private static List<Integer> multiplied(LayerWeight kernel) {
    List<Integer> shape = kernel.shape();
    return List.of(shape.get(0), shape.get(1), shape.get(3), shape.get(2));
  }

  /**
   * Turns the kernel of a depthwise convolution with as many filters a channel as a group has
   * channels {@code [row, column, channel, filter]}, over whose results a fixed convolution sums,
   * into {@code [row, column, channel of the group, out]}.
   */
  private static float[] grouped(Convolution convolution, LayerWeight kernel, KerasTensor found) {
    float[] from = found.array();
    int each = kernel.shape().get(2);
    int filters = convolution.filters();
    int positions = kernel.shape().get(0) * kernel.shape().get(1);
    float[] to = new float[from.length];
    for (int position = 0; position < positions; position++) {
      for (int in = 0; in < each; in++) {
        for (int out = 0; out < filters; out++) {
          int channel = out / each * each + in;
          to[(position * each + in) * filters + out] =
              from[(position * filters + channel) * each + out % each];
        }
      }
    }
    return to;
  }

  /**
   * The values of one weight.
   *
   * @param layer the layer's name in the network
   * @param weight Keras' name of the weight, such as {@code kernel}
   * @return the values, row-major in Keras' order of axes; not to be changed
   * @throws IllegalArgumentException if there is no such weight
   */
  public float[] values(String layer, String weight) {
    float[] values = layers.getOrDefault(layer, Map.of()).get(weight);
    if (values == null) {
      throw new IllegalArgumentException(
          "Weight: expected one of the network, found " + layer + "/" + weight);
    }
    return values;
  }

  /**
   * A convolution's kernel in the order of ONNX and Deeplearning4j: from Keras' {@code [row,
   * column, in, out]} to {@code [out, in, row, column]}.
   *
   * @param node the layer
   * @param weight Keras' name of the kernel
   * @return a new array
   */
  public float[] channelsFirst(Node node, String weight) {
    List<Integer> shape = shape(node, weight);
    int positions = shape.get(0) * shape.get(1);
    int in = shape.get(2);
    int out = shape.get(3);
    float[] from = values(node.name(), weight);
    float[] to = new float[from.length];
    IntStream.range(0, out)
        .parallel()
        .forEach(
            o -> {
              for (int i = 0; i < in; i++) {
                for (int position = 0; position < positions; position++) {
                  to[(o * in + i) * positions + position] = from[(position * in + i) * out + o];
                }
              }
            });
    return to;
  }

  private static List<Integer> shape(Node node, String weight) {
    return node.weights().stream()
        .filter(each -> each.name().equals(weight))
        .findFirst()
        .orElseThrow()
        .shape();
  }

  /**
   * The weights of the same network without batch norm, whose statistics are frozen: it is part of
   * the convolution before it, or a scaling of its own.
   *
   * @param network the layers with batch norm
   * @param folded what {@link NetworkGraph#withoutBatchNorm()} made of them
   * @return the weights of the latter
   */
  public NetworkWeights folded(NetworkGraph network, NetworkGraph folded) {
    Map<String, Map<String, float[]>> changed = new HashMap<>();
    for (Node node : folded.nodes()) {
      if (layers.containsKey(node.name())) {
        changed.put(node.name(), new LinkedHashMap<>(layers.get(node.name())));
      }
    }
    for (Node node : network.nodes()) {
      if (node.layer() instanceof BatchNormalization normalization) {
        fold(node, normalization, folded, changed);
      }
    }
    return new NetworkWeights(changed);
  }

  private void fold(
      Node node,
      BatchNormalization normalization,
      NetworkGraph folded,
      Map<String, Map<String, float[]>> changed) {
    float[] beta = values(node.name(), "beta");
    float[] mean = values(node.name(), "moving_mean");
    float[] variance = values(node.name(), "moving_variance");
    float[] scale = new float[beta.length];
    float[] shift = new float[beta.length];
    for (int c = 0; c < scale.length; c++) {
      double gamma = normalization.scale() ? values(node.name(), "gamma")[c] : 1;
      double factor = gamma / Math.sqrt(variance[c] + normalization.epsilon());
      scale[c] = (float) factor;
      shift[c] = (float) (beta[c] - mean[c] * factor);
    }
    if (folded.contains(node.name())) {
      changed.put(node.name(), new LinkedHashMap<>(Map.of("scale", scale, "shift", shift)));
      return;
    }
    Map<String, float[]> before = Objects.requireNonNull(changed.get(node.inputs().get(0)));
    String name =
        before.keySet().stream()
            .filter(key -> !key.equals("bias"))
            .reduce("", (first, last) -> last);
    float[] kernel = Objects.requireNonNull(before.get(name)).clone();
    for (int i = 0; i < kernel.length; i++) {
      // The last axis of a kernel is its output; a depthwise one has one filter a channel there.
      kernel[i] *= scale[i % scale.length];
    }
    float[] bias = before.getOrDefault("bias", new float[scale.length]).clone();
    for (int c = 0; c < bias.length; c++) {
      bias[c] = bias[c] * scale[c] + shift[c];
    }
    before.put(name, kernel);
    before.put("bias", bias);
  }
}
