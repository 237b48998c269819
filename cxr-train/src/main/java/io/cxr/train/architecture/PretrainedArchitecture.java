package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.train.loss.KerasCategoricalCrossEntropy;
import io.cxr.train.weights.KerasWeights;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * A network whose convolutional base has ImageNet weights, under a head that is learnt: one Dense
 * layer with a unit a label, on the flattened last map or on its channels' means.
 *
 * <p>The base is frozen, but for as many of its last blocks as {@link #unfrozen(int)} says, which
 * are learnt with the head. So there are two graphs: the <em>base</em>, which only gives features,
 * and the <em>learner</em> from features to answer. Both as one are the <em>joined</em> network.
 *
 * <p>Features are flattened as {@code [channel, row, column]}. Keras flattens as {@code [row,
 * column, channel]}; heads are our own, so nothing has to be reordered.
 */
public sealed interface PretrainedArchitecture extends Architecture permits Vgg16, ResNet50 {

  /** The name of the base's input. */
  String INPUT = "input";

  /** The name of the learner's input. */
  String FEATURES = "features";

  /** The name of the layer of {@link Pooling#GLOBAL_AVERAGE}. */
  String GLOBAL_POOL = "avg_pool";

  /**
   * The same base under another head.
   *
   * @param head softmax or a sigmoid a label
   * @return the network
   */
  PretrainedArchitecture withHead(OutputActivation head);

  /**
   * The same base with another pooling under the head.
   *
   * @param pooling flattened or averaged
   * @return the network
   */
  PretrainedArchitecture withPooling(Pooling pooling);

  /**
   * The same network with its last blocks learnt as well, from their ImageNet weights. In them each
   * batch norm is folded into the convolution before it, which keeps the function and avoids the
   * statistics of small batches. Their learning rate should be far below the head's.
   *
   * @param blocks how many of the last blocks are learnt, 0 for none
   * @return the network
   * @throws IllegalArgumentException if the base has not that many
   */
  PretrainedArchitecture unfrozen(int blocks);

  /**
   * How many of the last blocks are learnt.
   *
   * @return 0 for a base that is frozen as a whole
   */
  int unfrozen();

  /**
   * How the last map becomes the head's input.
   *
   * @return flattened or averaged
   */
  Pooling pooling();

  /**
   * The name of the layer whose output is the last map that is frozen. With the weights, the
   * pooling and the preprocessing it decides the features.
   *
   * @return the layer's name as Keras has it
   */
  String lastFrozenLayer();

  /**
   * Adds the frozen blocks to a graph that has the input {@link #INPUT}.
   *
   * @param graph the graph
   * @return the name of the last layer
   */
  String addFrozen(ComputationGraphConfiguration.GraphBuilder graph);

  /**
   * Adds the blocks that are learnt.
   *
   * @param graph the graph
   * @param input the name of the vertex that gives the last frozen map
   * @return the name of the last layer; the input where nothing is learnt but the head
   */
  String addUnfrozen(ComputationGraphConfiguration.GraphBuilder graph, String input);

  /**
   * Copies the weights of every frozen layer.
   *
   * @param weights the Keras file without top
   * @param base a graph with these layers
   * @throws io.cxr.error.ModelFormatException if a layer is missing or has another shape
   */
  void loadFrozen(KerasWeights weights, ComputationGraph base);

  /**
   * Copies the weights that layers of the base are learnt from.
   *
   * @param weights the Keras file without top
   * @param learner a graph with these layers
   * @throws io.cxr.error.ModelFormatException if a layer is missing or has another shape
   */
  void loadUnfrozen(KerasWeights weights, ComputationGraph learner);

  /**
   * The shape of the last frozen map for one image.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  FeatureShape frozenMap();

  /**
   * The shape of the last map, frozen or not, for one image.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  FeatureShape lastMap();

  /**
   * The shape of the base's output for one image: the last frozen map, or the means of its channels
   * where nothing but a head on such means is learnt.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  default FeatureShape features() {
    return poolsInBase() ? new FeatureShape(frozenMap().channels(), 1, 1) : frozenMap();
  }

  /**
   * The frozen base.
   *
   * @param weights ImageNet weights without top
   * @return a graph from {@code [batch, 3, row, column]} to the {@link #features}
   * @throws io.cxr.error.ModelFormatException if a layer is missing or has another shape
   */
  default ComputationGraph base(KerasWeights weights) {
    ComputationGraph base = new ComputationGraph(baseConfiguration());
    base.init();
    loadFrozen(weights, base);
    return base;
  }

  /**
   * What is learnt: the layers from the base's features to the answer. Unfrozen blocks start from
   * ImageNet weights. The head's weights start at zero: one layer has no symmetry to break, and
   * random weights on 100,000 features, of which few hundred images move most but little, stay as
   * noise in every answer and heatmap.
   *
   * @param labels how many labels, at least 2
   * @param seed the seed of the network
   * @param updater how weights are updated
   * @param weights ImageNet weights without top
   * @return a graph from {@link #FEATURES}, {@code [batch, channel * row * column]} or, with
   *     unfrozen blocks, {@code [batch, channel, row, column]} as well, to {@link #OUTPUT};
   *     initialised. The head is the layer {@link #OUTPUT}; all others are unfrozen blocks
   * @throws io.cxr.error.ModelFormatException if a layer is missing or has another shape
   */
  default ComputationGraph learner(int labels, long seed, IUpdater updater, KerasWeights weights) {
    ComputationGraphConfiguration.GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .weightInit(WeightInit.ZERO)
            .graphBuilder()
            .addInputs(FEATURES)
            .setInputTypes(InputType.feedForward(features().elements()));
    String last = FEATURES;
    if (unfrozen() > 0) {
      FeatureShape map = frozenMap();
      last = FEATURES + "_map";
      graph.addVertex(
          last,
          new PreprocessorVertex(
              new FeedForwardToCnnPreProcessor(map.rows(), map.columns(), map.channels())),
          FEATURES);
      last = addPool(graph, addUnfrozen(graph, last), true);
    }
    addHead(graph, last, labels, unfrozen() > 0);
    ComputationGraph learner = new ComputationGraph(graph.build());
    learner.init();
    loadUnfrozen(weights, learner);
    return learner;
  }

  /**
   * Base and learner as one network without weights.
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
   * Base and learner as one network, as a model file holds it.
   *
   * @param base the frozen base
   * @param learner what was learnt
   * @param labels how many labels, at least 2
   * @return a new graph with copies of their weights
   */
  default ComputationGraph joined(ComputationGraph base, ComputationGraph learner, int labels) {
    ComputationGraph joined = joined(labels);
    copy(base, joined);
    copyLearner(learner, joined);
    return joined;
  }

  /**
   * Brings the learnt layers of a joined network up to date.
   *
   * @param learner what was learnt, trained further
   * @param joined what {@link #joined} gave; changed
   */
  default void copyLearner(ComputationGraph learner, ComputationGraph joined) {
    copy(learner, joined);
  }

  @Override
  default NetworkSummary summary(int labels) {
    return NetworkSummary.of(
        name(),
        configuration(labels),
        inputShape(),
        baseConfiguration().getVertices().keySet()::contains);
  }

  private static void copy(ComputationGraph from, ComputationGraph to) {
    for (Layer layer : from.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      for (Map.Entry<String, INDArray> parameter : layer.paramTable().entrySet()) {
        to.getLayer(name).getParam(parameter.getKey()).assign(parameter.getValue());
      }
    }
  }

  private boolean poolsInBase() {
    return unfrozen() == 0 && pooling() == Pooling.GLOBAL_AVERAGE;
  }

  private ComputationGraphConfiguration baseConfiguration() {
    ComputationGraphConfiguration.GraphBuilder graph = graph();
    String last = addFrozen(graph);
    return graph.setOutputs(unfrozen() == 0 ? addPool(graph, last, false) : last).build();
  }

  private ComputationGraphConfiguration configuration(int labels) {
    ComputationGraphConfiguration.GraphBuilder graph = graph();
    String last = addPool(graph, addUnfrozen(graph, addFrozen(graph)), true);
    addHead(graph, last, labels, true);
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

  /** {@code flat}: to a vector; a base gives a map of one pixel, as features are maps. */
  private String addPool(
      ComputationGraphConfiguration.GraphBuilder graph, String map, boolean flat) {
    if (pooling() == Pooling.FLATTEN) {
      return map;
    }
    graph.addLayer(
        GLOBAL_POOL,
        new GlobalPoolingLayer.Builder(PoolingType.AVG)
            .name(GLOBAL_POOL)
            .collapseDimensions(flat)
            .build(),
        map);
    return GLOBAL_POOL;
  }

  private void addHead(
      ComputationGraphConfiguration.GraphBuilder graph, String input, int labels, boolean onMap) {
    FeatureShape map = lastMap();
    boolean softmax = output(labels) == OutputActivation.SOFTMAX;
    ILossFunction loss = softmax ? new LossMCXENT() : new KerasCategoricalCrossEntropy();
    OutputLayer head =
        new OutputLayer.Builder(loss)
            .name(OUTPUT)
            .nIn(pooling() == Pooling.FLATTEN ? map.elements() : map.channels())
            .nOut(labels)
            .activation(softmax ? Activation.SOFTMAX : Activation.SIGMOID)
            .build();
    if (onMap && pooling() == Pooling.FLATTEN) {
      graph.addLayer(
          OUTPUT,
          head,
          new CnnToFeedForwardPreProcessor(map.rows(), map.columns(), map.channels()),
          input);
    } else {
      graph.addLayer(OUTPUT, head, input);
    }
    graph.setOutputs(OUTPUT);
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

  /** Checks what every pretrained network has. */
  static void check(OutputActivation head, Pooling pooling, int unfrozen, int most) {
    Objects.requireNonNull(pooling, "pooling");
    if (head == OutputActivation.SIGMOID_OF_SECOND_LABEL) {
      throw new IllegalArgumentException(
          "Head: expected softmax or a sigmoid a label, found one sigmoid for two labels");
    }
    if (unfrozen < 0 || unfrozen > most) {
      throw new IllegalArgumentException(
          "Unfrozen blocks: expected 0 to " + most + ", found " + unfrozen);
    }
  }
}
