package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.train.network.LayerDescription;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkTable;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import io.cxr.train.network.Window;
import io.cxr.train.weights.KerasWeights;
import io.cxr.train.weights.NetworkWeights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;

/** Where a base is cut, what is learnt above it, and that the parts are the whole. */
class PretrainedArchitectureTest {
  /** ResNet-50's first stage at 64 x 64, of which {@link #resNetWeights} are. */
  private static final PretrainedArchitecture SMALL =
      PretrainedArchitecture.compactResNet50()
          .withLastLayer("conv2_block3_out")
          .withPreprocessing(
              PreprocessingSpec.of(
                  64, 56, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));

  /** Of ResNet-50 to the block of a name. */
  private static final Map<String, NetworkWeights> WEIGHTS = new HashMap<>();

  @TempDir static Path folder;

  private static KerasWeights resNetWeights() throws Exception {
    Path file = folder.resolve("resnet.h5");
    RandomKerasWeights.write(SMALL.layers(), file, 4, 64);
    return KerasWeights.read(file);
  }

  private static INDArray images(int count, int rows, int columns) {
    Nd4j.getRandom().setSeed(5);
    return Nd4j.rand(count, 3, rows, columns).muli(255).subi(115);
  }

  @ParameterizedTest
  @CsvSource({
    // Of the frozen base 5,223,808; a Dense layer of 1024 by 2 and its bias.
    "conv4_block3_out, GLOBAL_AVERAGE, 0, 5225858, 2050",
    "conv5_block3_out, GLOBAL_AVERAGE, 0, 23591810, 4098",
    "conv5_block3_out, FLATTEN, 0, 23788418, 200706",
    // Convolutions of conv5_block3 with bias: 1,049,088 + 2,359,808 + 1,050,624, no batch norm.
    "conv5_block3_out, GLOBAL_AVERAGE, 1, 23579522, 4463618",
  })
  void resNetsCounts(String lastBlock, Pooling pooling, int unfrozen, long all, long learnt) {
    NetworkTable summary =
        PretrainedArchitecture.resNet50()
            .withLastLayer(lastBlock)
            .withPooling(pooling)
            .withUnfrozen(unfrozen)
            .summary(2);
    assertEquals(all, summary.parameters());
    assertEquals(learnt, summary.trainable());
  }

  @ParameterizedTest
  @CsvSource({
    "GLOBAL_AVERAGE, 0, 14715714, 1026",
    // block5: three convolutions of 512 by 512 with bias.
    "FLATTEN, 1, 14764866, 7129602",
    "GLOBAL_AVERAGE, 2, 14715714, 12980226",
  })
  void vggsCounts(Pooling pooling, int unfrozen, long all, long learnt) {
    NetworkTable summary =
        PretrainedArchitecture.vgg16().withPooling(pooling).withUnfrozen(unfrozen).summary(2);
    assertEquals(all, summary.parameters());
    assertEquals(learnt, summary.trainable());
  }

  @Test
  void theCompactNetworkIsNamedAndAveragesItsLastMap() {
    assertEquals(PretrainedArchitecture.compactResNet50(), Architecture.named("compact-resnet50"));
    List<NetworkTable.Row> rows = PretrainedArchitecture.compactResNet50().summary(3).layers();
    NetworkTable.Row pool = rows.get(rows.size() - 2);
    assertEquals("GlobalAveragePooling2D", pool.type());
    assertEquals(List.of(1024), pool.outputShape());
    assertEquals(List.of(14, 14, 1024), rows.get(rows.size() - 3).outputShape());
    assertEquals(new FeatureShape(1024, 1, 1), PretrainedArchitecture.compactResNet50().features());
    PreprocessingSpec large =
        PreprocessingSpec.of(320, 320, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN);
    assertEquals(
        new FeatureShape(1024, 20, 20),
        PretrainedArchitecture.compactResNet50().withPreprocessing(large).lastMap());
  }

