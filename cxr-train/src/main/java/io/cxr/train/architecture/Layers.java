package io.cxr.train.architecture;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.nd4j.linalg.activations.Activation;

/** Layers with Keras' defaults, on oneDNN where it is there. */
final class Layers {
  /** The epsilon of batch norm in Keras Applications' ResNet-50. */
  static final double RESNET_EPSILON = 1.001e-5;

  private Layers() {}

  /** Keras {@code Conv2D}. */
  static OneDnnConvolution convolution(
      String name, int size, int stride, int filters, ConvolutionMode mode, Activation activation) {
    OneDnnConvolution.Builder layer = new OneDnnConvolution.Builder(size, size);
    layer
        .name(name)
        .stride(stride, stride)
        .nOut(filters)
        .convolutionMode(mode)
        .activation(activation);
    return layer.build();
  }

  /** Keras {@code MaxPooling2D} with {@code padding="valid"}. */
  static OneDnnPooling maxPooling(String name, int size, int stride) {
    OneDnnPooling.Builder layer = new OneDnnPooling.Builder(PoolingType.MAX);
    layer
        .name(name)
        .kernelSize(size, size)
        .stride(stride, stride)
        .convolutionMode(ConvolutionMode.Truncate);
    return layer.build();
  }

  /** Batch norm with a moving average of momentum 0.9, as Deeplearning4j and PyTorch have it. */
  static OneDnnBatchNormalization batchNormalization(String name, double epsilon) {
    OneDnnBatchNormalization.Builder layer = new OneDnnBatchNormalization.Builder();
    layer.name(name).eps(epsilon).useLogStd(false);
    return layer.build();
  }

  /** Keras {@code Dropout}, whose rate is the share dropped; Deeplearning4j's is the share kept. */
  static DropoutLayer dropout(String name, double rate) {
    return new DropoutLayer.Builder(1 - rate).name(name).build();
  }

  /** Keras {@code Dense} with ReLU. */
  static DenseLayer dense(String name, int units) {
    return new DenseLayer.Builder().name(name).nOut(units).activation(Activation.RELU).build();
  }
}
