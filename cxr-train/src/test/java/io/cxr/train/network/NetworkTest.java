package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.model.InputShape;
import io.cxr.train.weights.KerasTensor;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The networks are those that Keras builds. */
class NetworkTest {
  private static final Path WEIGHTS =
      Path.of(System.getProperty("cxr.shared", "../shared")).resolve("weights");

  static Stream<String> names() {
    return Networks.BUILT_IN.stream().map(Network::name);
  }

  /**
   * Parameters as Keras 2 counts them for {@code include_top=False}, the moving statistics among
   * them, and the layers of such a model without its input. For ResNeXt, torchvision's 25,028,904
   * learnt parameters less the 2,049,000 of its top are those that are learnt. MobileNetV2 has no
   * padding layer before its first convolution, as in Keras 3, and EfficientNet and ResNeXt have
   * none of Keras' layers that only reshape.
   */
  @ParameterizedTest
  @CsvSource({
    "vgg16, 14714688, 14714688, 18",
    "resnet50, 23587712, 23534592, 174",
    "resnet101, 42658176, 42552832, 344",
    "resnext50, 23048128, 22979904, 190",
    "xception, 20861480, 20806952, 131",
    "inceptionv3, 21802784, 21768352, 310",
    "mobilenet, 3228864, 3206976, 85",
    "mobilenetv2, 2257984, 2223872, 153",
    "densenet121, 7037504, 6953856, 426",
    "nasnet-mobile, 4269716, 4232978, 768",
    "efficientnet-b0, 4049571, 4007548, 221"
  })
  void hasKerasCounts(String name, long parameters, long trainable, int layers) {
    NetworkGraph graph = graph(name);
    assertEquals(parameters, graph.parameters());
    assertEquals(trainable, graph.nodes().stream().mapToLong(NetworkGraph.Node::trainable).sum());
    assertEquals(layers, graph.nodes().size());
  }

  @ParameterizedTest
  @CsvSource({
    "vgg16, 512, 7",
    "resnet50, 2048, 7",
    "resnet101, 2048, 7",
    "resnext50, 2048, 7",
    "xception, 2048, 10",
    "inceptionv3, 2048, 8",
    "mobilenet, 1024, 7",
    "mobilenetv2, 1280, 7",
    "densenet121, 1024, 7",
    "nasnet-mobile, 1056, 7",
    "efficientnet-b0, 1280, 7"
  })
  void givesMapsOfKerasShape(String name, int channels, int size) {
    NetworkGraph graph = graph(name);
    assertEquals(Shape.map(channels, size, size), graph.shape(graph.output()));
  }

  /**
   * Published multiplications with additions, in billions, two operations each: the networks' own
   * papers but for VGG-16, DenseNet-121, Xception and InceptionV3, whose figures are torchvision's
   * and timm's. VGG-16 is without its dense layers; in the others the top is below a percent.
   */
  @ParameterizedTest
  @CsvSource({
    "vgg16, 15.35",
    "resnet50, 3.8",
    "resnet101, 7.6",
    "resnext50, 4.2",
    "xception, 8.4",
    "inceptionv3, 5.7",
    "mobilenet, 0.569",
    "mobilenetv2, 0.300",
    "densenet121, 2.83",
    "nasnet-mobile, 0.564",
    "efficientnet-b0, 0.39"
  })
  void takesThePublishedOperations(String name, double billions) {
    assertEquals(2 * billions, graph(name).operations() / 1e9, 0.03 * 2 * billions);
  }

  @ParameterizedTest
  @MethodSource("names")
  void mayBeCutWhereOneLayerAloneFeedsTheRest(String name) {
    Network network = Network.named(name).orElseThrow();
    NetworkGraph graph = graph(name);
    String before = graph.nodes().get(0).name();
    for (String cut : network.cuts()) {
      NetworkGraph lower = graph.upTo(cut);
      lower.node(before); // Throws where a cut is not above the one before it.
      before = cut;
      NetworkGraph upper = graph.above(cut);
      assertEquals(graph.nodes().size(), lower.nodes().size() + upper.nodes().size());
      assertEquals(graph.parameters(), lower.parameters() + upper.parameters());
      assertEquals(lower.shape(cut), upper.input());
    }
    assertEquals(graph.output(), before, "the last cut is the network's end");
  }

  @ParameterizedTest
  @CsvSource({
    "vgg16, 150, 150, 4, 4",
    "resnet50, 96, 128, 3, 4",
    "resnext50, 331, 225, 11, 8",
    "xception, 150, 150, 5, 5",
    "xception, 71, 71, 3, 3",
    "inceptionv3, 150, 150, 3, 3",
    "inceptionv3, 75, 128, 1, 2",
    "mobilenet, 96, 128, 3, 4",
    "mobilenet, 33, 65, 1, 2",
    "mobilenetv2, 160, 96, 5, 3",
    "mobilenetv2, 33, 65, 2, 3",
    "densenet121, 96, 128, 3, 4",
    "nasnet-mobile, 96, 128, 3, 4",
    "nasnet-mobile, 331, 225, 11, 7",
    "efficientnet-b0, 96, 128, 3, 4",
    "efficientnet-b0, 33, 65, 2, 3"
  })
  void takesOtherSizes(String name, int rows, int columns, int mapRows, int mapColumns) {
    NetworkGraph graph = Network.named(name).orElseThrow().graph(Shape.map(3, rows, columns));
    Shape output = graph.shape(graph.output());
    assertEquals(Shape.map(output.channels(), mapRows, mapColumns), output);
    assertEquals(graph(name).parameters(), graph.parameters());
  }

