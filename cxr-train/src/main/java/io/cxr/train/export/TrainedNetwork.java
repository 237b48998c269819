package io.cxr.train.export;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.train.export.Operation.Activation;
import io.cxr.train.export.Operation.Centering;
import io.cxr.train.export.Operation.Dense;
import io.cxr.train.export.Operation.Flatten;
import io.cxr.train.export.Operation.Function;
import io.cxr.train.export.Operation.Input;
import io.cxr.train.network.Pooling;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * A network with its weights at one moment of training, whatever it was trained with, as {@link
 * OnnxExporter} writes it. Immutable; weights that are trained on may show in it, so make it anew.
 */
public final class TrainedNetwork {
  /** An ONNX file is one Protocol Buffers message, which has at most 2 GiB. */
  private static final long LARGEST = 500_000_000;

  /** From images to the answer. */
  private final Operation output;

  private TrainedNetwork(Operation output) {
    this.output = output;
  }

  /**
   * A network of layers in a row.
   *
   * @param network a trained network, channels first
   * @param input the shape of one image, channels first; Deeplearning4j does not keep it
   * @return the network as it is now
   * @throws IllegalArgumentException if a layer cannot be written; all such layers are named
   */
  public static TrainedNetwork of(MultiLayerNetwork network, InputShape input) {
    checkSize(network.numParams());
    return new TrainedNetwork(NetworkReader.read(network, images(input)));
  }

  /**
   * A graph with one input and one output.
   *
   * @param network a trained network, channels first
   * @param input the shape of one image, channels first; Deeplearning4j does not keep it
   * @return the network as it is now
   * @throws IllegalArgumentException if a layer cannot be written; all such layers are named
   */
  public static TrainedNetwork of(ComputationGraph network, InputShape input) {
    checkSize(network.numParams());
    return new TrainedNetwork(NetworkReader.read(network, images(input)));
  }

  /**
   * A frozen base under layers that were trained on its features.
   *
   * @param base the frozen part
   * @param learner a graph from the base's map, flattened or as it is, to the answer; or from the
   *     means of its channels
   * @param pooling whether the learner takes means
   * @return the whole as it is now
   * @throws IllegalArgumentException if a layer cannot be written; all such layers are named
   */
  public static TrainedNetwork of(FrozenBase base, ComputationGraph learner, Pooling pooling) {
    checkSize(learner.numParams());
    return new TrainedNetwork(
        NetworkReader.read(
            learner, pooling == Pooling.GLOBAL_AVERAGE ? base.means() : base.operation()));
  }

  /**
   * A frozen base under one dense layer.
   *
   * @param base the frozen part
   * @param pooling what the layer takes: means of channels, or the map flattened by {@code
   *     [channel, row, column]}
   * @param weights {@code [features, units]}, row-major
   * @param bias {@code [units]}
   * @param activation softmax, a sigmoid a unit, or none
   * @return the whole
   */
  public static TrainedNetwork of(
      FrozenBase base,
      Pooling pooling,
      float[] weights,
      float[] bias,
      OutputActivation activation) {
    Operation vector =
        pooling == Pooling.GLOBAL_AVERAGE ? base.means() : new Flatten("flatten", base.operation());
    return new TrainedNetwork(headed(vector, weights, bias, activation));
  }

  /**
   * A frozen base under one dense layer on the means of channels, of which the heatmaps show what
   * differs from the average image.
   *
   * @param base the frozen part
   * @param weights {@code [features, units]}, row-major
   * @param bias {@code [units]}, for features as they are
   * @param average the features of the average image
   * @param activation softmax, a sigmoid a unit, or none
   * @return the whole, which answers as {@link #of(FrozenBase, Pooling, float[], float[],
   *     OutputActivation)}
   */
  public static TrainedNetwork centred(
      FrozenBase base,
      float[] weights,
      float[] bias,
      float[] average,
      OutputActivation activation) {
    float[] shifted = new float[bias.length];
    for (int unit = 0; unit < bias.length; unit++) {
      double sum = bias[unit];
      for (int i = 0; i < average.length; i++) {
        sum += (double) weights[i * bias.length + unit] * average[i];
      }
      shifted[unit] = (float) sum;
    }
    Operation vector = new Centering("centred", base.means(), Tensor.of(average, average.length));
    return new TrainedNetwork(headed(vector, weights, shifted, activation));
  }

  private static Operation headed(
      Operation vector, float[] weights, float[] bias, OutputActivation activation) {
    Dense dense =
        new Dense(
            "predictions",
            vector,
            Tensor.of(weights, vector.shape().channels(), bias.length),
            Tensor.of(bias, bias.length));
    return switch (activation) {
      case SOFTMAX -> new Activation("predictions/activation", dense, Function.SOFTMAX, 0);
      case SIGMOID_PER_LABEL, SIGMOID_OF_SECOND_LABEL, SIGMOID ->
          new Activation("predictions/activation", dense, Function.SIGMOID, 0);
      case IDENTITY -> dense;
    };
  }

  private static Operation images(InputShape input) {
    return new Input(OnnxExporter.INPUT, OnnxExporter.shape(input));
  }

  /** From images to the answer, simplified. */
  Operation output() {
    return Simplification.of(output);
  }

  private static void checkSize(long parameters) {
    if (parameters > LARGEST) {
      throw new IllegalArgumentException(
          "Export: expected at most "
              + LARGEST
              + " parameters, as an ONNX file has at most 2 GiB, found "
              + parameters);
    }
  }
}
