package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.assertClose;
import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.images;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.LocalMaximaCnn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The file as a whole: its card, its bytes, and what is refused. */
class OnnxExporterTest {
  @TempDir Path folder;

  @Test
  void theFileCarriesItsCardAndOpensAsAClassifier() throws Exception {
    Path file = folder.resolve("model.onnx");
    ModelCard card = card(3, 64, 64, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL);
    ExportFixtures.export(new LocalMaximaCnn().network(2, 1, new NoOp()), card, file);
    try (OnnxClassifier classifier = OnnxClassifier.open(file)) {
      assertEquals(card, classifier.card());
      assertTrue(classifier.canExplain());
      byte[] pixels = new byte[100 * 80];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) (i * 31);
      }
      var prediction = classifier.classify(Radiograph.ofGray8(100, 80, pixels));
      assertEquals(
          1, prediction.probabilities().stream().mapToDouble(p -> p.probability()).sum(), 1e-6);
    }
  }

  @Test
  void theSameNetworkGivesTheSameBytesAndNothingElseIsLeft() throws Exception {
    ModelCard card = card(3, 64, 64, 3, OutputActivation.SOFTMAX);
    MultiLayerNetwork network = new LocalMaximaCnn().network(3, 1, new NoOp());
    ExportFixtures.export(network, card, folder.resolve("a.onnx"));
    ExportFixtures.export(network, card, folder.resolve("b.onnx"));
    ExportFixtures.export(network, card, folder.resolve("b.onnx"));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("a.onnx")), Files.readAllBytes(folder.resolve("b.onnx")));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void everyUnsupportedLayerIsNamed() {
    MultiLayerNetwork network =
        network(
            new SeparableConvolution2D.Builder(3, 3).name("separable").nOut(4).build(),
            new LocalResponseNormalization.Builder().name("lrn").build());
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    ExportFixtures.export(
                        network,
                        card(3, 8, 8, 2, OutputActivation.SOFTMAX),
                        folder.resolve("m.onnx")))
            .getMessage();
    assertTrue(message.contains("'separable' (SeparableConvolution2D"), message);
    assertTrue(message.contains("'lrn' (LocalResponseNormalization"), message);
    assertTrue(message.contains("Supported: convolution"), message);
    assertFalse(Files.exists(folder.resolve("m.onnx")));
  }

  @Test
  void aCardThatDoesNotFitIsRefused() {
    MultiLayerNetwork network = new LocalMaximaCnn().network(2, 1, new NoOp());
    Path file = folder.resolve("m.onnx");
    assertThrows(
        IllegalArgumentException.class,
        () -> ExportFixtures.export(network, card(3, 64, 64, 3, OutputActivation.SOFTMAX), file));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ExportFixtures.export(
                network, card(3, 32, 32, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL), file));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ExportFixtures.export(
                network, card(1, 64, 64, 2, OutputActivation.SIGMOID_OF_SECOND_LABEL), file));
    assertFalse(Files.exists(file));
  }

  @Test
  void aNetworkWithoutAMapIsWrittenWithoutHeatmap() throws Exception {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .list()
                .layer(new DenseLayer.Builder().nOut(8).activation(Activation.RELU).build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(6, 6, 3))
                .build());
    network.init();
    Path file = folder.resolve("m.onnx");
    ExportFixtures.export(network, card(3, 6, 6, 2, OutputActivation.SOFTMAX), file);
    try (OnnxModel model = new OnnxModel(Files.readAllBytes(file))) {
      var outputs = model.run(images(1, 2, 3, 6, 6));
      assertFalse(outputs.containsKey("heatmap"));
      assertClose(network.output(images(1, 2, 3, 6, 6)), outputs.get("output"), 1e-6);
    }
  }

  private static MultiLayerNetwork network(org.deeplearning4j.nn.conf.layers.Layer... layers) {
    var list =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .list()
            .layer(new ConvolutionLayer.Builder(3, 3).name("plain").nOut(4).build());
    for (var layer : layers) {
      list.layer(layer);
    }
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            list.layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(8, 8, 3))
                .build());
    network.init();
    return network;
  }
}
