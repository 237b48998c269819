package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;

/** A network whose every weight is learnt from the radiographs. */
public sealed interface UntrainedArchitecture extends Architecture
    permits ReportCnn, LocalMaximaCnn, DarkCovidNet {

  /**
   * The layers with their loss.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of initial weights and dropout
   * @param updater how weights are updated
   * @return the configuration, for input {@code [batch, channel, row, column]}
   */
  MultiLayerConfiguration configuration(int labels, long seed, IUpdater updater);

  /**
   * The network with fresh weights.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of initial weights and dropout
   * @param updater how weights are updated
   * @return the network, initialised
   */
  default MultiLayerNetwork network(int labels, long seed, IUpdater updater) {
    MultiLayerNetwork network = new MultiLayerNetwork(configuration(labels, seed, updater));
    network.init();
    return network;
  }

  /**
   * The same network, with the same fresh weights, as a graph: one vertex a layer, with the layers'
   * names and in their order.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of initial weights and dropout
   * @param updater how weights are updated
   * @return the graph, initialised, from {@code input} to {@link #OUTPUT}
   */
  default ComputationGraph graph(int labels, long seed, IUpdater updater) {
    MultiLayerConfiguration layers = configuration(labels, seed, updater);
    ComputationGraphConfiguration.GraphBuilder graph =
        new NeuralNetConfiguration.Builder().seed(seed).graphBuilder().addInputs("input");
    String last = "input";
    for (int i = 0; i < layers.getConfs().size(); i++) {
      Layer layer = layers.getConf(i).getLayer();
      graph.addLayer(layer.getLayerName(), layer, layers.getInputPreProcess(i), last);
      last = layer.getLayerName();
    }
    ComputationGraph network = new ComputationGraph(graph.setOutputs(last).build());
    network.init();
    return network;
  }

  @Override
  default OutputActivation output(int labels) {
    return ConvolutionalStack.output(labels);
  }

  @Override
  default NetworkSummary summary(int labels) {
    return NetworkSummary.of(name(), configuration(labels, 0, new NoOp()), inputShape());
  }
}
