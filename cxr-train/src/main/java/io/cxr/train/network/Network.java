package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * A network whose weights were learnt elsewhere and that serves as a base under a head: its layers
 * without top, where it may be cut, what its weights expect of an image, and whose they are.
 *
 * <p>Implement it to train on a network of your own: name the class in {@code
 * META-INF/services/io.cxr.train.network.Network}, with a public constructor without parameters.
 * Implementations are immutable and thread-safe.
 */
public interface Network {

  /**
   * The name on the command line and in model cards.
   *
   * @return lower case, digits and hyphens
   */
  String name();

  /**
   * The name in prose and who described it.
   *
   * @return such as {@code ResNet-50 (He et al., CVPR 2016)}
   */
  String title();

  /**
   * The layers without top, with the names of Keras' weight files.
   *
   * @param input the shape of one image, at least {@link #smallestInput()} rows and columns
   * @return the graph, which ends with a map
   */
  NetworkGraph graph(Shape input);

  /**
   * The layers after which the network may be cut, each of which alone feeds those above it: for a
   * smaller base, for a finer heatmap, or to learn what is above.
   *
   * @return their names, the lowest first; the last is the network's last layer
   */
  List<String> cuts();

  /**
   * How a radiograph becomes the input that the weights were learnt from.
   *
   * @return the steps; their shape is the network's input, three channels first
   */
  PreprocessingSpec preprocessing();

  /**
   * The fewest rows and columns of an image.
   *
   * @return at least 1
   */
  default int smallestInput() {
    return 32;
  }

  /**
   * The weights file that Keras Applications publish, and its licence.
   *
   * @return file and licence, or a note that there is none
   */
  String weights();

  /**
   * All networks: those that come with this library and those that are registered.
   *
   * @return one a name, in a fixed order, registered ones last
   */
  static List<Network> all() {
    return Stream.concat(
            Networks.BUILT_IN.stream(),
            ServiceLoader.load(Network.class).stream().map(ServiceLoader.Provider::get))
        .toList();
  }

  /**
   * The network with a name.
   *
   * @param name the name
   * @return the network; empty if there is none of that name
   */
  static Optional<Network> named(String name) {
    return all().stream().filter(network -> network.name().equals(name)).findFirst();
  }
}
