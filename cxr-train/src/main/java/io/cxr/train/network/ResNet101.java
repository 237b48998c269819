package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;

/** ResNet-101 (He et al., CVPR 2016) without top, as Keras Applications has it. */
public final class ResNet101 extends ResNet {

  /** The network. */
  public ResNet101() {
    super(64, 1, 3, 4, 23, 3);
  }

  @Override
  public String name() {
    return "resnet101";
  }

  @Override
  public String title() {
    return "ResNet-101 (He et al., CVPR 2016)";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        224, 224, Resampling.BILINEAR, 3, Normalization.Kind.CAFFE_BGR_MEAN);
  }

  @Override
  public String weights() {
    return "resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5 (MIT, Kaiming He)";
  }
}
