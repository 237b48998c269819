package io.cxr.onnx;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;

/** Two labels, each with its own sigmoid, on one thread and in small batches. */
class SigmoidPerLabelClassifierTest extends SmallNetworkContract {
  private static final SmallNetwork NETWORK =
      new SmallNetwork(
          new InputShape(1, 12, 6, InputShape.Layout.CHANNELS_FIRST),
          OutputActivation.SIGMOID_PER_LABEL,
          "COVID19",
          "NORMAL");

  @Override
  SmallNetwork network() {
    return NETWORK;
  }

  @Override
  OnnxClassifier.Builder options(OnnxClassifier.Builder builder) {
    return builder.threads(1).spinning(false).batchLimit(3);
  }
}
