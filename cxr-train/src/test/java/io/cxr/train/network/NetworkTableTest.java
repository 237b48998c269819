package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.architecture.PretrainedArchitecture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A network's table, as Keras prints it. */
class NetworkTableTest {

  @Test
  void tellsEachLayerAndWhatFeedsItWhereThatIsNotTheRowAbove() {
    NetworkGraph graph = new RegisteredNetwork().graph(Shape.map(3, 32, 64));
    assertEquals(
        List.of(
            "Model: \"side-by-side\"",
            "_".repeat(84),
            "Layer (type)                     Output Shape                 Param #   Connected to",
            "=".repeat(84),
            "input (InputLayer)               (None, 32, 64, 3)                  0",
            "pool (MaxPooling2D)              (None, 16, 32, 3)                  0",
            "left (Conv2D)                    (None, 16, 32, 8)                224",
            "right (Conv2D)                   (None, 16, 32, 8)                 24   pool",
            "sum (Add)                        (None, 16, 32, 8)                  0   left",
            " ".repeat(72) + "right",
            "out (Activation)                 (None, 16, 32, 8)                  0",
            "=".repeat(84),
            "Total params: 248",
            "Trainable params: 24",
            "Non-trainable params: 224",
            "_".repeat(84)),
        NetworkTable.of("side-by-side", graph, "left"::equals).toString().lines().toList());
  }

  @Test
  void aHeadGoesOnAboveAFrozenBase() {
    NetworkGraph base = NetworkTest.graph("mobilenet");
    NetworkTable table = NetworkTable.of("mobilenet", base, name -> true);
    NetworkTable whole =
        PretrainedArchitecture.of(Network.named("mobilenet").orElseThrow()).summary(3);
    assertEquals(3_228_864, table.parameters());
    assertEquals(0, table.trainable());
    assertEquals(3_228_864 + 3_075, whole.parameters());
    assertEquals(3_075, whole.trainable());
    assertEquals(
        new NetworkTable.Row(
            "avg_pool", "GlobalAveragePooling2D", List.of("conv_pw_13_relu"), List.of(1024), 0, 0),
        whole.layers().get(86));
    assertTrue(!whole.toString().contains("Connected to"), "each row feeds the next");
    assertTrue(whole.toString().contains("Total params: 3,231,939"), whole.toString());
  }
}
