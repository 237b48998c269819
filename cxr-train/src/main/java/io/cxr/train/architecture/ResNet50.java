package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.weights.KerasWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;

/**
 * ResNet-50 (He et al., CVPR 2016) with an ImageNet base, as Keras Applications has it (version 1:
 * biases in the convolutions, stride in the first 1x1 convolution of a block). The report has it
 * frozen under Flatten (100,352) and Dense: with two labels 23,788,418 parameters, of which 200,706
 * are learnt.
 *
 * <p>The base may end after any of its residual blocks: its lower part knows edges and textures,
 * which radiographs share with photographs, and is a fraction of the whole in size and time.
 *
 * @param head what the head gives: softmax or a sigmoid a label
 * @param pooling how the last map becomes the head's input
 * @param lastBlock the last residual block, {@code conv2_block1} to {@code conv5_block3}
 * @param unfrozen how many residual blocks, from the last down, are learnt with the head
 * @param preprocessing from radiograph to input; its shape is the network's, three channels first,
 *     32 rows and columns or more. The weights expect the Caffe mean
 */
public record ResNet50(
    OutputActivation head,
    Pooling pooling,
    String lastBlock,
    int unfrozen,
    PreprocessingSpec preprocessing)
    implements PretrainedArchitecture {
  /** Blocks and narrow filters of the stages conv2 to conv5. */
  private static final int[][] STAGES = {{3, 64}, {4, 128}, {6, 256}, {3, 512}};

  private static final int EXPANSION = 4;
  private static final int STEM_CHANNELS = 64;
  private static final String STEM_END = "pool1_pool";
  private static final int SMALLEST_INPUT = 32;
  private static final List<Block> BLOCKS = blocks();

  /** One residual block. */
  private record Block(String name, int filters, int stride, int in) {
    int out() {
      return EXPANSION * filters;
    }

    /** Whether the shortcut is a convolution: the first block of a stage changes the channels. */
    boolean projects() {
      return in != out();
    }
  }

  private static List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    int channels = STEM_CHANNELS;
    for (int stage = 0; stage < STAGES.length; stage++) {
      for (int i = 1; i <= STAGES[stage][0]; i++) {
        int stride = stage > 0 && i == 1 ? 2 : 1;
        Block block =
            new Block("conv" + (stage + 2) + "_block" + i, STAGES[stage][1], stride, channels);
        blocks.add(block);
        channels = block.out();
      }
    }
    return List.copyOf(blocks);
  }

  /** Checks the values. */
  public ResNet50 {
    Objects.requireNonNull(lastBlock, "lastBlock");
    List<String> names = BLOCKS.stream().map(Block::name).toList();
    if (!names.contains(lastBlock)) {
      throw new IllegalArgumentException(
          "Last block: expected one of " + names + ", found '" + lastBlock + "'");
    }
    PretrainedArchitecture.check(head, pooling, unfrozen, names.indexOf(lastBlock) + 1);
    InputShape input = preprocessing.inputShape();
    if (input.layout() != InputShape.Layout.CHANNELS_FIRST
        || input.channels() != 3
        || Math.min(input.rows(), input.columns()) < SMALLEST_INPUT) {
      throw new IllegalArgumentException(
          "Preprocessing: expected three channels first, at least "
              + SMALLEST_INPUT
              + " x "
              + SMALLEST_INPUT
              + ", found "
              + input);
    }
  }

  /**
   * The frozen network of the report under Flatten and Dense.
   *
   * @param head what the head gives: softmax or a sigmoid a label
   */
  public ResNet50(OutputActivation head) {
    this(
        head,
        Pooling.FLATTEN,
        "conv5_block3",
        0,
        PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.CAFFE_BGR_MEAN));
  }

  /**
   * The network as the report has it, with a sigmoid a label.
   *
   * @return the network
   */
  public static ResNet50 asReported() {
    return new ResNet50(OutputActivation.SIGMOID_PER_LABEL);
  }

  /**
   * A network of 5.2 million parameters, about 10 MB at two bytes each: the base to {@code
   * conv4_block3}, global average pooling, softmax, and bilinear 224 x 224 input.
   *
   * @return the network
   */
  public static ResNet50 compact() {
    return new ResNet50(
        OutputActivation.SOFTMAX,
        Pooling.GLOBAL_AVERAGE,
        "conv4_block3",
        0,
        PreprocessingSpec.of(224, 224, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN));
  }

  @Override
  public ResNet50 withHead(OutputActivation head) {
    return new ResNet50(head, pooling, lastBlock, unfrozen, preprocessing);
  }

  @Override
  public ResNet50 withPooling(Pooling pooling) {
    return new ResNet50(head, pooling, lastBlock, unfrozen, preprocessing);
  }

  /**
   * The same network, cut after another block.
   *
   * @param lastBlock the last residual block, {@code conv2_block1} to {@code conv5_block3}
   * @return the network
   */
  public ResNet50 withLastBlock(String lastBlock) {
    return new ResNet50(head, pooling, lastBlock, unfrozen, preprocessing);
  }

  /**
   * The same network with another way from radiograph to input, of any size.
   *
   * @param preprocessing the steps; their shape becomes the network's input
   * @return the network
   */
  public ResNet50 withPreprocessing(PreprocessingSpec preprocessing) {
    return new ResNet50(head, pooling, lastBlock, unfrozen, preprocessing);
  }

  @Override
  public ResNet50 unfrozen(int blocks) {
    return new ResNet50(head, pooling, lastBlock, blocks, preprocessing);
  }

  /** {@inheritDoc} A base that was cut is called {@code compact-resnet50}. */
  @Override
  public String name() {
    return blockCount() == BLOCKS.size() ? "resnet50" : "compact-resnet50";
  }

  @Override
  public int batchSize() {
    return 32;
  }

  @Override
  public double learningRate() {
    // Few and standardised features: the steps may be large, and the biases have a way to go.
    return pooling == Pooling.FLATTEN ? 1e-5 : 1e-2;
  }

  @Override
  public OutputActivation output(int labels) {
    return head;
  }

  private int blockCount() {
    return BLOCKS.stream().map(Block::name).toList().indexOf(lastBlock) + 1;
  }

  private List<Block> frozenBlocks() {
    return BLOCKS.subList(0, blockCount() - unfrozen);
  }

  private List<Block> unfrozenBlocks() {
    return BLOCKS.subList(blockCount() - unfrozen, blockCount());
  }

  @Override
  public String lastFrozenLayer() {
    List<Block> frozen = frozenBlocks();
    return frozen.isEmpty() ? STEM_END : frozen.get(frozen.size() - 1).name() + "_out";
  }

  @Override
  public FeatureShape frozenMap() {
    return mapAfter(frozenBlocks());
  }

  @Override
  public FeatureShape lastMap() {
    return mapAfter(BLOCKS.subList(0, blockCount()));
  }

  private FeatureShape mapAfter(List<Block> blocks) {
    int channels = blocks.isEmpty() ? STEM_CHANNELS : blocks.get(blocks.size() - 1).out();
    // conv1 and pool1 halve the map, and so does each block with a stride.
    int halvings = 2 + (int) blocks.stream().filter(block -> block.stride() == 2).count();
    int rows = preprocessing.inputShape().rows();
    int columns = preprocessing.inputShape().columns();
    for (int i = 0; i < halvings; i++) {
      rows = (rows + 1) / 2;
      columns = (columns + 1) / 2;
    }
    return new FeatureShape(channels, rows, columns);
  }

  @Override
  public String addFrozen(GraphBuilder graph) {
    graph.addLayer("conv1_pad", new ZeroPaddingLayer.Builder(3, 3).build(), INPUT);
    String last =
        convolution(graph, "conv1", 7, 2, STEM_CHANNELS, ConvolutionMode.Truncate, "conv1_pad");
    last = relu(graph, "conv1_relu", normalization(graph, "conv1", last));
    graph.addLayer("pool1_pad", new ZeroPaddingLayer.Builder(1, 1).build(), last);
    graph.addLayer(STEM_END, Layers.maxPooling(STEM_END, 3, 2), "pool1_pad");
    return addBlocks(graph, frozenBlocks(), true, STEM_END);
  }

  @Override
  public String addUnfrozen(GraphBuilder graph, String input) {
    return addBlocks(graph, unfrozenBlocks(), false, input);
  }

  /** {@code normalizes}: with batch norm of its own; else it is part of the convolutions. */
  private static String addBlocks(
      GraphBuilder graph, List<Block> blocks, boolean normalizes, String input) {
    String last = input;
    for (Block block : blocks) {
      last = addBlock(graph, block, normalizes, last);
    }
    return last;
  }

  private static String addBlock(
      GraphBuilder graph, Block block, boolean normalizes, String input) {
    ConvolutionMode valid = ConvolutionMode.Truncate;
    String name = block.name();
    String shortcut = input;
    if (block.projects()) {
      String part = name + "_0";
      shortcut = convolution(graph, part, 1, block.stride(), block.out(), valid, input);
      shortcut = normalizes ? normalization(graph, part, shortcut) : shortcut;
    }
    String last = convolution(graph, name + "_1", 1, block.stride(), block.filters(), valid, input);
    last = normalizes ? normalization(graph, name + "_1", last) : last;
    last = relu(graph, name + "_1_relu", last);
    last = convolution(graph, name + "_2", 3, 1, block.filters(), ConvolutionMode.Same, last);
    last = normalizes ? normalization(graph, name + "_2", last) : last;
    last = relu(graph, name + "_2_relu", last);
    last = convolution(graph, name + "_3", 1, 1, block.out(), valid, last);
    last = normalizes ? normalization(graph, name + "_3", last) : last;
    graph.addVertex(name + "_add", new ElementWiseVertex(ElementWiseVertex.Op.Add), shortcut, last);
    return relu(graph, name + "_out", name + "_add");
  }

  private static String convolution(
      GraphBuilder graph,
      String part,
      int size,
      int stride,
      int filters,
      ConvolutionMode mode,
      String input) {
    String name = part + "_conv";
    graph.addLayer(
        name, Layers.convolution(name, size, stride, filters, mode, Activation.IDENTITY), input);
    return name;
  }

  private static String normalization(GraphBuilder graph, String part, String input) {
    String name = part + "_bn";
    graph.addLayer(name, Layers.batchNormalization(name, Layers.RESNET_EPSILON), input);
    return name;
  }

  private static String relu(GraphBuilder graph, String name, String input) {
    graph.addLayer(
        name, new ActivationLayer.Builder().name(name).activation(Activation.RELU).build(), input);
    return name;
  }

  @Override
  public void loadFrozen(KerasWeights weights, ComputationGraph base) {
    new Convolution("conv1", 7, 3, STEM_CHANNELS).load(weights, base);
    for (Block block : frozenBlocks()) {
      convolutions(block).forEach(convolution -> convolution.load(weights, base));
    }
  }

  @Override
  public void loadUnfrozen(KerasWeights weights, ComputationGraph learner) {
    for (Block block : unfrozenBlocks()) {
      convolutions(block).forEach(convolution -> convolution.loadFolded(weights, learner));
    }
  }

  private static List<Convolution> convolutions(Block block) {
    List<Convolution> convolutions = new ArrayList<>();
    if (block.projects()) {
      convolutions.add(new Convolution(block.name() + "_0", 1, block.in(), block.out()));
    }
    convolutions.add(new Convolution(block.name() + "_1", 1, block.in(), block.filters()));
    convolutions.add(new Convolution(block.name() + "_2", 3, block.filters(), block.filters()));
    convolutions.add(new Convolution(block.name() + "_3", 1, block.filters(), block.out()));
    return convolutions;
  }

  /** The weights of one convolution and its batch norm, {@code NAME_conv} and {@code NAME_bn}. */
  private record Convolution(String part, int size, int in, int out) {
    private float[] kernel(KerasWeights weights) {
      return weights.convolutionKernel(part + "_conv", size, size, in, out);
    }

    private float[] bias(KerasWeights weights) {
      return weights.vector(part + "_conv", 1, out);
    }

    /** 0 gamma, 1 beta, 2 mean, 3 variance. */
    private float[] statistic(KerasWeights weights, int index) {
      return weights.vector(part + "_bn", index, out);
    }

    void load(KerasWeights weights, ComputationGraph base) {
      PretrainedArchitecture.set(base, part + "_conv", "W", kernel(weights));
      PretrainedArchitecture.set(base, part + "_conv", "b", bias(weights));
      String[] parameters = {"gamma", "beta", "mean", "var"};
      for (int i = 0; i < parameters.length; i++) {
        PretrainedArchitecture.set(base, part + "_bn", parameters[i], statistic(weights, i));
      }
    }

    /** Batch norm at inference scales and shifts each channel: weights and bias can do that. */
    void loadFolded(KerasWeights weights, ComputationGraph learner) {
      float[] kernel = kernel(weights);
      float[] bias = bias(weights);
      float[] gamma = statistic(weights, 0);
      float[] beta = statistic(weights, 1);
      float[] mean = statistic(weights, 2);
      float[] variance = statistic(weights, 3);
      int each = kernel.length / out;
      for (int channel = 0; channel < out; channel++) {
        double scale = gamma[channel] / Math.sqrt(variance[channel] + Layers.RESNET_EPSILON);
        for (int i = channel * each; i < (channel + 1) * each; i++) {
          kernel[i] = (float) (kernel[i] * scale);
        }
        bias[channel] = (float) ((bias[channel] - mean[channel]) * scale + beta[channel]);
      }
      PretrainedArchitecture.set(learner, part + "_conv", "W", kernel);
      PretrainedArchitecture.set(learner, part + "_conv", "b", bias);
    }
  }
}
