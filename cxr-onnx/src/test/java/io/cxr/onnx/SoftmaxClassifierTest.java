package io.cxr.onnx;

/** Three labels with softmax, channels first. */
class SoftmaxClassifierTest extends SmallNetworkContract {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();

  @Override
  SmallNetwork network() {
    return NETWORK;
  }
}
