package io.cxr.onnx;

/** A graph that takes gray bytes and replicates and normalises them itself. */
class GrayInputClassifierTest extends SmallNetworkContract {
  @Override
  SmallNetwork network() {
    return SmallNetwork.softmax();
  }

  @Override
  byte[] model() {
    return network().onnxOnGray();
  }
}
