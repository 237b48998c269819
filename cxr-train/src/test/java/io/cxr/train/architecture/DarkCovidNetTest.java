package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.network.NetworkTable;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;

/** The paper's layers and count. */
class DarkCovidNetTest {
  @Test
  void hasThePapersLayersAndParameters() {
    NetworkTable two = new DarkCovidNet().summary(2);
    assertEquals(1_164_434, two.trainable());
    // The last convolution 4,608 to 6,912, its batch norm 4 to 6, the linear layer 678 to 1,524.
    assertEquals(1_167_586, new DarkCovidNet().summary(3).trainable());
    List<NetworkTable.Row> convolutions =
        two.layers().stream().filter(row -> row.type().equals("Conv2D")).toList();
    assertEquals(17, convolutions.size());
    assertEquals(
        List.of(256, 128, 64, 66, 66, 33, 35, 35, 17, 19, 19, 9, 11, 11, 13, 13, 13),
        convolutions.stream().map(row -> row.outputShape().get(0)).toList());
    assertEquals(List.of(13, 13, 2), convolutions.get(16).outputShape());
    NetworkTable.Row linear = two.layers().get(two.layers().size() - 1);
    assertEquals(338 * 2 + 2, linear.parameters());
    assertEquals(5, two.layers().stream().filter(row -> row.type().equals("MaxPooling2D")).count());
  }

  /** A smoke test with batch statistics: bright left halves against bright right halves. */
  @Test
  void learnsATinySet() {
    ComputationGraph network = new DarkCovidNet().graph(2, 1, new Adam(1e-3));
    Nd4j.getRandom().setSeed(2);
    INDArray images = Nd4j.rand(6, 3, 256, 256).muli(0.3);
    INDArray labels = Nd4j.zeros(6, 2);
    for (int i = 0; i < 6; i++) {
      int from = i % 2 == 0 ? 0 : 128;
      images
          .get(
              NDArrayIndex.point(i),
              NDArrayIndex.all(),
              NDArrayIndex.all(),
              NDArrayIndex.interval(from, from + 128))
          .addi(0.5);
      labels.putScalar(i, i % 2, 1);
    }
    DataSet data = new DataSet(images, labels);
    network.fit(data);
    double first = network.score();
    for (int i = 0; i < 8; i++) {
      network.fit(data);
    }
    assertTrue(network.score() < 0.5 * first, first + " to " + network.score());
  }
}
