package io.cxr.train.export;

import io.cxr.error.ModelFormatException;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import io.cxr.train.weights.KerasWeights;
import io.cxr.train.weights.NetworkWeights;
import java.util.Map;
import java.util.Objects;

/**
 * The frozen part of a network with its weights, from images to its last map. It runs on ONNX
 * Runtime and never enters Deeplearning4j. Immutable and thread-safe.
 */
public final class FrozenBase {
  private final Operation map;

  private FrozenBase(Operation map) {
    this.map = map;
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
    Map<String, Operation> operations = NetworkLowering.lower(network, weights);
    return new FrozenBase(Objects.requireNonNull(operations.get(network.output())));
  }

  /**
   * The shape of its last map for one image.
   *
   * @return channels first
   */
  public Shape map() {
    return map.shape();
  }

  /**
   * An ONNX graph that computes features: {@code input} {@code [N, channels, rows, columns]} to
   * {@code features}, the last map {@code [N, C, h, w]} or the means of its channels {@code [N, C,
   * 1, 1]}. It is no model for a classifier.
   *
   * @param pooling whether the map is averaged
   * @return the bytes of an ONNX file
   */
  public byte[] features(Pooling pooling) {
    Operation features =
        pooling == Pooling.GLOBAL_AVERAGE
            ? new Operation.GlobalPooling("features", map, Operation.Pool.AVERAGE, false)
            : map;
    return OnnxExporter.features(features);
  }

  /** The last map. */
  Operation operation() {
    return map;
  }
}
