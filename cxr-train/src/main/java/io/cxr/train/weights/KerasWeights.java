package io.cxr.train.weights;

import io.cxr.error.ModelFormatException;
import io.cxr.file.Sha256;
import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.exceptions.HdfException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a Keras network, from its HDF5 file ({@code .h5}), read whole. Immutable and
 * thread-safe.
 *
 * <p>The file's attributes {@code layer_names} and {@code weight_names} give layers and weights in
 * order, as Keras reads them; data set names differ between versions and are not relied upon. A
 * file of a whole model keeps them in the group {@code model_weights}. Keras 3 writes this layout
 * with {@code model.save("NAME.h5")} alone; its {@code .weights.h5} and {@code .keras} are refused.
 */
public final class KerasWeights {
  /** Keras 3 still writes the older layout under this name. */
  private static final String WITH_KERAS =
      " and save it again with model.save(\"NAME.h5\"), or take the .h5 file that Keras"
          + " Applications download.";

  private final String fileName;
  private final String sha256;
  private final Map<String, List<KerasTensor>> layers;

  private KerasWeights(String fileName, String sha256, Map<String, List<KerasTensor>> layers) {
    this.fileName = fileName;
    this.sha256 = sha256;
    this.layers = Collections.unmodifiableMap(layers);
  }

