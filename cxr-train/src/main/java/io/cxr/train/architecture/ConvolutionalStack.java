package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * A stack of 3x3 convolutions with ReLU and 2x2 max pooling, then Dense layers with ReLU, as the
 * report's two CNNs are. Not thread-safe.
 */
final class ConvolutionalStack {
  private final List<Layer> layers = new ArrayList<>();
  private int convolutions;
  private int denses;

  /** With two labels one sigmoid, as the report has it; with more a softmax. */
  static OutputActivation output(int labels) {
    return labels == 2 ? OutputActivation.SIGMOID_OF_SECOND_LABEL : OutputActivation.SOFTMAX;
  }

  /** Adds convolution and pooling, and dropout where the rate is above 0. */
  ConvolutionalStack convolution(int filters, double dropout) {
    convolutions++;
    layers.add(
        Layers.convolution(
            "conv" + convolutions, 3, 1, filters, ConvolutionMode.Truncate, Activation.RELU));
    layers.add(Layers.maxPooling("pool" + convolutions, 2, 2));
    if (dropout > 0) {
      layers.add(Layers.dropout("dropout" + convolutions, dropout));
    }
    return this;
  }

  ConvolutionalStack dense(int units) {
    denses++;
    layers.add(Layers.dense("dense" + denses, units));
    return this;
  }

  MultiLayerConfiguration configuration(InputShape input, int labels, long seed, IUpdater updater) {
    boolean softmax = output(labels) == OutputActivation.SOFTMAX;
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .weightInit(WeightInit.XAVIER_UNIFORM)
            .list();
    layers.forEach(list::layer);
    list.layer(
        new OutputLayer.Builder(softmax ? new LossMCXENT() : new LossBinaryXENT())
            .name(Architecture.OUTPUT)
            .nOut(output(labels).units(labels))
            .activation(softmax ? Activation.SOFTMAX : Activation.SIGMOID)
            .build());
    return list.setInputType(
            InputType.convolutional(input.rows(), input.columns(), input.channels()))
        .build();
  }
}
