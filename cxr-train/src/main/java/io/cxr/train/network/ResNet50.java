package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;

/** ResNet-50 (He et al., CVPR 2016) without top, as Keras Applications has it. */
public final class ResNet50 extends ResNet {

  /** The network. */
  public ResNet50() {
    super(64, 1, 3, 4, 6, 3);
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
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.CAFFE_BGR_MEAN);
  }

  @Override
  public String weights() {
    return "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 (MIT, Keras Applications)";
  }
}