  /**
   * Reads a file.
   *
   * @param file the {@code .h5} file
   * @return its weights
   * @throws IOException if the file is missing, a folder or unreadable
   * @throws ModelFormatException if it is not HDF5, damaged, or not of Keras 2's layout
   */
  public static KerasWeights read(Path file) throws IOException {
    if (Files.notExists(file)) {
      throw new NoSuchFileException(file.toString(), null, "expected Keras weights (.h5)");
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": expected a file of Keras weights (.h5), found a folder");
    }
    String name = String.valueOf(file.getFileName());
    requireHdf5(file, name);
    String sha256 = Sha256.hex(file);
    try (HdfFile hdf = new HdfFile(file)) {
      requireKeras2(hdf, name);
      Node whole = hdf.getChildren().get("model_weights");
      Group root = whole instanceof Group group ? group : hdf;
      Map<String, List<KerasTensor>> layers = new LinkedHashMap<>();
      for (String layer : names(root, "layer_names", name)) {
        if (!(find(root, layer) instanceof Group group)) {
          throw new ModelFormatException(
              name + ": expected a group for the layer " + layer + ", found none");
        }
        List<KerasTensor> tensors = new ArrayList<>();
        for (String weight : names(group, "weight_names", name)) {
          tensors.add(tensor(group.getByPath(weight), name + ", layer " + layer));
        }
        layers.put(layer, Collections.unmodifiableList(tensors));
      }
      return new KerasWeights(name, sha256, layers);
    } catch (ModelFormatException e) {
      throw e;
    } catch (HdfException
        | IllegalArgumentException
        | UnsupportedOperationException
        | IndexOutOfBoundsException
        | NegativeArraySizeException
        | ClassCastException
        | NullPointerException
        | java.nio.BufferUnderflowException
        | ArithmeticException e) {
      throw new ModelFormatException(
          name
              + ": expected Keras weights in an HDF5 file (.h5), found one that cannot be read ("
              + e.getClass().getSimpleName()
              + "). Download the file again and compare its size.",
          e);
    }
  }

  /** Names what is often found in the place of weights. */
  private static void requireHdf5(Path file, String name) throws IOException {
    byte[] start;
    try (InputStream stream = Files.newInputStream(file)) {
      start = stream.readNBytes(64);
    }
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.startsWith("PK\3\4")) {
      throw new ModelFormatException(
          name
              + ": expected weights as Keras 2 writes them (.h5), found a ZIP archive, as Keras 3"
              + " writes models (.keras). "
              + "Open it in Keras with keras.models.load_model"
              + WITH_KERAS);
    }
    String instead =
        text.startsWith("version https://git-lfs")
            ? "a pointer of Git LFS: run git lfs pull"
            : text.stripLeading().startsWith("<") ? "a web page: download the file itself" : "";
    if (!instead.isEmpty()) {
      throw new ModelFormatException(
          name + ": expected Keras weights in an HDF5 file (.h5), found " + instead + ".");
    }
  }

  /** Keras 3 names no layers: it numbers them by their class, and their weights as well. */
  private static void requireKeras2(HdfFile hdf, String name) {
    Map<String, Node> children = hdf.getChildren();
    if (hdf.getAttribute("layer_names") == null
        && (children.containsKey("_layer_checkpoint_dependencies")
            || (children.get("layers") instanceof Group && children.containsKey("vars")))) {
      throw new ModelFormatException(
          name
              + ": expected weights as Keras 2 writes them (.h5, with the attribute layer_names),"
              + " found those of Keras 3 (.weights.h5). Load them into their network in Keras with"
              + " load_weights"
              + WITH_KERAS);
    }
  }

  private static List<String> names(Group group, String attribute, String file) {
    List<String> names = new ArrayList<>();
    Attribute whole = group.getAttribute(attribute);
    if (whole != null) {
      addNames(whole, names);
    } else {
      // Keras splits attributes of more than 64 KB into NAME0, NAME1 and so on.
      for (int i = 0; group.getAttribute(attribute + i) != null; i++) {
        addNames(group.getAttribute(attribute + i), names);
      }
      if (names.isEmpty()) {
        throw new ModelFormatException(
            file
                + ": expected the attribute "
                + attribute
                + " that Keras writes, found none in "
                + group.getPath()
                + ". Pass a weights file of Keras (.h5), not another HDF5 file.");
      }
    }
    return names;
  }

  private static void addNames(Attribute attribute, List<String> names) {
    if (attribute.isEmpty()) {
      return;
    }
    Object data = attribute.getData();
    if (data instanceof String[] several) {
      names.addAll(Arrays.asList(several));
    } else if (data instanceof String one) {
      names.add(one);
    } else if (data instanceof float[] || data instanceof double[]) {
      // An empty list is written as an empty array of numbers.
      return;
    } else {
      throw new ModelFormatException(
          "Attribute " + attribute.getName() + ": expected names, found " + data.getClass());
    }
  }

  /** A slash in a layer's name, as DenseNet has it, is a group within a group. */
  private static @Nullable Node find(Group root, String path) {
    Node node = root;
    for (String name : path.split("/", -1)) {
      node = node instanceof Group group ? group.getChild(name) : null;
    }
    return node;
  }

  private static KerasTensor tensor(Node node, String where) {
    if (!(node instanceof Dataset dataset)) {
      throw new ModelFormatException(
          where + ": expected a data set at " + node.getPath() + ", found a group");
    }
    Object flat = dataset.getDataFlat();
    if (flat instanceof float[] floats) {
      return new KerasTensor(dataset.getDimensions(), floats);
    }
    // A single number is no array; the count of Keras' Normalization is a whole one.
    int size = flat.getClass().isArray() ? Array.getLength(flat) : 1;
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      if (!((flat.getClass().isArray() ? Array.get(flat, i) : flat) instanceof Number number)) {
        throw new ModelFormatException(
            where + ": expected numbers, found " + dataset.getJavaType());
      }
      values[i] = number.floatValue();
    }
    return new KerasTensor(dataset.getDimensions(), values);
  }

  /**
   * The layers, in the file's order; those without weights too.
   *
   * @return their names
   */
  public List<String> layerNames() {
    return List.copyOf(layers.keySet());
  }

  String fileName() {
    return fileName;
  }

  /**
   * SHA-256 of the file.
   *
   * @return 64 lower-case hexadecimal digits
   */
  public String sha256() {
    return sha256;
  }

  /**
   * How many numbers there are.
   *
   * @return the sum over all layers
   */
  public long parameters() {
    return layers.values().stream()
        .flatMap(List::stream)
        .mapToLong(tensor -> tensor.values().remaining())
        .sum();
  }

  /**
   * The weights of one layer, in the file's order.
   *
   * @param layer the layer's name
   * @return its tensors; none for a layer without weights
   * @throws ModelFormatException if the file has no such layer
   */
  public List<KerasTensor> weights(String layer) {
    List<KerasTensor> weights = layers.get(layer);
    if (weights == null) {
      throw new ModelFormatException(
          fileName
              + ": expected the layer "
              + layer
              + ", found "
              + layers.keySet().stream().limit(5).toList()
              + (layers.size() > 5 ? " and " + (layers.size() - 5) + " more" : "")
              + ". Pass the weights of the network that is trained, without top.");
    }
    return weights;
  }
}
