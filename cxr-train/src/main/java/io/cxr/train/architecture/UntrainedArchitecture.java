package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;

/** A network whose every weight is learnt from the radiographs. */
public sealed interface UntrainedArchitecture extends Architecture
    permits ReportCnn, LocalMaximaCnn {

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

  @Override
  default OutputActivation output(int labels) {
    return ConvolutionalStack.output(labels);
  }

  @Override
  default NetworkSummary summary(int labels) {
    return NetworkSummary.of(name(), configuration(labels, 0, new NoOp()), inputShape());
  }
}
