package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.train.network.LayerDescription.Dense;
import io.cxr.train.network.LayerDescription.Dropout;
import io.cxr.train.network.LayerDescription.Flatten;
import io.cxr.train.network.LayerDescription.GlobalAveragePooling;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.NetworkGraph.Node;
import io.cxr.train.network.NetworkTable;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Shape;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;

/** A network of layers in a row whose every weight is learnt from the radiographs. */
public sealed interface UntrainedArchitecture extends Architecture
    permits ReportCnn, LocalMaximaCnn, DarkCovidNet {

  /**
   * The layers with the head, whose last is the dense layer {@link #OUTPUT}.
   *
   * @param labels how many labels, at least 2
   * @return the graph; each layer feeds the next
   */
  NetworkGraph layers(int labels);

  /**
   * How weights start.
   *
   * @return Glorot and Bengio's uniform distribution (AISTATS 2010), as Keras
   */
  default WeightInit weightInit() {
    return WeightInit.XAVIER_UNIFORM;
  }

  /**
   * The layers with their loss.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of initial weights and dropout
   * @param updater how weights are updated
   * @return the configuration, for input {@code [batch, channel, row, column]}
   */
  default MultiLayerConfiguration configuration(int labels, long seed, IUpdater updater) {
    return configuration(output(labels), labels, seed, updater);
  }

  /**
   * The layers with a loss of another answer than {@link #output}, such as findings.
   *
   * @param output what the last layer gives
   * @param labels how many labels, findings or measurements
   * @param seed the seed of initial weights and dropout
   * @param updater how weights are updated
   * @return the configuration, for input {@code [batch, channel, row, column]}
   */
  default MultiLayerConfiguration configuration(
      OutputActivation output, int labels, long seed, IUpdater updater) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .weightInit(weightInit())
            .list();
    for (Node node : layers(Math.max(2, labels)).nodes()) {
      if (node.name().equals(OUTPUT)) {
        OutputLayer.Builder last =
            switch (output) {
              case SOFTMAX ->
                  new OutputLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX);
              case SIGMOID_PER_LABEL, SIGMOID_OF_SECOND_LABEL, SIGMOID ->
                  new OutputLayer.Builder(new LossBinaryXENT()).activation(Activation.SIGMOID);
              case IDENTITY ->
                  new OutputLayer.Builder(new LossMSE()).activation(Activation.IDENTITY);
            };
        list.layer(last.name(OUTPUT).nOut(output.units(labels)).build());
      } else if (!(node.layer() instanceof Flatten)) {
        // Deeplearning4j flattens by itself where a dense layer follows a map.
        list.layer(Deeplearning4jLayers.layer(node));
      }
    }
    InputShape input = inputShape();
    return list.setInputType(
            InputType.convolutional(input.rows(), input.columns(), input.channels()))
        .build();
  }

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
    return graph(output(labels), labels, seed, updater);
  }

  /**
   * The network with another answer than {@link #output}, such as findings.
   *
   * @param output what the last layer gives
   * @param labels how many labels, findings or measurements
   * @param seed the seed of initial weights and dropout
   * @param updater how weights are updated
   * @return the graph, initialised, from {@code input} to {@link #OUTPUT}
   */
  default ComputationGraph graph(OutputActivation output, int labels, long seed, IUpdater updater) {
    MultiLayerConfiguration layers = configuration(output, labels, seed, updater);
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

  /** {@inheritDoc} With two labels one sigmoid, as the report has it; with more a softmax. */
  @Override
  default OutputActivation output(int labels) {
    return labels == 2 ? OutputActivation.SIGMOID_OF_SECOND_LABEL : OutputActivation.SOFTMAX;
  }

  /**
   * The dense layer that ends the network.
   *
   * @param labels how many labels, at least 2
   * @return the layer
   */
  default Dense head(int labels) {
    boolean softmax = output(labels) == OutputActivation.SOFTMAX;
    return new Dense(
        output(labels).units(labels), softmax ? Nonlinearity.SOFTMAX : Nonlinearity.SIGMOID);
  }

  /**
   * The images, as the layers take them.
   *
   * @return channels first
   */
  default Shape images() {
    InputShape input = inputShape();
    return Shape.map(input.channels(), input.rows(), input.columns());
  }

  @Override
  default Optional<NetworkGraph> withoutTop() {
    NetworkGraph layers = layers(2);
    Node at = layers.node(layers.node(OUTPUT).inputs().get(0));
    while (at.layer() instanceof Flatten
        || at.layer() instanceof GlobalAveragePooling
        || at.layer() instanceof Dropout) {
      at = layers.node(at.inputs().get(0));
    }
    return Optional.of(layers.upTo(at.name()));
  }

  @Override
  default NetworkTable summary(int labels) {
    return NetworkTable.of(name(), layers(labels), name -> false);
  }
}
