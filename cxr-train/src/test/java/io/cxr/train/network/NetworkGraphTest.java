package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Dense;
import io.cxr.train.network.LayerDescription.Multiply;
import io.cxr.train.network.Window.Padding;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layers, what feeds them, and where the graph may be divided. */
class NetworkGraphTest {

  @Test
  void isCutOnlyWhereOneLayerAloneFeedsTheRest() {
    NetworkGraph graph = new RegisteredNetwork().graph(Shape.map(3, 8, 8));
    String message =
        assertThrows(IllegalArgumentException.class, () -> graph.above("left")).getMessage();
    assertTrue(message.contains("left") && message.contains("pool"), message);
    NetworkGraph above = graph.above("pool");
    assertEquals(Shape.map(3, 4, 4), above.input());
    assertEquals(List.of(NetworkGraph.INPUT), above.node("right").inputs());
    assertEquals(List.of("left", "right"), above.node("sum").inputs());
    assertEquals(
        List.of("pool", "right"),
        graph.upTo("right").nodes().stream().map(NetworkGraph.Node::name).toList());
  }

  @Test
  void refusesNamesThatAreTakenOrUnknownAndShapesThatDoNotFit() {
    NetworkGraph.Builder graph = NetworkGraph.builder(Shape.map(3, 8, 8));
    String first = graph.then("conv", new Convolution(4, 3, 1, Padding.SAME, true));
    refused(() -> graph.then("conv", new Convolution(4, 3, 1, Padding.SAME, true)), "conv");
    refused(() -> graph.add("sum", new Add(), first, "missing"), "missing");
    refused(() -> graph.add("sum", new Add(), first, NetworkGraph.INPUT), "[3, 8, 8]");
    refused(() -> graph.add("gate", new Multiply(), first, first), "one pixel");
    refused(() -> graph.then("dense", new Dense(2, Nonlinearity.SOFTMAX)), "vector");
    refused(() -> graph.then("wide", new Convolution(4, 9, 1, Padding.VALID, true)), "[4, 8, 8]");
    assertEquals("conv", graph.last());
  }

  @Test
  void numbersLayersOfAKindAsKerasDoes() {
    NetworkGraph.Builder graph = NetworkGraph.builder(Shape.map(3, 8, 8));
    for (int i = 0; i < 3; i++) {
      graph.numbered("conv2d", new Convolution(3, 1, 1, Padding.SAME, false), graph.last());
    }
    List<NetworkGraph.Node> nodes = graph.build().nodes();
    assertEquals(
        List.of("conv2d", "conv2d_1", "conv2d_2"),
        nodes.stream().map(NetworkGraph.Node::name).toList());
    assertTrue(nodes.stream().allMatch(NetworkGraph.Node::numbered));
  }

  private static void refused(Runnable adding, String names) {
    String message = assertThrows(IllegalArgumentException.class, adding::run).getMessage();
    assertTrue(message.contains(names), message);
  }
}
