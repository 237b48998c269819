package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

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
  private static final double SLOPE = 0.1;
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
  public MultiLayerConfiguration configuration(int labels, long seed, IUpdater updater) {
    Stack stack = new Stack();
    stack.convolution(8, 3).pool().convolution(16, 3).pool();
    for (int filters = 32; filters <= 256; filters *= 2) {
      stack.convolution(filters, 3).convolution(filters / 2, 1).convolution(filters, 3);
      if (filters < 256) {
        stack.pool();
      }
    }
    stack.convolution(128, 1).convolution(256, 3).last(labels);
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .weightInit(WeightInit.UNIFORM)
            .list();
    stack.layers.forEach(list::layer);
    list.layer(
        new OutputLayer.Builder(new LossMCXENT())
            .name(OUTPUT)
            .nOut(labels)
            .activation(Activation.SOFTMAX)
            .build());
    InputShape input = inputShape();
    return list.setInputType(
            InputType.convolutional(input.rows(), input.columns(), input.channels()))
        .build();
  }

  /** Collects the layers. */
  private static final class Stack {
    private final List<Layer> layers = new ArrayList<>();
    private int convolutions;
    private int pools;

    /** The paper's "DN layer". */
    Stack convolution(int filters, int size) {
      addConvolution(filters, size);
      addNormalization();
      addActivation("leaky_relu", new ActivationLReLU(SLOPE));
      return this;
    }

    void last(int labels) {
      addConvolution(labels, 3);
      addActivation("relu", new ActivationReLU());
      addNormalization();
    }

    Stack pool() {
      pools++;
      layers.add(Layers.maxPooling("pool" + pools, 2, 2));
      return this;
    }

    private void addConvolution(int filters, int size) {
      convolutions++;
      OneDnnConvolution.Builder layer = new OneDnnConvolution.Builder(size, size);
      layer
          .name("conv" + convolutions)
          .nOut(filters)
          .stride(1, 1)
          .padding(1, 1)
          .convolutionMode(ConvolutionMode.Truncate)
          .activation(Activation.IDENTITY)
          .hasBias(false);
      layers.add(layer.build());
    }

    private void addNormalization() {
      layers.add(Layers.batchNormalization("bn" + convolutions, EPSILON));
    }

    private void addActivation(String name, IActivation activation) {
      layers.add(
          new ActivationLayer.Builder().name(name + convolutions).activation(activation).build());
    }
  }
}
