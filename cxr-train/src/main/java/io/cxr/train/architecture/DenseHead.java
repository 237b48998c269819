package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.train.loss.KerasCategoricalCrossEntropy;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * One dense layer with a unit a label. Its weights start at zero: one layer has no symmetry to
 * break, and random weights on 100,000 features, of which few hundred images move most but little,
 * stay as noise in every answer and heatmap.
 */
final class DenseHead {
  private DenseHead() {}

  /** The beginning of a graph that ends with the head. */
  static GraphBuilder graph(long seed, IUpdater updater) {
    return new NeuralNetConfiguration.Builder()
        .seed(seed)
        .updater(updater)
        .weightInit(WeightInit.ZERO)
        .graphBuilder()
        .addInputs(PretrainedArchitecture.FEATURES);
  }

  static OutputLayer layer(OutputActivation head, int inputs, int labels) {
    boolean softmax = head == OutputActivation.SOFTMAX;
    ILossFunction loss = softmax ? new LossMCXENT() : new KerasCategoricalCrossEntropy();
    return new OutputLayer.Builder(loss)
        .name(Architecture.OUTPUT)
        .nIn(inputs)
        .nOut(labels)
        .activation(softmax ? Activation.SOFTMAX : Activation.SIGMOID)
        .build();
  }

  /** The head alone, on features. */
  static ComputationGraph alone(
      OutputActivation head, int inputs, int labels, long seed, IUpdater updater) {
    ComputationGraph learner =
        new ComputationGraph(
            graph(seed, updater)
                .addLayer(
                    Architecture.OUTPUT,
                    layer(head, inputs, labels),
                    PretrainedArchitecture.FEATURES)
                .setOutputs(Architecture.OUTPUT)
                .build());
    learner.init();
    return learner;
  }

  /** Refuses what a base cannot have on top. */
  static void check(OutputActivation head) {
    if (head == OutputActivation.SIGMOID_OF_SECOND_LABEL) {
      throw new IllegalArgumentException(
          "Head: expected softmax or a sigmoid a label, found one sigmoid for two labels");
    }
  }
}
