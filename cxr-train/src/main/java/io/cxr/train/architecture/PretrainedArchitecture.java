package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.preprocess.InputShape;
import io.cxr.train.weights.KerasWeights;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * A network whose convolutional base has ImageNet weights and is frozen, under a head that is
 * learnt: Flatten, then one Dense layer with a unit a label.
 *
 * <p>Features are flattened as {@code [channel, row, column]}. Keras flattens as {@code [row,
 * column, channel]}; heads are our own, so nothing has to be reordered.
 */
public sealed interface PretrainedArchitecture extends Architecture permits Vgg16, ResNet50 {

  /** The name of the head's layer. */
  String HEAD = "predictions";

  /** The name of the base's input. */
  String INPUT = "input";

  /**
   * The same base under another head.
   *
   * @param head softmax or a sigmoid a label
   * @return the network
   */
  PretrainedArchitecture withHead(OutputActivation head);

  /**
   * Adds the base's layers to a graph that has the input {@link #INPUT}.
   *
   * @param graph the graph
   * @return the name of the last layer
   */
  String addBase(ComputationGraphConfiguration.GraphBuilder graph);

  /**
   * Copies the weights of every layer of the base.
   *
   * @param weights the Keras file without top
   * @param base a graph with the base's layers
   * @throws io.cxr.ModelFormatException if a layer is missing or has another shape
   */
  void load(KerasWeights weights, ComputationGraph base);

  /**
   * The shape of the base's output for one image.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  FeatureShape features();

  /**
   * The frozen base.
   *
   * @param weights ImageNet weights without top
   * @return a graph from {@code [batch, 3, row, column]} to the last feature map
   * @throws io.cxr.ModelFormatException if a layer is missing or has another shape
   */
  default ComputationGraph base(KerasWeights weights) {
    ComputationGraphConfiguration.GraphBuilder graph = graph();
    graph.setOutputs(addBase(graph));
    ComputationGraph base = new ComputationGraph(graph.build());
    base.init();
    load(weights, base);
    return base;
  }

  /**
   * The head, on flattened features. Its weights start at zero: one layer has no symmetry to break,
   * and random weights on 100,000 features, of which few hundred images move most but little, stay
   * as noise in every answer and heatmap.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of the network
   * @param updater how weights are updated
   * @return the network, initialised, for input {@code [batch, channel * row * column]}
   */
  default MultiLayerNetwork head(int labels, long seed, IUpdater updater) {
    MultiLayerConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .weightInit(WeightInit.ZERO)
            .list()
            .layer(headLayer(labels))
            .setInputType(InputType.feedForward(features().elements()))
            .build();
    MultiLayerNetwork head = new MultiLayerNetwork(configuration);
    head.init();
    return head;
  }

  /**
   * Base and head as one network without weights.
   *
   * @param labels how many labels, at least 2
   * @return a new graph, initialised with zeros
   */
  default ComputationGraph joined(int labels) {
    ComputationGraph joined = new ComputationGraph(configuration(labels));
    joined.init();
    return joined;
  }

  /**
   * Base and head as one network, as a model file holds it.
   *
   * @param base the frozen base
   * @param head the trained head
   * @param labels how many labels, at least 2
   * @return a new graph with copies of their weights
   */
  default ComputationGraph joined(ComputationGraph base, MultiLayerNetwork head, int labels) {
    ComputationGraph joined = joined(labels);
    for (Layer layer : base.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      for (Map.Entry<String, INDArray> parameter : layer.paramTable().entrySet()) {
        joined.getLayer(name).getParam(parameter.getKey()).assign(parameter.getValue());
      }
    }
    copyHead(head, joined);
    return joined;
  }

  /**
   * Brings the head of a joined network up to date.
   *
   * @param head the head, trained further
   * @param joined what {@link #joined} gave; changed
   */
  default void copyHead(MultiLayerNetwork head, ComputationGraph joined) {
    for (Map.Entry<String, INDArray> parameter : head.getOutputLayer().paramTable().entrySet()) {
      joined.getLayer(HEAD).getParam(parameter.getKey()).assign(parameter.getValue());
    }
  }

  @Override
  default NetworkSummary summary(int labels) {
    return NetworkSummary.of(
        name(), configuration(labels), inputShape(), layer -> !layer.equals(HEAD));
  }

  private ComputationGraphConfiguration configuration(int labels) {
    ComputationGraphConfiguration.GraphBuilder graph = graph();
    String last = addBase(graph);
    FeatureShape shape = features();
    graph.addLayer(
        HEAD,
        headLayer(labels),
        new CnnToFeedForwardPreProcessor(shape.rows(), shape.columns(), shape.channels()),
        last);
    graph.setOutputs(HEAD);
    return graph.build();
  }

  private ComputationGraphConfiguration.GraphBuilder graph() {
    InputShape shape = inputShape();
    return new NeuralNetConfiguration.Builder()
        .updater(new NoOp())
        // Weights are loaded; drawing random ones first would only take time.
        .weightInit(WeightInit.ZERO)
        .graphBuilder()
        .addInputs(INPUT)
        .setInputTypes(InputType.convolutional(shape.rows(), shape.columns(), shape.channels()));
  }

  private OutputLayer headLayer(int labels) {
    boolean softmax = output(labels) == OutputActivation.SOFTMAX;
    ILossFunction loss = softmax ? new LossMCXENT() : new KerasCategoricalCrossEntropy();
    return new OutputLayer.Builder(loss)
        .name(HEAD)
        .nIn(features().elements())
        .nOut(labels)
        .activation(softmax ? Activation.SOFTMAX : Activation.SIGMOID)
        .build();
  }

  /** Sets one parameter of one layer. */
  static void set(ComputationGraph base, String layer, String parameter, float[] values) {
    INDArray target = base.getLayer(layer).getParam(parameter);
    if (target.length() != values.length) {
      throw new IllegalStateException(
          layer + "." + parameter + ": " + target.length() + " values, not " + values.length);
    }
    target.assign(Nd4j.createFromArray(values).reshape('c', target.shape()));
  }
}
