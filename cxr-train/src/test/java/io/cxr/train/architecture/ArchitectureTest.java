package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.OutputActivation;
import io.cxr.train.network.NetworkTable;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** The report's tables: what the networks are made of. */
class ArchitectureTest {

  @ParameterizedTest
  @CsvSource({
    "vgg16, 14764866, 50178",
    "resnet50, 23788418, 200706",
    "cnn, 40317025, 40317025",
    "local-maxima-cnn, 1348641, 1348641"
  })
  void hasTheReportsParameterCounts(String name, long parameters, long trainable) {
    NetworkTable summary = Architecture.named(name).summary(2);
    assertEquals(parameters, summary.parameters());
    assertEquals(trainable, summary.trainable());
  }

  @Test
  void anUnknownNameIsRefusedWithTheKnownOnes() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Architecture.named("alexnet"))
            .getMessage();
    assertTrue(message.contains("resnet50") && message.contains("alexnet"), message);
  }

  @Test
  void theReportsCnnHasItsLayersInOrder() {
    List<String> layers =
        new ReportCnn()
            .summary(2).layers().stream().map(row -> row.type() + row.outputShape()).toList();
    assertEquals(
        List.of(
            "InputLayer[224, 224, 3]",
            "Conv2D[222, 222, 128]",
            "MaxPooling2D[111, 111, 128]",
            "Conv2D[109, 109, 64]",
            "MaxPooling2D[54, 54, 64]",
            "Dropout[54, 54, 64]",
            "Conv2D[52, 52, 64]",
            "MaxPooling2D[26, 26, 64]",
            "Dropout[26, 26, 64]",
            "Conv2D[24, 24, 128]",
            "MaxPooling2D[12, 12, 128]",
            "Dropout[12, 12, 128]",
            "Flatten[18432]",
            "Dense[2048]",
            "Dense[1024]",
            "Dense[256]",
            "Dense[64]",
            "Dense[16]",
            "Dense[1]"),
        layers);
  }

  @Test
  void resNet50EndsInTheReportsShapes() {
    NetworkTable summary = PretrainedArchitecture.resNet50().summary(2);
    List<NetworkTable.Row> rows = summary.layers();
    assertEquals(List.of(7, 7, 2048), row(rows, "conv5_block3_out").outputShape());
    assertEquals(List.of(112, 112, 64), row(rows, "conv1_conv").outputShape());
    assertEquals(List.of(56, 56, 64), row(rows, "pool1_pool").outputShape());
    assertEquals(List.of(100352), row(rows, "flatten").outputShape());
    assertEquals(200706, row(rows, "predictions").trainable());
    assertEquals(0, row(rows, "conv5_block3_3_bn").trainable());
    assertTrue(summary.toString().contains("Trainable params: 200,706"), summary.toString());
  }

  private static NetworkTable.Row row(List<NetworkTable.Row> rows, String name) {
    return rows.stream().filter(row -> row.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void theBuiltNetworkHasAsManyParametersAsItsSummary() {
    MultiLayerNetwork network = new LocalMaximaCnn().network(2, 1, new Sgd());
    assertEquals(1_348_641, network.numParams());
    assertEquals(
        new LocalMaximaCnn().summary(3).parameters(),
        new LocalMaximaCnn().network(3, 1, new Sgd()).numParams());
  }

  /** Dropout included, whose random numbers come in the order of the layers. */
  @Test
  void asAGraphItStartsAndTrainsAsItDoesLayerByLayer() {
    MultiLayerNetwork layers = new LocalMaximaCnn().network(2, 7, new Adam(1e-3));
    Nd4j.getRandom().setSeed(11);
    INDArray images = Nd4j.rand(4, 3, 64, 64);
    INDArray labels = Nd4j.createFromArray(0f, 1f, 0f, 1f).reshape(4, 1);
    Nd4j.getRandom().setSeed(12);
    layers.fit(new DataSet(images.dup(), labels.dup()));
    layers.fit(new DataSet(images.dup(), labels.dup()));

    ComputationGraph graph = new LocalMaximaCnn().graph(2, 7, new Adam(1e-3));
    assertEquals(new LocalMaximaCnn().network(2, 7, new Adam(1e-3)).params(), graph.params());
    assertEquals(List.of(Architecture.OUTPUT), graph.getConfiguration().getNetworkOutputs());
    Nd4j.getRandom().setSeed(12);
    graph.fit(new DataSet(images.dup(), labels.dup()));
    graph.fit(new DataSet(images.dup(), labels.dup()));
    assertEquals(layers.params(), graph.params(), "bit by bit");
  }

  @Test
  void moreThanTwoLabelsGetASoftmax() {
    assertEquals(OutputActivation.SIGMOID_OF_SECOND_LABEL, new ReportCnn().output(2));
    assertEquals(OutputActivation.SOFTMAX, new ReportCnn().output(3));
    assertEquals(OutputActivation.SIGMOID_PER_LABEL, PretrainedArchitecture.resNet50().output(3));
  }

  @Test
  void theSameSeedDrawsTheSameWeights() {
    MultiLayerNetwork first = new LocalMaximaCnn().network(2, 7, new Sgd());
    assertEquals(first.params(), new LocalMaximaCnn().network(2, 7, new Sgd()).params());
    assertTrue(!first.params().equals(new LocalMaximaCnn().network(2, 8, new Sgd()).params()));
  }
}
