package io.cxr.train.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.error.ModelFormatException;
import io.cxr.golden.NpyFile;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import io.cxr.train.network.Window;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Real weights give real features; a file of another kind is refused with the reason. */
class KerasWeightsTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final Path RESNET50 =
      SHARED.resolve("weights/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5");

  @TempDir Path folder;

  @Test
  void resNet50FeaturesEqualTheGoldenOnes() throws Exception {
    assumeShared(RESNET50);
    KerasWeights weights = KerasWeights.read(RESNET50);
    assertEquals(23_587_712, weights.parameters());
    PretrainedArchitecture architecture = PretrainedArchitecture.resNet50();
    NetworkWeights layers = architecture.weights(weights);
    FrozenBase base = architecture.base(layers);
    // All but the stem by Deeplearning4j.
    PretrainedArchitecture learnt = architecture.withUnfrozen(16);
    FrozenBase stem = learnt.base(layers);
    ComputationGraph learner = learnt.learner(2, 1, new NoOp(), layers);
    List<String> names = goldenNames();
    assertTrue(names.size() >= 7, "golden images: " + names);
    double largest = 0;
    try (FeatureExtractor extractor = FeatureExtractor.open(base.features(Pooling.FLATTEN), 2);
        FeatureExtractor lower = FeatureExtractor.open(stem.features(Pooling.FLATTEN), 2)) {
      for (String name : names) {
        float[] input = channelsFirst(golden(name + ".resnet50_input").floats(), 224 * 224, 3);
        float[] expected = channelsFirst(golden(name + ".resnet50_features").floats(), 49, 2048);
        FloatBuffer in = direct(input.length).put(input).flip();
        FloatBuffer out = direct(expected.length);
        extractor.extract(in, 1, out);
        float[] actual = new float[expected.length];
        out.flip().get(actual);
        largest = Math.max(largest, difference(expected, actual));
        if (name.equals(names.get(0))) {
          float[] map = new float[64 * 56 * 56];
          FloatBuffer between = direct(map.length);
          lower.extract(direct(input.length).put(input).flip(), 1, between);
          between.flip().get(map);
          float[] deeplearning4j =
              learner
                  .feedForward(Nd4j.createFromArray(map).reshape(1, 64, 56, 56), false)
                  .get("conv5_block3_out")
                  .ravel()
                  .toFloatVector();
          assertTrue(difference(expected, deeplearning4j) <= 1e-3, "Deeplearning4j's own features");
        }
      }
    }
    System.out.printf("ResNet-50 features: largest difference to golden %.2e%n", largest);
    assertTrue(largest <= 1e-3, "difference " + largest);
  }

  @Test
  void vgg16WeightsReachTheirLayers() throws Exception {
    Path file = folder.resolve("vgg16.h5");
    NetworkGraph graph = PretrainedArchitecture.vgg16().layers();
    NetworkWeights written = NetworkWeights.random(graph, 5, 0.5);
    RandomKerasWeights.writeOldest(graph, file, written);
    KerasWeights weights = KerasWeights.read(file);
    assertEquals(
        graph.nodes().stream()
            .filter(node -> !node.weights().isEmpty())
            .map(NetworkGraph.Node::name)
            .toList(),
        weights.layerNames());
    assertEquals(14_714_688, weights.parameters());
    NetworkWeights layers = PretrainedArchitecture.vgg16().weights(weights);
    for (String layer : weights.layerNames()) {
      for (String weight : List.of("kernel", "bias")) {
        assertArrayEquals(written.values(layer, weight), layers.values(layer, weight), layer);
      }
    }
    float[] first = written.values("block1_conv1", "kernel");
    float[] kernel = layers.channelsFirst(graph.node("block1_conv1"), "kernel");
    assertEquals(64 * 3 * 3 * 3, kernel.length);
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        for (int in = 0; in < 3; in++) {
          for (int out = 0; out < 64; out++) {
            assertEquals(
                first[((row * 3 + column) * 3 + in) * 64 + out],
                kernel[((out * 3 + in) * 3 + row) * 3 + column]);
          }
        }
      }
    }

    // The same file is no ResNet-50.
    String message =
        assertThrows(
                ModelFormatException.class,
                () -> PretrainedArchitecture.resNet50().weights(weights))
            .getMessage();
    assertTrue(message.contains("vgg16.h5") && message.contains("conv1_conv"), message);
  }

  @Test
  void aLayerOfAnotherShapeIsRefused() throws Exception {
    Path file = folder.resolve("small.h5");
    write(file, "layer_names", new float[3][3][3][4]);
    KerasWeights weights = KerasWeights.read(file);
    NetworkGraph.Builder graph = NetworkGraph.builder(Shape.map(3, 8, 8));
    graph.then("conv", new Convolution(64, 3, 1, Window.Padding.SAME, false));
    String message =
        assertThrows(ModelFormatException.class, () -> NetworkWeights.of(graph.build(), weights))
            .getMessage();
    assertTrue(message.contains("[3, 3, 3, 64]") && message.contains("[3, 3, 3, 4]"), message);
  }

  @Test
  void anHdf5FileThatKerasDidNotWriteIsRefused() throws Exception {
    Path file = folder.resolve("other.h5");
    write(file, "names", new float[2][2]);
    String message =
        assertThrows(ModelFormatException.class, () -> KerasWeights.read(file)).getMessage();
    assertTrue(message.contains("layer_names"), message);
  }

  @Test
  void filesOfKeras3AreNamedWithTheRemedy() throws Exception {
    Path weights = folder.resolve("network.weights.h5");
    try (InputStream stream = KerasWeightsTest.class.getResourceAsStream("network.weights.h5")) {
      Files.copy(Objects.requireNonNull(stream), weights);
    }
    Path model = folder.resolve("network.keras");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(model))) {
      zip.putNextEntry(new ZipEntry("model.weights.h5"));
      zip.write(Files.readAllBytes(weights));
    }
    for (Path file : List.of(weights, model)) {
      String message =
          assertThrows(ModelFormatException.class, () -> KerasWeights.read(file)).getMessage();
      assertTrue(
          message.contains(file.getFileName().toString())
              && message.contains("Keras 3")
              && message.contains("model.save(\"NAME.h5\")"),
          message);
    }
  }

  @Test
  void pagesAndPointersAreNamed() throws Exception {
    Path page = Files.writeString(folder.resolve("page.h5"), "\n<!DOCTYPE html><html>404</html>");
    Path pointer =
        Files.writeString(
            folder.resolve("lfs.h5"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    assertTrue(
        assertThrows(ModelFormatException.class, () -> KerasWeights.read(page))
            .getMessage()
            .contains("web page"));
    assertTrue(
        assertThrows(ModelFormatException.class, () -> KerasWeights.read(pointer))
            .getMessage()
            .contains("git lfs pull"));
  }

  @Test
  void whatIsNoFileOfWeightsIsRefused() throws Exception {
    assertThrows(NoSuchFileException.class, () -> KerasWeights.read(folder.resolve("missing.h5")));
    assertThrows(IOException.class, () -> KerasWeights.read(folder));
    Path empty = Files.createFile(folder.resolve("empty.h5"));
    assertThrows(ModelFormatException.class, () -> KerasWeights.read(empty));
    Path text = Files.writeString(folder.resolve("text.h5"), "not weights ".repeat(1000));
    assertThrows(ModelFormatException.class, () -> KerasWeights.read(text));
  }

  @Test
  void aTruncatedOrDamagedFileIsRefusedOrReadButNeverCrashes() throws Exception {
    Path file = folder.resolve("whole.h5");
    write(file, "layer_names", new float[3][3][3][4]);
    byte[] whole = Files.readAllBytes(file);
    Path damaged = folder.resolve("damaged.h5");
    Random random = new Random(3);
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] bytes = Arrays.copyOf(whole, i % 2 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int j = 0; j < 3 && bytes.length > 0; j++) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(damaged, bytes);
      try {
        KerasWeights.read(damaged);
      } catch (ModelFormatException e) {
        assertTrue(e.getMessage().contains("damaged.h5"), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 100, "refused " + refused + " of 300");
  }

  private static void write(Path file, String attribute, Object kernel) {
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      WritableGroup group = hdf.putGroup("conv");
      group.putAttribute("weight_names", new String[] {"kernel:0"});
      group.putDataset("kernel:0", kernel);
      hdf.putAttribute(attribute, new String[] {"conv"});
    }
  }

  private static void assumeShared(Path file) {
    assumeTrue(
        Files.exists(file),
        "SKIPPED: no " + file + "; set the system property cxr.shared to the shared folder");
  }

  private static List<String> goldenNames() throws IOException {
    try (Stream<Path> files = Files.list(SHARED.resolve("golden"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".resnet50_features.npy"))
          .map(name -> name.replace(".resnet50_features.npy", ""))
          .sorted()
          .toList();
    }
  }

  private static NpyFile golden(String name) throws IOException {
    return NpyFile.read(SHARED.resolve("golden").resolve(name + ".npy"));
  }

  private static float[] channelsFirst(float[] channelsLast, int pixels, int channels) {
    float[] result = new float[channelsLast.length];
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < channels; c++) {
        result[c * pixels + p] = channelsLast[p * channels + c];
      }
    }
    return result;
  }

  private static double difference(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  private static FloatBuffer direct(int count) {
    return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