  /** The arithmetic of map sizes is ONNX Runtime's. */
  @ParameterizedTest
  @ValueSource(ints = {32, 65, 90, 224})
  void mapsHaveTheSizesThatTheyAreSaidToHave(int size) {
    for (String block : List.of("conv2_block1", "conv3_block4", "conv4_block2", "conv5_block1")) {
      PretrainedArchitecture network =
          PretrainedArchitecture.resNet50()
              .withLastLayer(block + "_out")
              .withPreprocessing(
                  PreprocessingSpec.of(
                      size, size + 3, Resampling.NEAREST, 3, Normalization.Kind.CAFFE_BGR_MEAN));
      FeatureShape map = network.lastMap();
      // The same at any size.
      NetworkWeights weights =
          WEIGHTS.computeIfAbsent(block, name -> NetworkWeights.random(network.layers(), 1, 64));
      byte[] features = network.base(weights).features(Pooling.FLATTEN);
      try (FeatureExtractor extractor = FeatureExtractor.open(features, 1)) {
        assertEquals(map.channels(), extractor.featureChannels());
        assertEquals(map.rows(), extractor.featureRows());
        assertEquals(map.columns(), extractor.featureColumns());
      }
    }
  }

  /** A user's network may have a layer that is called as one of the head. */
  @ParameterizedTest
  @ValueSource(strings = {"avg_pool", "predictions", "flatten", "features"})
  void layersWithNamesOfTheHeadAreRefused(String name) {
    PretrainedArchitecture.of(new OneLayer("own_" + name)).whole(2);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> PretrainedArchitecture.of(new OneLayer(name)))
            .getMessage();
    assertTrue(message.contains("[" + name + "]") && message.contains("one-layer"), message);
  }

  /** InceptionV3 has layers that Keras calls {@code concatenate}. */
  @Test
  void scalesGoAboveEveryNetwork() {
    for (Network network : Network.all()) {
      List<String> cuts = network.cuts();
      List<String> scales = cuts.subList(cuts.size() - 2, cuts.size());
      NetworkGraph whole = PretrainedArchitecture.of(network).withScales(scales).whole(2);
      assertEquals(2, whole.shape(Architecture.OUTPUT).channels(), network.name());
    }
  }

  private record OneLayer(String layer) implements Network {
    @Override
    public String name() {
      return "one-layer";
    }

    @Override
    public String title() {
      return "One layer";
    }

    @Override
    public NetworkGraph graph(Shape input) {
      NetworkGraph.Builder graph = NetworkGraph.builder(input);
      graph.then(layer, new LayerDescription.Convolution(8, 3, 2, Window.Padding.SAME, true));
      return graph.build();
    }

    @Override
    public List<String> cuts() {
      return List.of(layer);
    }

    @Override
    public PreprocessingSpec preprocessing() {
      return PreprocessingSpec.of(32, 32, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE);
    }

    @Override
    public String weights() {
      return "none";
    }
  }

  @Test
  void wrongCutsAreRefused() {
    PretrainedArchitecture network = PretrainedArchitecture.compactResNet50();
    assertThrows(IllegalArgumentException.class, () -> network.withLastLayer("conv4_block7_out"));
    assertThrows(IllegalArgumentException.class, () -> network.withUnfrozen(-1));
    String message =
        assertThrows(IllegalArgumentException.class, () -> network.withUnfrozen(11)).getMessage();
    assertTrue(message.contains("0 to 10"), message);
    assertThrows(
        IllegalArgumentException.class, () -> PretrainedArchitecture.vgg16().withUnfrozen(5));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            network.withPreprocessing(
                PreprocessingSpec.of(
                    224, 224, Resampling.BILINEAR, 1, Normalization.Kind.CAFFE_BGR_MEAN)));
  }

  /** The base's features, flattened, as ONNX Runtime computes them. */
  private static INDArray features(
      PretrainedArchitecture network, NetworkWeights weights, INDArray images) {
    int count = (int) images.size(0);
    byte[] graph = network.base(weights).features(network.featurePooling());
    try (FeatureExtractor extractor = FeatureExtractor.open(graph, 2)) {
      FloatBuffer in = direct(Math.toIntExact(images.length()));
      in.put(images.dup('c').data().asFloat()).flip();
      FloatBuffer out = direct(count * extractor.featureCount());
      extractor.extract(in, count, out);
      float[] values = new float[count * extractor.featureCount()];
      out.flip().get(values);
      return Nd4j.createFromArray(values).reshape('c', count, extractor.featureCount());
    }
  }

  private static FloatBuffer direct(int count) {
    return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Unfreezing changes no answer. */
  @ParameterizedTest
  @EnumSource
  void unfrozenItStartsAsTheFrozenNetwork(Pooling pooling) throws Exception {
    INDArray images = images(3, 64, 56);
    PretrainedArchitecture frozen = SMALL.withPooling(pooling);
    NetworkWeights weights = frozen.weights(resNetWeights());
    ComputationGraph learner = frozen.learner(2, 1, new NoOp(), weights);
    Nd4j.getRandom().setSeed(8);
    INDArray head = Nd4j.randn(learner.getLayer(Architecture.OUTPUT).getParam("W").shape());
    head.muli(pooling == Pooling.FLATTEN ? 0.02 : 0.3);
    learner.getLayer(Architecture.OUTPUT).getParam("W").assign(head);
    INDArray expected = learner.outputSingle(features(frozen, weights, images));
    assertTrue(expected.stdNumber().doubleValue() > 0.05, "answers differ between images");

    for (int blocks = 1; blocks <= 3; blocks++) {
      PretrainedArchitecture unfrozen = frozen.withUnfrozen(blocks);
      learner = unfrozen.learner(2, 1, new NoOp(), weights);
      learner.getLayer(Architecture.OUTPUT).getParam("W").assign(head);
      INDArray flat = features(unfrozen, weights, images);
      FeatureShape map = unfrozen.frozenMap();
      assertClose(expected, learner.outputSingle(flat.dup()), 1e-4);
      assertClose(
          expected,
          learner.outputSingle(flat.reshape(3, map.channels(), map.rows(), map.columns())),
          1e-4);
    }
  }

  @Test
  void unfrozenResNetLearns() throws Exception {
    INDArray images = images(6, 64, 56);
    for (int i = 0; i < 6; i++) {
      images.slice(i).muli(0.2 + 0.4 * (i % 3));
    }
    learns(SMALL.withUnfrozen(2), resNetWeights(), images, 3e-4);
  }

  @Test
  void unfrozenVggLearns() throws Exception {
    Path file = folder.resolve("vgg.h5");
    INDArray images = images(3, 32, 32).divi(255).addi(0.5);
    // Three textures: noise, a diagonal line, and none.
    for (int channel = 0; channel < 3; channel++) {
      images.slice(1).slice(channel).assign(Nd4j.eye(32));
    }
    images.slice(2).assign(0.9);
    PretrainedArchitecture network =
        PretrainedArchitecture.vgg16()
            .withLastLayer("block3_pool")
            .withPreprocessing(
                PreprocessingSpec.of(32, 32, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE))
            .withPooling(Pooling.GLOBAL_AVERAGE)
            .withUnfrozen(1);
    RandomKerasWeights.write(network.layers(), file, 3, 0.5);
    learns(network, KerasWeights.read(file), images, 1e-3);
  }

  /** A few steps on a tiny set lower the loss and move every weight, but those of the base. */
  private static void learns(
      PretrainedArchitecture network, KerasWeights file, INDArray images, double rate) {
    NetworkWeights weights = network.weights(file);
    ComputationGraph learner = network.learner(3, 1, new Adam(rate), weights);
    int count = (int) images.size(0);
    INDArray features = features(network, weights, images);
    INDArray labels = Nd4j.zeros(count, 3);
    for (int i = 0; i < count; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    DataSet data = new DataSet(features, labels);
    INDArray before = learner.params().dup();
    double first = learner.score(data);
    // The head starts at zero and passes no gradient on in the first step.
    for (int i = 0; i < 12; i++) {
      learner.fit(data);
    }
    double last = learner.score(data);
    assertTrue(last < 0.8 * first, first + " to " + last);
    ComputationGraph start = network.learner(3, 1, new Adam(rate), weights);
    assertEquals(before, start.params());
    int moved = 0;
    for (Layer layer : learner.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (layer.numParams() > 0) {
        double change =
            layer.getParam("W").sub(start.getLayer(name).getParam("W")).norm1Number().doubleValue();
        assertTrue(change > 0, name);
        moved++;
      }
    }
    assertTrue(moved > 3, "convolutions and head");
  }

  @Test
  void saysTheSameInEveryProcess() {
    // An object's identity in it would change model files and keep checkpoints from being resumed.
    for (PretrainedArchitecture network :
        List.of(
            PretrainedArchitecture.resNet50(),
            PretrainedArchitecture.of(Network.named("mobilenet").orElseThrow()).withMoments())) {
      assertFalse(network.toString().contains("@"), network.toString());
    }
  }

  private static void assertClose(INDArray expected, INDArray actual, double most) {
    assertArrayEquals(expected.shape(), actual.shape());
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(difference <= most, "differs by " + difference);
  }
}
