package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.preprocess.PreprocessingSpec;
import io.cxr.preprocess.PreprocessingStep.Normalization;
import io.cxr.preprocess.Resampling;
import io.cxr.train.weights.KerasWeights;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;

/**
 * ResNet-50 (He et al., CVPR 2016) with a frozen ImageNet base, as Keras Applications has it
 * (version 1: biases in the convolutions, stride in the first 1x1 convolution of a block), under
 * Flatten (100,352) and Dense. With two labels it has 23,788,418 parameters, of which 200,706 are
 * learnt.
 *
 * @param head what the head gives: softmax or a sigmoid a label
 */
public record ResNet50(OutputActivation head) implements PretrainedArchitecture {
  /** Blocks and narrow filters of the stages conv2 to conv5. */
  private static final int[][] STAGES = {{3, 64}, {4, 128}, {6, 256}, {3, 512}};

  private static final int EXPANSION = 4;

  /** Checks the values. */
  public ResNet50 {
    checkHead(head);
  }

  static void checkHead(OutputActivation head) {
    if (head == OutputActivation.SIGMOID_OF_SECOND_LABEL) {
      throw new IllegalArgumentException(
          "Head: expected softmax or a sigmoid a label, found one sigmoid for two labels");
    }
  }

  /**
   * The network as the report has it, with a sigmoid a label.
   *
   * @return the network
   */
  public static ResNet50 asReported() {
    return new ResNet50(OutputActivation.SIGMOID_PER_LABEL);
  }

  @Override
  public ResNet50 withHead(OutputActivation head) {
    return new ResNet50(head);
  }

  @Override
  public String name() {
    return "resnet50";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.CAFFE_BGR_MEAN);
  }

  @Override
  public int batchSize() {
    return 32;
  }

  @Override
  public double learningRate() {
    return 1e-5;
  }

  @Override
  public OutputActivation output(int labels) {
    return head;
  }

  @Override
  public FeatureShape features() {
    return new FeatureShape(2048, 7, 7);
  }

  @Override
  public String addBase(GraphBuilder graph) {
    graph.addLayer("conv1_pad", new ZeroPaddingLayer.Builder(3, 3).build(), INPUT);
    String last = convolution(graph, "conv1", 7, 2, 64, ConvolutionMode.Truncate, "conv1_pad");
    last = relu(graph, "conv1_relu", last);
    graph.addLayer("pool1_pad", new ZeroPaddingLayer.Builder(1, 1).build(), last);
    graph.addLayer("pool1_pool", Layers.maxPooling("pool1_pool", 3, 2), "pool1_pad");
    last = "pool1_pool";
    for (int stage = 0; stage < STAGES.length; stage++) {
      for (int block = 1; block <= STAGES[stage][0]; block++) {
        int stride = stage > 0 && block == 1 ? 2 : 1;
        last = addBlock(graph, blockName(stage, block), STAGES[stage][1], stride, block == 1, last);
      }
    }
    return last;
  }

  private static String addBlock(
      GraphBuilder graph, String name, int filters, int stride, boolean projects, String input) {
    ConvolutionMode valid = ConvolutionMode.Truncate;
    String shortcut =
        projects
            ? convolution(graph, name + "_0", 1, stride, EXPANSION * filters, valid, input)
            : input;
    String last = convolution(graph, name + "_1", 1, stride, filters, valid, input);
    last = relu(graph, name + "_1_relu", last);
    last = convolution(graph, name + "_2", 3, 1, filters, ConvolutionMode.Same, last);
    last = relu(graph, name + "_2_relu", last);
    last = convolution(graph, name + "_3", 1, 1, EXPANSION * filters, valid, last);
    graph.addVertex(name + "_add", new ElementWiseVertex(ElementWiseVertex.Op.Add), shortcut, last);
    return relu(graph, name + "_out", name + "_add");
  }

  /** A convolution with batch norm: {@code NAME_conv}, {@code NAME_bn}. */
  private static String convolution(
      GraphBuilder graph,
      String name,
      int size,
      int stride,
      int filters,
      ConvolutionMode mode,
      String input) {
    graph.addLayer(
        name + "_conv",
        Layers.convolution(name + "_conv", size, stride, filters, mode, Activation.IDENTITY),
        input);
    graph.addLayer(name + "_bn", Layers.batchNormalization(name + "_bn"), name + "_conv");
    return name + "_bn";
  }

  private static String relu(GraphBuilder graph, String name, String input) {
    graph.addLayer(
        name, new ActivationLayer.Builder().name(name).activation(Activation.RELU).build(), input);
    return name;
  }

  private static String blockName(int stage, int block) {
    return "conv" + (stage + 2) + "_block" + block;
  }

  @Override
  public void load(KerasWeights weights, ComputationGraph base) {
    load(weights, base, "conv1", 7, 3, 64);
    int channels = 64;
    for (int stage = 0; stage < STAGES.length; stage++) {
      int filters = STAGES[stage][1];
      for (int block = 1; block <= STAGES[stage][0]; block++) {
        String name = blockName(stage, block);
        if (block == 1) {
          load(weights, base, name + "_0", 1, channels, EXPANSION * filters);
        }
        load(weights, base, name + "_1", 1, channels, filters);
        load(weights, base, name + "_2", 3, filters, filters);
        load(weights, base, name + "_3", 1, filters, EXPANSION * filters);
        channels = EXPANSION * filters;
      }
    }
  }

  private static void load(
      KerasWeights weights, ComputationGraph base, String name, int size, int in, int out) {
    String convolution = name + "_conv";
    PretrainedArchitecture.set(
        base, convolution, "W", weights.convolutionKernel(convolution, size, size, in, out));
    PretrainedArchitecture.set(base, convolution, "b", weights.vector(convolution, 1, out));
    String[] parameters = {"gamma", "beta", "mean", "var"};
    for (int i = 0; i < parameters.length; i++) {
      PretrainedArchitecture.set(
          base, name + "_bn", parameters[i], weights.vector(name + "_bn", i, out));
    }
  }
}
