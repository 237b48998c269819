package io.cxr.train.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.ModelFormatException;
import io.cxr.train.network.LayerWeight;
import io.cxr.train.network.Network;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.RandomKerasWeights;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights find their layers in files of other numbers; what does not fit is refused. */
class NetworkWeightsTest {
  @TempDir Path folder;

  @Test
  void generatedNamesAreMatchedByTheirOrder() throws IOException {
    NetworkGraph graph = start("xception", "add_2");
    NetworkWeights first = NetworkWeights.of(graph, written(graph, 0));
    // 10 comes after 9, though not by the alphabet.
    NetworkWeights later = NetworkWeights.of(graph, written(graph, 9));
    int compared = 0;
    for (Node node : graph.nodes()) {
      for (LayerWeight weight : node.weights()) {
        assertArrayEquals(
            first.values(node.name(), weight.name()),
            later.values(node.name(), weight.name()),
            node.name());
        compared += node.numbered() ? 1 : 0;
      }
    }
    assertTrue(compared >= 10, "weights of layers with generated names: " + compared);
  }

  @Test
  void weightsOfAnotherNetworkAreRefused() throws IOException {
    NetworkGraph mobileNet = start("mobilenet", "conv_pw_3_relu");
    KerasWeights file = written(mobileNet, 0);
    for (String other : new String[] {"xception", "inceptionv3", "densenet121"}) {
      NetworkGraph graph = Network.named(other).orElseThrow().graph(Shape.map(3, 96, 96));
      String message =
          assertThrows(ModelFormatException.class, () -> NetworkWeights.of(graph, file))
              .getMessage();
      assertTrue(message.contains("weights.h5") && message.contains("without top"), message);
    }
  }

  private static NetworkGraph start(String name, String last) {
    return Network.named(name).orElseThrow().graph(Shape.map(3, 96, 96)).upTo(last);
  }

  private KerasWeights written(NetworkGraph graph, int first) throws IOException {
    Path file = folder.resolve("weights.h5");
    RandomKerasWeights.write(graph, file, 3, 1, first);
    return KerasWeights.read(file);
  }
}
