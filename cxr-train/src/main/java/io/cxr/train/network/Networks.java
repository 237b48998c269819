package io.cxr.train.network;

import java.util.List;

/** The networks that come with this library. */
final class Networks {
  static final List<Network> BUILT_IN =
      List.of(
          new Vgg16(),
          new ResNet50(),
          new ResNet101(),
          new ResNeXt50(),
          new MobileNet(),
          new MobileNetV2(),
          new DenseNet121(),
          new Xception(),
          new InceptionV3(),
          new NasNetMobile(),
          new EfficientNetB0());

  private Networks() {}
}
