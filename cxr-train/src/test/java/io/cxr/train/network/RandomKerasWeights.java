package io.cxr.train.network;

import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.weights.NetworkWeights;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.lang.reflect.Array;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@link NetworkWeights#random} in the layout of Keras' files. Layers without weights are left out,
 * for jhdf cannot write their empty lists of names. A grouped convolution is written as in the file
 * of ResNeXt-50, which is older than groups in Keras.
 */
public final class RandomKerasWeights {
  /** Images of ImageNet's training. Keras writes a whole number here. */
  private static final long COUNT = 1_281_167;

  private final NetworkWeights weights;

  /** The first number of the names that Keras generates. */
  private final int first;

  /** Whether data sets have names of their own, as in the official file of VGG-16. */
  private final boolean oldest;

  private RandomKerasWeights(NetworkWeights weights, int first, boolean oldest) {
    this.weights = weights;
    this.first = first;
    this.oldest = oldest;
  }

  /**
   * Writes a file.
   *
   * @param graph the network
   * @param file the {@code .h5} file
   * @param seed the same file for the same seed
   * @param inputSize the root of the mean square of the images' values
   */
  public static void write(NetworkGraph graph, Path file, long seed, double inputSize) {
    write(graph, file, seed, inputSize, 0);
  }

  /**
   * Writes a file of a network that was not the first of its process.
   *
   * @param graph the network
   * @param file the {@code .h5} file
   * @param seed the same file for the same seed
   * @param inputSize the root of the mean square of the images' values
   * @param first the first number of the names that Keras generates, such as 8 for {@code conv2d_8}
   */
  public static void write(NetworkGraph graph, Path file, long seed, double inputSize, int first) {
    NetworkWeights weights = NetworkWeights.random(graph, seed, inputSize);
    new RandomKerasWeights(weights, first, false).write(graph, file);
  }

  /**
   * Writes a file as the official one of VGG-16 is: names of data sets, such as {@code
   * block1_conv1_W_1:0}, that only the attributes tell.
   *
   * @param graph a network of convolutions with bias
   * @param file the {@code .h5} file
   * @param weights what to write
   */
  public static void writeOldest(NetworkGraph graph, Path file, NetworkWeights weights) {
    new RandomKerasWeights(weights, 0, true).write(graph, file);
  }

  private void write(NetworkGraph graph, Path file) {
    List<String> layers = new ArrayList<>();
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      Map<String, WritableGroup> groups = new HashMap<>();
      for (Node node : graph.nodes()) {
        if (!node.weights().isEmpty()) {
          String name = fileName(node);
          layers.add(name);
          write(node, name, group(hdf, groups, name), groups);
        }
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
    WritableGroup within = oldest ? group : group(group, groups, name + "/" + name);
    for (LayerWeight weight : node.weights()) {
      String own =
          oldest
              ? name + (weight.name().equals("bias") ? "_b_1:0" : "_W_1:0")
              : weight.name() + ":0";
      within.putDataset(own, values(node, weight));
      names.add(oldest ? own : name + "/" + own);
    }
    group.putAttribute("weight_names", names.toArray(new String[0]));
  }

  private Object values(Node node, LayerWeight weight) {
    if (weight.name().equals("count")) {
      return COUNT;
    }
    List<Integer> shape = weight.shape();
    if (node.layer() instanceof Convolution convolution && convolution.groups() > 1) {
      shape = List.of(shape.get(0), shape.get(1), shape.get(3), shape.get(2));
    }
    Object array =
        Array.newInstance(float.class, shape.stream().mapToInt(Integer::intValue).toArray());
    fill(array, FloatBuffer.wrap(weights.values(node.name(), weight.name())));
    return array;
  }

  private static void fill(Object array, FloatBuffer values) {
    if (array instanceof float[] floats) {
      values.get(floats);
    } else {
      for (Object part : (Object[]) array) {
        fill(part, values);
      }
    }
  }
}
