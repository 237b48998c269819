package io.cxr.onnx;

import io.cxr.model.ModelCard;

/** A graph whose batch axis is fixed at one sample. */
class OneAtATimeClassifierTest extends SmallNetworkContract {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();

  @Override
  SmallNetwork network() {
    return NETWORK;
  }

  @Override
  byte[] model() {
    return NETWORK.graph(1, true).metadata(ModelCard.METADATA_KEY, NETWORK.card().toJson()).build();
  }
}
