package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.assertHeatmaps;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.images;
import static io.cxr.train.export.ExportFixtures.randomized;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OutputActivation;
import java.util.Map;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.deeplearning4j.exception.DL4JException;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Convolutions and pools of every geometry give what they give in Deeplearning4j. */
class LayerParityTest {
  enum Mode {
    TRUNCATE(ConvolutionMode.Truncate),
    STRICT(ConvolutionMode.Strict),
    SAME(ConvolutionMode.Same);

    private final ConvolutionMode mode;

    Mode(ConvolutionMode mode) {
      this.mode = mode;
    }

    /** The mode Same knows its padding itself. */
    int padding(int asked) {
      return this == SAME ? 0 : asked;
    }
  }

  enum MapActivation {
    IDENTITY(Activation.IDENTITY),
    RELU(Activation.RELU),
    LEAKY_RELU(Activation.LEAKYRELU),
    SIGMOID(Activation.SIGMOID),
    TANH(Activation.TANH);

    private final Activation activation;

    MapActivation(Activation activation) {
      this.activation = activation;
    }
  }

  @Property(tries = 120, shrinking = ShrinkingMode.OFF)
  void convolutions(
      @ForAll Mode mode,
      @ForAll MapActivation activation,
      @ForAll boolean bias,
      @ForAll @IntRange(min = 1, max = 4) int kernelRows,
      @ForAll @IntRange(min = 1, max = 4) int kernelColumns,
      @ForAll @IntRange(min = 1, max = 3) int strideRows,
      @ForAll @IntRange(min = 1, max = 3) int strideColumns,
      @ForAll @IntRange(min = 0, max = 2) int padding,
      @ForAll @IntRange(min = 1, max = 2) int dilation,
      @ForAll @IntRange(min = 4, max = 9) int rows,
      @ForAll @IntRange(min = 4, max = 9) int columns)
      throws Exception {
    ConvolutionLayer layer =
        new ConvolutionLayer.Builder(kernelRows, kernelColumns)
            .nOut(4)
            .stride(strideRows, strideColumns)
            .padding(mode.padding(padding), mode.padding(padding / 2))
            .dilation(dilation, 1)
            .convolutionMode(mode.mode)
            .activation(activation.activation)
            .hasBias(bias)
            .build();
    check(rows, columns, layer, null, false);
  }

  @Property(tries = 120, shrinking = ShrinkingMode.OFF)
  void pools(
      @ForAll Mode mode,
      @ForAll boolean maximum,
      @ForAll boolean countsPadding,
      @ForAll @IntRange(min = 1, max = 4) int kernelRows,
      @ForAll @IntRange(min = 1, max = 4) int kernelColumns,
      @ForAll @IntRange(min = 1, max = 3) int strideRows,
      @ForAll @IntRange(min = 1, max = 3) int strideColumns,
      @ForAll @IntRange(min = 0, max = 2) int padding,
      @ForAll @IntRange(min = 4, max = 9) int rows,
      @ForAll @IntRange(min = 4, max = 9) int columns)
      throws Exception {
    ConvolutionLayer convolution =
        new ConvolutionLayer.Builder(1, 1).nOut(4).activation(Activation.RELU).build();
    SubsamplingLayer pool =
        new SubsamplingLayer.Builder(maximum ? PoolingType.MAX : PoolingType.AVG)
            .kernelSize(kernelRows, kernelColumns)
            .stride(strideRows, strideColumns)
            .padding(
                mode.padding(Math.min(padding, kernelRows - 1)),
                mode.padding(Math.min(padding, kernelColumns - 1)))
            .convolutionMode(mode.mode)
            .avgPoolIncludePadInDivisor(countsPadding)
            .build();
    boolean refused =
        mode == Mode.SAME
            && (skips(rows, kernelRows, strideRows)
                || skips(columns, kernelColumns, strideColumns));
    check(rows, columns, convolution, pool, refused);
  }

  /** Whether the mode Same would need a padding of -1 or less before the first value. */
  private static boolean skips(int size, int kernel, int stride) {
    int output = (size + stride - 1) / stride;
    return (output - 1) * stride + kernel - size <= -2;
  }

  private static void check(int rows, int columns, Layer first, Layer second, boolean refused)
      throws Exception {
    var builder = new NeuralNetConfiguration.Builder().seed(1).list().layer(first);
    if (second != null) {
      builder.layer(second);
    }
    MultiLayerNetwork network;
    MultiLayerNetwork exact;
    INDArray expected;
    INDArray images = images(7, 2, 3, rows, columns);
    INDArray wide = images.castTo(DataType.DOUBLE);
    try {
      MultiLayerConfiguration configuration =
          builder
              .layer(
                  new OutputLayer.Builder(LossFunction.MCXENT)
                      .nOut(3)
                      .activation(Activation.SOFTMAX)
                      .build())
              .setInputType(InputType.convolutional(rows, columns, 3))
              .build();
      network = new MultiLayerNetwork(configuration);
      network.init();
      randomized(network, rows * 31L + columns);
      exact = network.convertDataType(DataType.DOUBLE);
      expected = exact.output(wide);
    } catch (DL4JException
        | IllegalArgumentException
        | IllegalStateException
        | NullPointerException e) {
      // Deeplearning4j itself has no such layer on such a map. Where nothing at all is left of the
      // map, it finds no parameters and says so by a null pointer.
      Assume.that(false);
      return;
    }
    if (refused) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> export(network, card(3, rows, columns, 3, OutputActivation.SOFTMAX)))
              .getMessage();
      assertTrue(message.contains("spans its stride"), message);
      return;
    }
    byte[] model = export(network, card(3, rows, columns, 3, OutputActivation.SOFTMAX));
    try (OnnxModel onnx = new OnnxModel(model)) {
      Map<String, INDArray> outputs = onnx.run(images);
      assertClose(expected, outputs.get("output"), 1e-5);
      if (outputs.containsKey("heatmap")) {
        GradCam reference = GradCam.of(exact, 0, wide);
        INDArray heatmaps = reference.heatmaps(3);
        double terms =
            reference.map().amaxNumber().doubleValue()
                * reference.gradient(0, 1).mean(2, 3).amaxNumber().doubleValue();
        // Where the few channels of so small a network cancel out, a float has not the digits.
        if (heatmaps.maxNumber().doubleValue() > 0.01 * terms) {
          assertHeatmaps(first + " " + second, heatmaps, outputs.get("heatmap"));
        }
      }
    }
  }
}
