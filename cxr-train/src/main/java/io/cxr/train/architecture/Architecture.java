package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A network for chest radiographs: its input, its layers and what its last layer gives. */
public sealed interface Architecture permits FrozenArchitecture, UntrainedArchitecture {

  /** The name of the last layer of every network. */
  String OUTPUT = "predictions";

  /**
   * All architectures: {@code resnet50}, {@code vgg16}, {@code cnn} and {@code local-maxima-cnn} as
   * the 2022 report that this software reproduces built them, {@code compact-resnet50}, {@code
   * darkcovidnet}, and every other {@link Network} under global average pooling and softmax.
   *
   * @return one a name
   */
  static List<Architecture> all() {
    List<Architecture> all =
        new ArrayList<>(
            List.of(
                PretrainedArchitecture.resNet50(),
                PretrainedArchitecture.vgg16(),
                new ReportCnn(),
                new LocalMaximaCnn(),
                PretrainedArchitecture.compactResNet50(),
                new DarkCovidNet()));
    List<String> names = all.stream().map(Architecture::name).toList();
    Network.all().stream()
        .filter(network -> !names.contains(network.name()))
        .map(PretrainedArchitecture::of)
        .forEach(all::add);
    return List.copyOf(all);
  }

  /**
   * The architecture with a name.
   *
   * @param name one of the names of {@link #all()}
   * @return the architecture
   * @throws IllegalArgumentException if there is none of that name
   */
  static Architecture named(String name) {
    List<Architecture> all = all();
    return all.stream()
        .filter(architecture -> architecture.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Architecture: expected one of "
                        + all.stream().map(Architecture::name).toList()
                        + ", found '"
                        + name
                        + "'"));
  }

  /**
   * The name on the command line and in model cards.
   *
   * @return lower case, with hyphens
   */
  String name();

  /**
   * How a radiograph becomes this network's input, in the report or paper that it is from.
   *
   * @return the steps; their shape is the network's input
   */
  PreprocessingSpec preprocessing();

  /**
   * The shape of one sample.
   *
   * @return three channels, channels first
   */
  default InputShape inputShape() {
    return preprocessing().inputShape();
  }

  /**
   * How many images a training step shows by default.
   *
   * @return the batch size of the report or paper
   */
  int batchSize();

  /**
   * Adam's learning rate unless another is asked for.
   *
   * @return above 0
   */
  double learningRate();

  /**
   * What the last layer gives.
   *
   * @param labels how many labels, at least 2
   * @return the activation
   */
  OutputActivation output(int labels);

  /**
   * The layers with their output shapes and parameters.
   *
   * @param labels how many labels, at least 2
   * @return the table that Keras prints for the same network
   */
  NetworkTable summary(int labels);

  /**
   * The layers below the dense layer that gives the answer, and below the flattening or global pool
   * that it is on.
   *
   * @return the graph, which ends with a map or with a hidden layer; empty where the layers are not
   *     described but those of a file
   */
  default Optional<NetworkGraph> withoutTop() {
    return Optional.empty();
  }
}
