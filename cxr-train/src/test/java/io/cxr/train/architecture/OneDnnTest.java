package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Outputs, gradients and training on oneDNN equal those of DL4J's own layers. */
class OneDnnTest {
  @ParameterizedTest
  @CsvSource({
    "3, 1, Truncate, 11, 13",
    "3, 1, Same, 11, 13",
    "1, 2, Truncate, 12, 12",
    "7, 2, Truncate, 23, 19",
    "5, 3, Same, 14, 15"
  })
  void convolution(int kernel, int stride, ConvolutionMode mode, int rows, int columns) {
    compare(rows, columns, convolution(kernel, stride, mode));
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 12, 12", "2, 2, 13, 11", "3, 3, 14, 11", "3, 2, 12, 13", "3, 1, 9, 9"})
  void maximumPooling(int kernel, int stride, int rows, int columns) {
    compare(
        rows,
        columns,
        convolution(3, 1, ConvolutionMode.Same),
        maximumPooling("pool", kernel, stride),
        convolution(1, 1, ConvolutionMode.Same));
  }

  @Test
  void averagePooling() {
    OneDnnPooling.Builder pool = new OneDnnPooling.Builder(PoolingType.AVG);
    pool.kernelSize(2, 2).stride(2, 2);
    compare(12, 12, convolution(3, 1, ConvolutionMode.Same), pool.build());
  }

  @Test
  void batchNormalization() {
    compare(
        10,
        10,
        convolution(3, 1, ConvolutionMode.Same),
        normalization("bn", 1e-5),
        convolution(1, 1, ConvolutionMode.Same));
  }

  /** As DarkCovidNet has it: no bias, a padded 1x1 convolution, leaky ReLU after batch norm. */
  @Test
  void darkNetLayers() {
    compare(
        10,
        12,
        darkNetConvolution("conv1", 3),
        normalization("bn1", 1e-5),
        leakyRelu(),
        darkNetConvolution("conv2", 1),
        normalization("bn2", 1e-5),
        leakyRelu(),
        maximumPooling("pool", 2, 2),
        darkNetConvolution("conv3", 3),
        new ActivationLayer.Builder().activation(Activation.RELU).build(),
        normalization("bn3", 1e-5));
  }

  private static Layer darkNetConvolution(String name, int kernel) {
    OneDnnConvolution.Builder layer = new OneDnnConvolution.Builder(kernel, kernel);
    layer.name(name).nOut(4).padding(1, 1).hasBias(false).activation(Activation.IDENTITY);
    return layer.build();
  }

  private static Layer maximumPooling(String name, int size, int stride) {
    OneDnnPooling.Builder layer = new OneDnnPooling.Builder(PoolingType.MAX);
    layer.name(name).kernelSize(size, size).stride(stride, stride);
    layer.convolutionMode(ConvolutionMode.Truncate);
    return layer.build();
  }

  private static Layer normalization(String name, double epsilon) {
    OneDnnBatchNormalization.Builder layer = new OneDnnBatchNormalization.Builder();
    layer.name(name).eps(epsilon).useLogStd(false);
    return layer.build();
  }

  private static Layer leakyRelu() {
    return new ActivationLayer.Builder().activation(new ActivationLReLU(0.1)).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void theSystemPropertySwitchesIt(String value) {
    MultiLayerNetwork network = with(value, () -> network(8, 8, convolution(3, 1, null)));
    if (Boolean.parseBoolean(value)) {
      assertNotNull(network.getLayer(0).getHelper(), "this machine's library has oneDNN");
    } else {
      assertNull(network.getLayer(0).getHelper());
    }
  }

  @Test
  void aSavedConfigurationComesBackAsOneDnnLayers() {
    MultiLayerConfiguration configuration =
        configuration(
            8,
            8,
            convolution(3, 1, ConvolutionMode.Same),
            normalization("bn", 1e-5),
            maximumPooling("pool", 2, 2));
    MultiLayerConfiguration restored = MultiLayerConfiguration.fromJson(configuration.toJson());
    assertEquals(OneDnnConvolution.class, restored.getConf(0).getLayer().getClass());
    assertEquals(OneDnnBatchNormalization.class, restored.getConf(1).getLayer().getClass());
    assertEquals(OneDnnPooling.class, restored.getConf(2).getLayer().getClass());
  }

  /** The gradient of a tie goes to one pixel only, and a NaN is not swallowed. */
  @Test
  void maximumPoolingOfTiesAndOfNaN() {
    NonOverlappingMaxPooling pooling = new NonOverlappingMaxPooling();
    var manager = org.deeplearning4j.nn.workspace.LayerWorkspaceMgr.noWorkspaces();
    INDArray input =
        Nd4j.createFromArray(1f, 1f, 2f, Float.NaN, 1f, 1f, 0f, 1f, -1f, -2f, -3f, -4f)
            .reshape(1, 1, 3, 4);
    int[] two = {2, 2};
    INDArray output =
        pooling.activate(input, true, two, two, null, PoolingType.MAX, null, null, null, manager);
    assertArrayEquals(new float[] {1, Float.NaN}, output.reshape(2).toFloatVector());
    INDArray gradient =
        pooling
            .backpropGradient(
                Nd4j.zeros(1, 1, 3, 4),
                Nd4j.createFromArray(5f, 7f).reshape(1, 1, 1, 2),
                two,
                two,
                null,
                PoolingType.MAX,
                null,
                null,
                null,
                manager)
            .getSecond();
    assertArrayEquals(
        new float[] {5, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0}, gradient.reshape(12).toFloatVector());
  }

  private static OneDnnConvolution convolution(int kernel, int stride, ConvolutionMode mode) {
    OneDnnConvolution.Builder layer = new OneDnnConvolution.Builder(kernel, kernel);
    layer
        .name("convolution")
        .stride(stride, stride)
        .nOut(5)
        .convolutionMode(mode == null ? ConvolutionMode.Truncate : mode);
    layer.activation(Activation.RELU);
    return layer.build();
  }

  private static MultiLayerConfiguration configuration(int rows, int columns, Layer... layers) {
    var list = new NeuralNetConfiguration.Builder().seed(3).updater(new Adam(1e-3)).list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return list.layer(
            new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build())
        .setInputType(InputType.convolutional(rows, columns, 3))
        .build();
  }

  private static MultiLayerNetwork network(int rows, int columns, Layer... layers) {
    MultiLayerNetwork network = new MultiLayerNetwork(configuration(rows, columns, layers));
    network.init();
    return network;
  }

  private static <T> T with(String value, Supplier<T> action) {
    System.setProperty("cxr.onednn", value);
    try {
      return action.get();
    } finally {
      System.clearProperty("cxr.onednn");
    }
  }

  private static void compare(int rows, int columns, Layer... layers) {
    MultiLayerNetwork fast = with("true", () -> network(rows, columns, layers));
    MultiLayerNetwork plain = with("false", () -> network(rows, columns, layers));
    assertNull(plain.getLayer(0).getHelper());
    plain.setParams(fast.params().dup());
    Nd4j.getRandom().setSeed(11);
    INDArray images = Nd4j.randn(4, 3, rows, columns);
    INDArray labels = Nd4j.eye(3).castTo(images.dataType()).get(Nd4j.createFromArray(0, 1, 2, 0));
    assertClose(plain.output(images), fast.output(images), 1e-5, "output");
    for (MultiLayerNetwork network : List.of(fast, plain)) {
      network.setInput(images);
      network.setLabels(labels);
      network.computeGradientAndScore();
    }
    INDArray expected = plain.getFlattenedGradients();
    double largest = expected.amaxNumber().doubleValue();
    assertTrue(largest > 1e-4, "a gradient that vanishes proves nothing");
    assertClose(expected, fast.getFlattenedGradients(), 1e-4 * largest, "gradient");
    for (int i = 0; i < 3; i++) {
      plain.fit(new DataSet(images, labels));
      fast.fit(new DataSet(images, labels));
    }
    assertClose(plain.output(images), fast.output(images), 1e-3, "output after three steps");
  }

  private static void assertClose(INDArray expected, INDArray actual, double most, String what) {
    assertArrayEquals(expected.shape(), actual.shape(), what);
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(difference <= most, what + " differs by " + difference + ", at most " + most);
  }
}