  @ParameterizedTest
  @MethodSource("names")
  void takesItsSmallestInputAndOneChannel(String name) {
    Network network = Network.named(name).orElseThrow();
    int smallest = network.smallestInput();
    NetworkGraph graph = network.graph(Shape.map(3, smallest, smallest));
    assertFalse(graph.shape(graph.output()).flat());
    NetworkGraph gray = network.graph(Shape.map(1, 224, 224));
    assertEquals(graph.nodes().size(), gray.nodes().size());
    assertTrue(gray.parameters() < graph.parameters());
  }

  /** Names and shapes as the official files have them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet101       | conv4_block23_3_conv | kernel[1, 1, 256, 1024] bias[1024]",
        "resnext50       | conv2_block1_2_conv  | kernel[3, 3, 4, 128]",
        "resnext50       | conv5_block1_0_conv  | kernel[1, 1, 1024, 2048]",
        "xception        | block2_sepconv1"
            + " | depthwise_kernel[3, 3, 64, 1] pointwise_kernel[1, 1, 64, 128]",
        "xception        | conv2d_3             | kernel[1, 1, 728, 1024]",
        "inceptionv3     | batch_normalization" + " | beta[32] moving_mean[32] moving_variance[32]",
        "inceptionv3     | conv2d_93            | kernel[1, 1, 2048, 192]",
        "inceptionv3     | conv2d_32            | kernel[1, 7, 128, 128]",
        "mobilenet       | conv_dw_13           | depthwise_kernel[3, 3, 1024, 1]",
        "mobilenetv2     | block_16_project     | kernel[1, 1, 960, 320]",
        "densenet121     | conv1/bn" + " | gamma[64] beta[64] moving_mean[64] moving_variance[64]",
        "densenet121     | conv5_block16_1_conv | kernel[1, 1, 992, 128]",
        "nasnet-mobile   | adjust_conv_1_stem_2 | kernel[1, 1, 32, 11]",
        "nasnet-mobile   | separable_conv_1_reduction_right1_reduce_8"
            + " | depthwise_kernel[7, 7, 176, 1] pointwise_kernel[1, 1, 176, 176]",
        "nasnet-mobile   | normal_conv_1_12     | kernel[1, 1, 1056, 176]",
        "efficientnet-b0 | normalization        | mean[3] variance[3] count[]",
        "efficientnet-b0 | block1a_se_reduce    | kernel[1, 1, 32, 8] bias[8]",
        "efficientnet-b0 | block7a_dwconv       | depthwise_kernel[3, 3, 1152, 1]"
      })
  void hasTheWeightsOfKerasFiles(String name, String layer, String weights) {
    assertEquals(
        weights,
        graph(name).node(layer).weights().stream()
            .map(weight -> weight.name() + weight.shape())
            .collect(Collectors.joining(" ")));
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50, conv5_block3_out, resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "mobilenet, conv_pw_12_relu, mobilenet_1_0_224_to_conv_pw_12.h5"
  })
  void fitsARealFile(String name, String cut, String file) throws IOException {
    Path path = WEIGHTS.resolve(file);
    assumeTrue(Files.exists(path), "SKIPPED: no " + path);
    KerasWeights weights = KerasWeights.read(path);
    NetworkGraph graph = graph(name).upTo(cut);
    List<NetworkGraph.Node> learnt =
        graph.nodes().stream().filter(node -> node.parameters() > 0).toList();
    assertEquals(
        learnt.stream().map(NetworkGraph.Node::name).collect(Collectors.toSet()),
        weights.layerNames().stream()
            .filter(layer -> !weights.weights(layer).isEmpty())
            .collect(Collectors.toSet()));
    for (NetworkGraph.Node node : learnt) {
      assertEquals(
          weights.weights(node.name()).stream().map(KerasTensor::shape).toList(),
          node.weights().stream().map(LayerWeight::shape).toList(),
          node.name());
    }
    assertEquals(weights.parameters(), graph.parameters());
  }

  @Test
  void padsAsKerasDoesBeforeAStrideOfTwo() {
    Shape map = Shape.map(3, 112, 57);
    assertEquals(
        new LayerDescription.ZeroPadding(0, 1, 1, 1), LayerDescription.ZeroPadding.halving(3, map));
    assertEquals(
        new LayerDescription.ZeroPadding(2, 3, 3, 3), LayerDescription.ZeroPadding.halving(7, map));
  }

  @Test
  void aRegisteredNetworkIsFoundBesideTheOthers() throws IOException {
    URL folder =
        Objects.requireNonNull(NetworkTest.class.getResource("/registered/"), "test resource");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder}, before)) {
      thread.setContextClassLoader(loader);
      List<Network> all = Network.all();
      assertEquals(Networks.BUILT_IN, all.subList(0, all.size() - 1));
      Network found = Network.named("side-by-side").orElseThrow();
      assertInstanceOf(RegisteredNetwork.class, found);
      mayBeCutWhereOneLayerAloneFeedsTheRest(found.name());
    } finally {
      thread.setContextClassLoader(before);
    }
    assertTrue(Network.named("side-by-side").isEmpty());
  }

  @Test
  void namesAreDistinctAndTakeThreeChannels() {
    assertEquals(Networks.BUILT_IN.size(), names().distinct().count());
    Networks.BUILT_IN.forEach(network -> assertEquals(3, size(network).channels()));
  }

  private static InputShape size(Network network) {
    return network.preprocessing().inputShape();
  }

  static NetworkGraph graph(String name) {
    Network network = Network.named(name).orElseThrow();
    InputShape size = size(network);
    return network.graph(Shape.map(3, size.rows(), size.columns()));
  }
}
