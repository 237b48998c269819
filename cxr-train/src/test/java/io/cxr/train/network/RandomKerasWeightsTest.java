package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.weights.KerasTensor;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of random weights read back as Keras' own do. */
class RandomKerasWeightsTest {
  @TempDir Path folder;

  @Test
  void everyWeightReadsBackUnderItsLayer() throws IOException {
    for (String name : List.of("mobilenetv2", "densenet121", "efficientnet-b0")) {
      NetworkGraph graph = Network.named(name).orElseThrow().graph(Shape.map(3, 64, 64));
      Path file = folder.resolve(name + ".h5");
      RandomKerasWeights.write(graph, file, 7, 1);
      KerasWeights weights = KerasWeights.read(file);
      assertEquals(graph.parameters(), weights.parameters(), name);
      for (NetworkGraph.Node node : graph.nodes()) {
        if (!node.weights().isEmpty()) {
          assertEquals(
              node.weights().stream().map(LayerWeight::shape).toList(),
              weights.weights(node.name()).stream().map(KerasTensor::shape).toList(),
              node.name());
        }
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameValues() throws IOException {
    NetworkGraph graph = Network.named("mobilenet").orElseThrow().graph(Shape.map(3, 64, 64));
    graph = graph.upTo("conv_pw_2_relu");
    Path first = folder.resolve("first.h5");
    Path second = folder.resolve("second.h5");
    Path other = folder.resolve("other.h5");
    RandomKerasWeights.write(graph, first, 1, 1);
    RandomKerasWeights.write(graph, second, 1, 1);
    RandomKerasWeights.write(graph, other, 2, 1);
    KerasTensor kernel = KerasWeights.read(first).weights("conv1").get(0);
    assertEquals(kernel.values(), KerasWeights.read(second).weights("conv1").get(0).values());
    assertTrue(!kernel.values().equals(KerasWeights.read(other).weights("conv1").get(0).values()));
  }
}
