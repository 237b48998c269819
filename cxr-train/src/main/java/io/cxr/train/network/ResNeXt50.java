package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;

/**
 * ResNeXt-50 32x4d (Xie et al., CVPR 2017) without top, as Keras Applications had it. Its file
 * keeps the kernel of a convolution in groups as the kernel of a depthwise one, {@code [row,
 * column, in, out / groups]}, the sum over a group's inputs being a layer of its own there: what
 * stands at {@code [r, c, g n + i, m]} with n channels a group is {@code [r, c, i, g n + m]} here.
 */
public final class ResNeXt50 extends ResNet {

  /** The network. */
  public ResNeXt50() {
    super(128, 32, 3, 4, 6, 3);
  }

  @Override
  public String name() {
    return "resnext50";
  }

  @Override
  public String title() {
    return "ResNeXt-50 32x4d (Xie et al., CVPR 2017)";
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        224, 224, Resampling.BILINEAR, 3, Normalization.Kind.TORCH_MEAN_DEVIATION);
  }

  @Override
  public String weights() {
    return "resnext50_weights_tf_dim_ordering_tf_kernels_notop.h5 (BSD, Facebook AI Research)";
  }
}
