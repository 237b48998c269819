package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.weights.KerasWeights;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;

/**
 * VGG-16 (Simonyan and Zisserman, ICLR 2015) with an ImageNet base, as Keras Applications has it.
 * The report has it frozen under Flatten (25,088) and Dense: with two labels 14,764,866 parameters,
 * of which 50,178 are learnt.
 *
 * @param head what the head gives: softmax or a sigmoid a label
 * @param pooling how the last map becomes the head's input
 * @param unfrozen how many convolutional blocks, from block5 down, are learnt with the head: 0 to 4
 */
public record Vgg16(OutputActivation head, Pooling pooling, int unfrozen)
    implements PretrainedArchitecture {
  /** Filters and convolutions of each block. */
  private static final int[][] BLOCKS = {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};

  private static final int SIZE = 224;

  /** Checks the values. */
  public Vgg16 {
    PretrainedArchitecture.check(head, pooling, unfrozen, BLOCKS.length - 1);
  }

  /**
   * The frozen network under Flatten and Dense.
   *
   * @param head what the head gives: softmax or a sigmoid a label
   */
  public Vgg16(OutputActivation head) {
    this(head, Pooling.FLATTEN, 0);
  }

  /**
   * The network as the report has it, with a softmax head.
   *
   * @return the network
   */
  public static Vgg16 asReported() {
    return new Vgg16(OutputActivation.SOFTMAX);
  }

  @Override
  public Vgg16 withHead(OutputActivation head) {
    return new Vgg16(head, pooling, unfrozen);
  }

  @Override
  public Vgg16 withPooling(Pooling pooling) {
    return new Vgg16(head, pooling, unfrozen);
  }

  @Override
  public Vgg16 unfrozen(int blocks) {
    return new Vgg16(head, pooling, blocks);
  }

  @Override
  public String name() {
    return "vgg16";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(SIZE, SIZE, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public int batchSize() {
    return 32;
  }

  @Override
  public double learningRate() {
    // Few and standardised features: the steps may be large, and the biases have a way to go.
    return pooling == Pooling.FLATTEN ? 1e-4 : 1e-2;
  }

  @Override
  public OutputActivation output(int labels) {
    return head;
  }

  private int frozenBlocks() {
    return BLOCKS.length - unfrozen;
  }

  @Override
  public String lastFrozenLayer() {
    return poolName(frozenBlocks());
  }

  @Override
  public FeatureShape frozenMap() {
    return mapAfter(frozenBlocks());
  }

  @Override
  public FeatureShape lastMap() {
    return mapAfter(BLOCKS.length);
  }

  private static FeatureShape mapAfter(int block) {
    int size = SIZE >> block; // Each block halves it.
    return new FeatureShape(BLOCKS[block - 1][0], size, size);
  }

  @Override
  public String addFrozen(ComputationGraphConfiguration.GraphBuilder graph) {
    return addBlocks(graph, INPUT, 1, frozenBlocks());
  }

  @Override
  public String addUnfrozen(ComputationGraphConfiguration.GraphBuilder graph, String input) {
    return addBlocks(graph, input, frozenBlocks() + 1, BLOCKS.length);
  }

  private static String addBlocks(
      ComputationGraphConfiguration.GraphBuilder graph, String input, int from, int to) {
    String last = input;
    for (int block = from; block <= to; block++) {
      for (int i = 1; i <= BLOCKS[block - 1][1]; i++) {
        String name = convolutionName(block, i);
        graph.addLayer(
            name,
            Layers.convolution(
                name, 3, 1, BLOCKS[block - 1][0], ConvolutionMode.Same, Activation.RELU),
            last);
        last = name;
      }
      String pool = poolName(block);
      graph.addLayer(pool, Layers.maxPooling(pool, 2, 2), last);
      last = pool;
    }
    return last;
  }

  @Override
  public void loadFrozen(KerasWeights weights, ComputationGraph base) {
    load(weights, base, 1, frozenBlocks());
  }

  @Override
  public void loadUnfrozen(KerasWeights weights, ComputationGraph learner) {
    load(weights, learner, frozenBlocks() + 1, BLOCKS.length);
  }

  private static void load(KerasWeights weights, ComputationGraph graph, int from, int to) {
    int channels = from == 1 ? 3 : BLOCKS[from - 2][0];
    for (int block = from; block <= to; block++) {
      int filters = BLOCKS[block - 1][0];
      for (int i = 1; i <= BLOCKS[block - 1][1]; i++) {
        String name = convolutionName(block, i);
        PretrainedArchitecture.set(
            graph, name, "W", weights.convolutionKernel(name, 3, 3, channels, filters));
        PretrainedArchitecture.set(graph, name, "b", weights.vector(name, 1, filters));
        channels = filters;
      }
    }
  }

  private static String convolutionName(int block, int number) {
    return "block" + block + "_conv" + number;
  }

  private static String poolName(int block) {
    return "block" + block + "_pool";
  }
}
