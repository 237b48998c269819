package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.golden.NpyFile;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.network.TensorFlowJs.Features;
import io.cxr.train.weights.KerasWeights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every network beside TensorFlow.js, an independent implementation of Keras' layers: once built
 * from our description, which proves how each layer computes, and once written by hand, which
 * proves the description.
 */
@Tag("slow")
class TensorFlowJsParityTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));

  /** Of the largest feature. */
  private static final double TOLERANCE = 1e-4;

  /** Odd and even sizes arrive at the strides, and rows are not columns. */
  private static final Shape SMALL = Shape.map(3, 97, 76);

  private static final int IMAGES = 2;

  @TempDir Path folder;
  private TensorFlowJs peer;

  @BeforeEach
  void findPeer() {
    peer = TensorFlowJs.orSkip(folder);
  }

  static List<String> networks() {
    return Network.all().stream().map(Network::name).toList();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void featuresEqualThoseOfTensorFlowJs(String name) throws Exception {
    Network network = Network.named(name).orElseThrow();
    NetworkGraph graph = network.graph(SMALL);
    Path weights = folder.resolve("random.h5");
    RandomKerasWeights.write(graph, weights, 11, Math.sqrt(1 / 3.0));
    float[] images = images();
    float[] ours = ours(graph, weights, images);
    requireDependence(ours);

    boolean builtIn = Networks.BUILT_IN.stream().anyMatch(one -> one.name().equals(name));
    List<String> written = builtIn ? List.of(name) : List.of();
    requireEqual(name, graph, ours, peer.features(graph, weights, images, written));
  }

  /** The harness itself: TensorFlow.js gives Keras' own features from Keras' own file. */
  @Test
  void realResNet50GivesTheGoldenFeatures() throws Exception {
    Path weights = SHARED.resolve("weights/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5");
    assumeShared(weights);
    Shape input = Shape.map(3, 224, 224);
    Shape map = Shape.map(2048, 7, 7);
    String image = "covid19-0014.resnet50_";
    float[] pixels = TensorFlowJs.channelsFirst(golden(image + "input"), input);
    float[] expected = TensorFlowJs.channelsFirst(golden(image + "features"), map);
    NetworkGraph graph = Network.named("resnet50").orElseThrow().graph(input);
    List<Features> features = peer.features(graph, weights, pixels, List.of("resnet50"));
    requireEqual("resnet50 with Keras' weights", graph, expected, features);
    requireEqual("resnet50 with Keras' weights, here", expected, ours(graph, weights, pixels));
  }

  @Test
  void realMobileNetGivesTheSameFeatures() throws Exception {
    Path weights = SHARED.resolve("weights/mobilenet_1_0_224_to_conv_pw_12.h5");
    assumeShared(weights);
    String last = "conv_pw_12_relu";
    NetworkGraph graph = Network.named("mobilenet").orElseThrow().graph(SMALL).upTo(last);
    float[] images = images();
    float[] ours = ours(graph, weights, images);
    requireDependence(ours);
    List<String> written = List.of("mobilenet:" + last);
    List<Features> features = peer.features(graph, weights, images, written);
    requireEqual("mobilenet with Keras' weights", graph, ours, features);
  }

  private static float[] ours(NetworkGraph graph, Path weights, float[] images) throws Exception {
    byte[] model = FrozenBase.of(graph, KerasWeights.read(weights)).features(Pooling.FLATTEN);
    int count = images.length / graph.input().elements();
    try (FeatureExtractor extractor = FeatureExtractor.open(model, 2)) {
      float[] features = new float[count * extractor.featureCount()];
      FloatBuffer in = direct(images.length).put(images).flip();
      FloatBuffer out = direct(features.length);
      extractor.extract(in, count, out);
      out.flip().get(features);
      return features;
    }
  }

  /** Between -1 and 1, coarse and fine, another pattern an image. */
  private static float[] images() {
    SplittableRandom random = new SplittableRandom(5);
    float[] images = new float[IMAGES * SMALL.elements()];
    int at = 0;
    for (int image = 0; image < IMAGES; image++) {
      for (int channel = 0; channel < SMALL.channels(); channel++) {
        double rows = 0.05 + 0.2 * random.nextDouble();
        double columns = 0.05 + 0.2 * random.nextDouble();
        for (int row = 0; row < SMALL.rows(); row++) {
          for (int column = 0; column < SMALL.columns(); column++) {
            double wave = Math.sin(rows * row) * Math.cos(columns * column);
            images[at++] = (float) (0.7 * wave + 0.6 * random.nextDouble() - 0.3);
          }
        }
      }
    }
    return images;
  }

  /** Features that hardly change with the image would prove little. */
  private static void requireDependence(float[] features) {
    int half = features.length / IMAGES;
    float[] first = Arrays.copyOf(features, half);
    float[] second = Arrays.copyOfRange(features, half, features.length);
    double share = difference(first, second) / largest(features);
    System.out.printf(Locale.ROOT, "  two images differ by %.2e of the largest feature%n", share);
    assertTrue(share > 0.01, "features hardly depend on the image: " + share);
  }

  private static void requireEqual(
      String what, NetworkGraph graph, float[] expected, List<Features> found) {
    for (int i = 0; i < found.size(); i++) {
      assertEquals(graph.parameters(), found.get(i).parameters(), what);
      assertEquals(graph.shape(graph.output()), found.get(i).shape(), what);
      String how = i == 0 ? ", as described" : ", as written by hand";
      requireEqual(what + how, expected, found.get(i).values());
    }
  }

  private static void requireEqual(String what, float[] expected, float[] actual) {
    double share = difference(expected, actual) / largest(expected);
    System.out.printf(Locale.ROOT, "%s: largest difference %.1e of the largest%n", what, share);
    assertTrue(share <= TOLERANCE, what + ": difference " + share);
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      assertTrue(Float.isFinite(value), "features that are no numbers");
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double difference(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  private static float[] golden(String name) throws Exception {
    return NpyFile.read(SHARED.resolve("golden").resolve(name + ".npy")).floats();
  }

  private static void assumeShared(Path file) {
    assumeTrue(
        Files.exists(file),
        "SKIPPED: no " + file + "; set the system property cxr.shared to the shared folder");
  }

  private static FloatBuffer direct(int count) {
    return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
