package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import java.util.List;

/** A network for chest radiographs: its input, its layers and what its last layer gives. */
public sealed interface Architecture permits PretrainedArchitecture, UntrainedArchitecture {

  /** The name of the last layer of every network. */
  String OUTPUT = "predictions";

  /**
   * The network with a name: {@code resnet50}, {@code vgg16}, {@code cnn} and {@code
   * local-maxima-cnn} as the 2022 report that this software reproduces built them, {@code
   * compact-resnet50} and {@code darkcovidnet}.
   *
   * @param name one of these names
   * @return the network
   * @throws IllegalArgumentException if there is none of that name
   */
  static Architecture named(String name) {
    List<Architecture> all =
        List.of(
            ResNet50.asReported(),
            Vgg16.asReported(),
            new ReportCnn(),
            new LocalMaximaCnn(),
            ResNet50.compact(),
            new DarkCovidNet());
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
  NetworkSummary summary(int labels);
}
