package io.cxr.train.export;

import static io.cxr.train.export.ExportFixtures.card;
import static io.cxr.train.export.ExportFixtures.export;
import static io.cxr.train.export.ExportFixtures.randomized;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class ModelFeaturesTest {
  @TempDir Path folder;

  @Test
  void areWhatTheLastDenseLayerTakes() throws Exception {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new ConvolutionLayer.Builder(3, 3).nOut(5).activation(Activation.RELU).build())
                .layer(new GlobalPoolingLayer.Builder(PoolingType.AVG).build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(12, 12, 1))
                .build());
    network.init();
    randomized(network, 1);
    ModelCard card = card(1, 12, 12, 3, OutputActivation.SOFTMAX);
    Path file = folder.resolve("model.onnx");
    export(network, card, file);
    byte[] pixels = new byte[40 * 30];
    new Random(2).nextBytes(pixels);
    Radiograph film = Radiograph.ofGray8(40, 30, pixels);
    FloatBuffer input = FloatBuffer.allocate(144);
    StandardPreprocessor.of(card.preprocessing()).preprocess(film, input);
    float[] expected =
        network
            .feedForward(Nd4j.createFromArray(input.array()).reshape('c', 1, 1, 12, 12))
            .get(2)
            .toFloatVector();
    try (ModelFeatures features = ModelFeatures.open(file)) {
      assertArrayEquals(expected, features.of(film), 1e-5f);
    }
  }

  @Test
  void saysWhatIsNoSuchModel() throws Exception {
    Path text = Files.writeString(folder.resolve("text.onnx"), "no model");
    assertThrows(ModelFormatException.class, () -> ModelFeatures.open(text));
    Path empty = Files.write(folder.resolve("empty.onnx"), new byte[0]);
    ModelFormatException none =
        assertThrows(ModelFormatException.class, () -> ModelFeatures.open(empty));
    assertTrue(none.getMessage().contains("model card"), none.getMessage());
  }
}
