package io.cxr.train.network;

/** ResNet-50 (He et al., CVPR 2016) without top, as Keras Applications has it. */
public final class ResNet50 extends ResNet {

  /** The network. */
  public ResNet50() {
    super(3, 4, 6, 3);
  }

  @Override
  public String name() {
    return "resnet50";
  }

  @Override
  public String title() {
    return "ResNet-50 (He et al., CVPR 2016)";
  }

  @Override
  public String weights() {
    return "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 (MIT, Keras Applications)";
  }
}
