package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.preprocess.PreprocessingSpec;
import io.cxr.preprocess.PreprocessingStep.Normalization;
import io.cxr.preprocess.Resampling;
import io.cxr.train.weights.KerasWeights;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;

/**
 * VGG-16 (Simonyan and Zisserman, ICLR 2015) with a frozen ImageNet base, as Keras Applications has
 * it, under Flatten (25,088) and Dense. With two labels it has 14,764,866 parameters, of which
 * 50,178 are learnt.
 *
 * @param head what the head gives: softmax or a sigmoid a label
 */
public record Vgg16(OutputActivation head) implements PretrainedArchitecture {
  private static final int[][] BLOCKS = {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};

  /** Checks the values. */
  public Vgg16 {
    ResNet50.checkHead(head);
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
    return new Vgg16(head);
  }

  @Override
  public String name() {
    return "vgg16";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public int batchSize() {
    return 32;
  }

  @Override
  public double learningRate() {
    return 1e-4;
  }

  @Override
  public OutputActivation output(int labels) {
    return head;
  }

  @Override
  public FeatureShape features() {
    return new FeatureShape(512, 7, 7);
  }

  @Override
  public String addBase(ComputationGraphConfiguration.GraphBuilder graph) {
    String last = INPUT;
    for (int block = 1; block <= BLOCKS.length; block++) {
      for (int i = 1; i <= BLOCKS[block - 1][1]; i++) {
        String name = convolutionName(block, i);
        graph.addLayer(
            name,
            Layers.convolution(
                name, 3, 1, BLOCKS[block - 1][0], ConvolutionMode.Same, Activation.RELU),
            last);
        last = name;
      }
      String pool = "block" + block + "_pool";
      graph.addLayer(pool, Layers.maxPooling(pool, 2, 2), last);
      last = pool;
    }
    return last;
  }

  @Override
  public void load(KerasWeights weights, ComputationGraph base) {
    int channels = 3;
    for (int block = 1; block <= BLOCKS.length; block++) {
      int filters = BLOCKS[block - 1][0];
      for (int i = 1; i <= BLOCKS[block - 1][1]; i++) {
        String name = convolutionName(block, i);
        PretrainedArchitecture.set(
            base, name, "W", weights.convolutionKernel(name, 3, 3, channels, filters));
        PretrainedArchitecture.set(base, name, "b", weights.vector(name, 1, filters));
        channels = filters;
      }
    }
  }

  private static String convolutionName(int block, int number) {
    return "block" + block + "_conv" + number;
  }
}
