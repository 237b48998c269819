package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Flatten;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Shape;
import io.cxr.train.network.Window;
import io.cxr.train.network.Window.Padding;
import org.deeplearning4j.nn.weights.WeightInit;

/**
 * DarkCovidNet (Ozturk et al., Computers in Biology and Medicine 121, 2020, 103792), a small
 * DarkNet-19 for COVID-19 radiographs of 256 x 256: 17 convolutions without bias, batch norm and
 * leaky ReLU (slope 0.1) after each, five max pools, and a linear layer with softmax. With two
 * labels it has 1,164,434 parameters that are learnt, as the paper counts them; the moving means
 * and variances of batch norm come on top.
 *
 * <p>The 1x1 convolutions pad by one pixel as the 3x3 ones do, so maps grow by two there. That is
 * how the last map comes to be 13 x 13 and the linear layer to its 338 inputs. The last convolution
 * has a filter a label, with ReLU before batch norm. Weights start as PyTorch's, uniform within
 * {@code 1 / sqrt(inputs of a unit)}.
 */
public record DarkCovidNet() implements UntrainedArchitecture {
  private static final double EPSILON = 1e-5;

  @Override
  public String name() {
    return "darkcovidnet";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(256, 256, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public int batchSize() {
    return 32;
  }

  @Override
  public double learningRate() {
    return 3e-3;
  }

  /** {@inheritDoc} A softmax with a unit a label, for two labels as well. */
  @Override
  public OutputActivation output(int labels) {
    return OutputActivation.SOFTMAX;
  }

  @Override
  public WeightInit weightInit() {
    return WeightInit.UNIFORM;
  }

  @Override
  public NetworkGraph layers(int labels) {
    Stack stack = new Stack(images());
    stack.convolution(8, 3).pool().convolution(16, 3).pool();
    for (int filters = 32; filters <= 256; filters *= 2) {
      stack.convolution(filters, 3).convolution(filters / 2, 1).convolution(filters, 3);
      if (filters < 256) {
        stack.pool();
      }
    }
    stack.convolution(128, 1).convolution(256, 3).last(labels);
    stack.graph.then("flatten", new Flatten());
    stack.graph.then(OUTPUT, head(labels));
    return stack.graph.build();
  }

  /** Collects the layers. */
  private static final class Stack {
    private final NetworkGraph.Builder graph;
    private int convolutions;
    private int pools;

    Stack(Shape images) {
      graph = NetworkGraph.builder(images);
    }

    /** The paper's "DN layer". */
    Stack convolution(int filters, int size) {
      addConvolution(filters, size);
      addNormalization();
      addActivation(Nonlinearity.LEAKY_RELU);
      return this;
    }

    void last(int labels) {
      addConvolution(labels, 3);
      addActivation(Nonlinearity.RELU);
      addNormalization();
    }

    Stack pool() {
      pools++;
      graph.then("pool" + pools, new MaximumPooling(Window.of(2, 2, Padding.VALID)));
      return this;
    }

    private void addConvolution(int filters, int size) {
      convolutions++;
      graph.then("pad" + convolutions, new ZeroPadding(1));
      graph.then("conv" + convolutions, new Convolution(filters, size, 1, Padding.VALID, false));
    }

    private void addNormalization() {
      graph.then("bn" + convolutions, new BatchNormalization(EPSILON));
    }

    private void addActivation(Nonlinearity function) {
      graph.then(function.keras() + convolutions, new Activation(function));
    }
  }
}
