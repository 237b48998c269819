package io.cxr.onnx;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;

/** One sigmoid for two labels, channels last. */
class SingleSigmoidClassifierTest extends SmallNetworkContract {
  private static final SmallNetwork NETWORK =
      new SmallNetwork(
          new InputShape(3, 6, 8, InputShape.Layout.CHANNELS_LAST),
          OutputActivation.SIGMOID_OF_SECOND_LABEL,
          "COVID19",
          "NORMAL");

  @Override
  SmallNetwork network() {
    return NETWORK;
  }
}
