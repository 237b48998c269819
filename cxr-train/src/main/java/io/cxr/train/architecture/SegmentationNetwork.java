package io.cxr.train.architecture;

import io.cxr.train.loss.MaskLoss;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Shape;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;

/** Networks that learn a mask of an image, on Deeplearning4j. */
public final class SegmentationNetwork {
  /** The name of the last layer, which gives probabilities. */
  public static final String OUTPUT = "lungs";

  private SegmentationNetwork() {}

  /**
   * A network with fresh weights under a sigmoid and a {@link MaskLoss}. Convolutions begin as He
   * et al. draw them (ICCV 2015).
   *
   * @param layers the layers, from images to a map of one channel of logits
   * @param seed the seed of initial weights
   * @param updater how weights are updated
   * @return the graph, initialised, from {@code input} to {@link #OUTPUT}
   */
  public static ComputationGraph of(NetworkGraph layers, long seed, IUpdater updater) {
    Shape map = layers.shape(layers.output());
    if (map.flat() || map.channels() != 1) {
      throw new IllegalArgumentException(
          "Segmentation: expected layers that give a map of one channel, found " + map);
    }
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .weightInit(WeightInit.RELU)
            .graphBuilder()
            .addInputs(NetworkGraph.INPUT);
    String logits = Deeplearning4jLayers.add(graph, layers, NetworkGraph.INPUT);
    graph.addLayer(
        OUTPUT,
        new CnnLossLayer.Builder(new MaskLoss(map.positions()))
            .activation(Activation.SIGMOID)
            .build(),
        logits);
    ComputationGraph network = new ComputationGraph(graph.setOutputs(OUTPUT).build());
    network.init();
    return network;
  }
}
