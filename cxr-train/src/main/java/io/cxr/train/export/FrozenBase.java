package io.cxr.train.export;

import io.cxr.error.ModelFormatException;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.KerasWeights;
import io.cxr.train.weights.NetworkWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The frozen part of a network with its weights, from images to its last map, or to maps of several
 * scales whose means are used side by side. It runs on ONNX Runtime and never enters
 * Deeplearning4j. Immutable and thread-safe.
 */
public final class FrozenBase {
  /** At least one; the last is the network's last. A vector is alone. */
  private final List<Operation> maps;

  FrozenBase(List<Operation> maps) {
    this.maps = List.copyOf(maps);
  }

  /**
   * A network with the weights of a Keras file.
   *
   * @param network the layers, whose last gives a map
   * @param weights the file; it may have more layers
   * @return the base
   * @throws ModelFormatException if a layer's weights are missing or of another shape
   */
  public static FrozenBase of(NetworkGraph network, KerasWeights weights) {
    return of(network, NetworkWeights.of(network, weights));
  }

  /**
   * A network with weights.
   *
   * @param network the layers, whose last gives a map
   * @param weights their weights
   * @return the base
   */
  public static FrozenBase of(NetworkGraph network, NetworkWeights weights) {
    return of(network, weights, List.of(network.output()));
  }

  /**
   * A network with weights, of which several maps are used.
   *
   * @param network the layers
   * @param weights their weights
   * @param scales the layers that give the maps, at least one
   * @return the base
   * @throws IllegalArgumentException if there is no such layer
   */
  public static FrozenBase of(NetworkGraph network, NetworkWeights weights, List<String> scales) {
    Map<String, Operation> operations = NetworkLowering.lower(network, weights);
    List<Operation> maps = new ArrayList<>();
    for (String layer : scales) {
      maps.add(Objects.requireNonNull(operations.get(network.node(layer).name())));
    }
    return new FrozenBase(maps);
  }

  /**
   * The shape of its last map for one image.
   *
   * @return channels first; a vector where the base gives no map
   */
  public Shape map() {
    return maps.get(maps.size() - 1).shape();
  }

  /**
   * An ONNX graph that computes features: {@code input} {@code [N, channels, rows, columns]} to
   * {@code features}, the last map {@code [N, C, h, w]} or the means of the channels of all maps
   * {@code [N, C, 1, 1]}. It is no model for a classifier.
   *
   * @param pooling whether maps are averaged
   * @return the bytes of an ONNX file
   */
  public byte[] features(Pooling pooling) {
    return OnnxExporter.features(pooling == Pooling.GLOBAL_AVERAGE ? means() : operation());
  }

  /**
   * Whether its features are moments, of which 0 means nothing, so that heatmaps are of what
   * differs from the average image.
   *
   * @return false for the means of a network's own maps
   */
  public boolean givesMoments() {
    return maps.get(0) instanceof Operation.Moments;
  }

  /** The only map. */
  Operation operation() {
    if (maps.size() > 1) {
      throw new IllegalArgumentException(
          "Frozen base: expected one map where it is not averaged, found " + maps.size());
    }
    return maps.get(0);
  }

  /** The means of all channels; a vector as it is. */
  Operation means() {
    List<Operation> means = new ArrayList<>();
    for (Operation map : maps) {
      String name = maps.size() == 1 ? "avg_pool" : "avg_pool/" + means.size();
      means.add(
          map.shape().flat()
              ? map
              : new Operation.GlobalPooling(name, map, Operation.Pool.AVERAGE, true));
    }
    return means.size() == 1 ? means.get(0) : new Operation.Concatenation("scales", means);
  }
}
