package io.cxr.train.network;

import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.AveragePooling;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Concatenate;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Dense;
import io.cxr.train.network.LayerDescription.GlobalAveragePooling;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.Multiply;
import io.cxr.train.network.LayerDescription.Normalization;
import io.cxr.train.network.LayerDescription.Rescaling;
import io.cxr.train.network.NetworkGraph.Node;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * Random weights of any network in the layout of Keras' files. Batch norm's variances are about
 * what arrives there, so that activations neither vanish nor grow through a hundred layers. Layers
 * without weights are left out, for jhdf cannot write their empty lists of names. A grouped
 * convolution is written as in the file of ResNeXt-50, which is older than groups in Keras.
 */
public final class RandomKerasWeights {
  /** How much of a mean square each function passes on, for values about 1. */
  private static final Map<Nonlinearity, Double> PASSED =
      Map.of(
          Nonlinearity.LINEAR, 1.0,
          Nonlinearity.RELU, 0.5,
          Nonlinearity.RELU6, 0.5,
          Nonlinearity.LEAKY_RELU, 0.5,
          Nonlinearity.SIGMOID, 0.3,
          Nonlinearity.TANH, 0.4,
          Nonlinearity.SWISH, 0.36);

  private final SplittableRandom random;

  /** The first number of the names that Keras generates. */
  private final int first;

  /** About the mean square of what each layer gives. */
  private final Map<String, Double> squares = new HashMap<>();

  private RandomKerasWeights(long seed, double inputSquare, int first) {
    this.random = new SplittableRandom(seed);
    this.first = first;
    squares.put(NetworkGraph.INPUT, inputSquare);
  }

  /**
   * Writes a file.
   *
   * @param graph the network
   * @param file the {@code .h5} file
   * @param seed the same file for the same seed
   * @param inputSquare the mean square of the images' values
   */
  public static void write(NetworkGraph graph, Path file, long seed, double inputSquare) {
    write(graph, file, seed, inputSquare, 0);
  }

