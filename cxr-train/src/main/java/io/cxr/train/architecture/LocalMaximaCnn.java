package io.cxr.train.architecture;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.NetworkGraph;

/**
 * The report's small CNN at 64 x 64, which it trained into what it calls a local maximum: three
 * convolutions, three Dense layers and one sigmoid. With two labels it has 1,348,641 parameters,
 * all learnt. With more labels the last layer is a softmax with a unit a label, which the report
 * does not have.
 */
public record LocalMaximaCnn() implements UntrainedArchitecture {

  @Override
  public String name() {
    return "local-maxima-cnn";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(64, 64, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public int batchSize() {
    return 32;
  }

  @Override
  public double learningRate() {
    return 3e-4;
  }

  @Override
  public NetworkGraph layers(int labels) {
    return new ConvolutionalStack(images())
        .convolution(128, 0)
        .convolution(64, 0.5)
        .convolution(128, 0.15)
        .dense(256)
        .dense(64)
        .dense(16)
        .head(head(labels));
  }
}
