package io.cxr.train.architecture;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.NetworkGraph;

/**
 * The report's own CNN, trained from scratch at 224 x 224: four convolutions, five Dense layers and
 * one sigmoid. With two labels it has 40,317,025 parameters, all learnt. With more labels the last
 * layer is a softmax with a unit a label, which the report does not have.
 */
public record ReportCnn() implements UntrainedArchitecture {

  @Override
  public String name() {
    return "cnn";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public int batchSize() {
    return 16;
  }

  @Override
  public double learningRate() {
    return 1e-4;
  }

  @Override
  public NetworkGraph layers(int labels) {
    return new ConvolutionalStack(images())
        .convolution(128, 0)
        .convolution(64, 0.15)
        .convolution(64, 0.3)
        .convolution(128, 0.15)
        .dense(2048)
        .dense(1024)
        .dense(256)
        .dense(64)
        .dense(16)
        .head(head(labels));
  }
}