  /**
   * Writes a file of a network that was not the first of its process.
   *
   * @param graph the network
   * @param file the {@code .h5} file
   * @param seed the same file for the same seed
   * @param inputSquare the mean square of the images' values
   * @param first the first number of the names that Keras generates, such as 8 for {@code conv2d_8}
   */
  public static void write(
      NetworkGraph graph, Path file, long seed, double inputSquare, int first) {
    RandomKerasWeights weights = new RandomKerasWeights(seed, inputSquare, first);
    List<String> layers = new ArrayList<>();
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      Map<String, WritableGroup> groups = new HashMap<>();
      for (Node node : graph.nodes()) {
        if (!node.weights().isEmpty()) {
          String name = weights.fileName(node);
          layers.add(name);
          weights.write(node, name, group(hdf, groups, name), groups);
        }
        weights.squares.put(node.name(), weights.square(node));
      }
      hdf.putAttribute("layer_names", layers.toArray(new String[0]));
    }
  }

  /** A slash in a layer's name, as DenseNet has it, makes a group within a group. */
  private static WritableGroup group(
      WritableGroup root, Map<String, WritableGroup> groups, String path) {
    WritableGroup made = groups.get(path);
    if (made == null) {
      int slash = path.lastIndexOf('/');
      WritableGroup parent = slash < 0 ? root : group(root, groups, path.substring(0, slash));
      made = parent.putGroup(path.substring(slash + 1));
      groups.put(path, made);
    }
    return made;
  }

  private String fileName(Node node) {
    if (!node.numbered() || first == 0) {
      return node.name();
    }
    String kind = node.name().replaceFirst("_\\d+$", "");
    String number = node.name().substring(kind.length());
    return kind + "_" + (first + (number.isEmpty() ? 0 : Integer.parseInt(number.substring(1))));
  }

  private void write(
      Node node, String name, WritableGroup group, Map<String, WritableGroup> groups) {
    List<String> names = new ArrayList<>();
    WritableGroup values = group(group, groups, name + "/" + name);
    for (LayerWeight weight : node.weights()) {
      values.putDataset(weight.name() + ":0", values(node, weight));
      names.add(name + "/" + weight.name() + ":0");
    }
    group.putAttribute("weight_names", names.toArray(new String[0]));
  }

  private Object values(Node node, LayerWeight weight) {
    double arriving = arriving(node);
    boolean normalizes = node.layer() instanceof Normalization;
    return switch (weight.name()) {
      case "kernel", "depthwise_kernel", "pointwise_kernel" -> kernel(node, weight);
      case "bias" -> filled(weight, () -> 0.1 * symmetric());
      case "gamma" -> filled(weight, () -> 1 + 0.2 * symmetric());
      case "beta" -> filled(weight, () -> 0.2 * symmetric());
      case "moving_mean", "mean" -> filled(weight, () -> 0.2 * symmetric() * Math.sqrt(arriving));
      case "moving_variance", "variance" ->
          filled(weight, () -> arriving * (1 + 0.3 * symmetric()));
      // Keras writes a whole number here.
      case "count" -> normalizes ? Long.valueOf(1_281_167) : 0;
      default -> throw new IllegalArgumentException("No values for " + weight);
    };
  }

  /** Uniform, such that a layer with ReLU keeps the mean square (He et al., ICCV 2015). */
  private Object kernel(Node node, LayerWeight weight) {
    List<Integer> shape = weight.shape();
    long fan = weight.elements() / shape.get(shape.size() - 1);
    if (weight.name().equals("depthwise_kernel")) {
      fan = (long) shape.get(0) * shape.get(1);
    }
    double gain = weight.name().equals("kernel") ? gain(node) : 1;
    double limit = Math.sqrt(3 * gain / fan);
    if (node.layer() instanceof Convolution convolution && convolution.groups() > 1) {
      List<Integer> older = List.of(shape.get(0), shape.get(1), shape.get(3), shape.get(2));
      return filled(new LayerWeight("depthwise_kernel", older, true), () -> limit * symmetric());
    }
    return filled(weight, () -> limit * symmetric());
  }

  private static double gain(Node node) {
    Nonlinearity activation = activation(node.layer());
    return activation == Nonlinearity.SIGMOID || activation == Nonlinearity.TANH
        ? 1
        : 1 / PASSED.get(activation);
  }

  private static Nonlinearity activation(LayerDescription layer) {
    if (layer instanceof Convolution convolution) {
      return convolution.activation();
    }
    return layer instanceof Dense dense ? dense.activation() : Nonlinearity.LINEAR;
  }

  private double symmetric() {
    return 2 * random.nextDouble() - 1;
  }

  private static Object filled(LayerWeight weight, DoubleSupplier value) {
    int[] shape = weight.shape().stream().mapToInt(Integer::intValue).toArray();
    Object array = Array.newInstance(float.class, shape);
    fill(array, value);
    return array;
  }

  private static void fill(Object array, DoubleSupplier value) {
    if (array instanceof float[] floats) {
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) value.getAsDouble();
      }
    } else {
      for (Object part : (Object[]) array) {
        fill(part, value);
      }
    }
  }

  private double arriving(Node node) {
    return squares.get(node.inputs().get(0));
  }

  private double square(Node node) {
    LayerDescription layer = node.layer();
    double in = arriving(node);
    if (layer instanceof BatchNormalization || layer instanceof Normalization) {
      return 1;
    } else if (layer instanceof Activation activation) {
      return in * PASSED.get(activation.function());
    } else if (layer instanceof Convolution || layer instanceof Dense) {
      Nonlinearity activation = activation(layer);
      return activation == Nonlinearity.SIGMOID ? 0.3 : in * gain(node) * PASSED.get(activation);
    } else if (layer instanceof Add) {
      return node.inputs().stream().mapToDouble(squares::get).sum();
    } else if (layer instanceof Multiply) {
      return node.inputs().stream().mapToDouble(squares::get).reduce(1, (a, b) -> a * b);
    } else if (layer instanceof Concatenate) {
      return concatenated(node);
    } else if (layer instanceof MaximumPooling) {
      return 2 * in;
    } else if (layer instanceof AveragePooling || layer instanceof GlobalAveragePooling) {
      return in / 2;
    } else if (layer instanceof Rescaling rescaling) {
      double scale = rescaling.scales().stream().mapToDouble(s -> s * s).average().orElse(1);
      double offset = rescaling.offsets().stream().mapToDouble(o -> o * o).average().orElse(0);
      return in * scale + offset;
    }
    return in;
  }

  private double concatenated(Node node) {
    double sum = 0;
    for (int i = 0; i < node.inputs().size(); i++) {
      sum += squares.get(node.inputs().get(i)) * node.shapes().get(i).channels();
    }
    return sum / node.output().channels();
  }
}
