package io.cxr.onnx;

import io.cxr.Device;

/**
 * How ONNX Runtime runs a model.
 *
 * @param threads threads that share the work of one layer, at least 1
 * @param spinning whether those threads wait busily for the next layer
 * @param device where the model runs
 */
record SessionSettings(int threads, boolean spinning, Device device) {

  static SessionSettings cpu(int threads) {
    return new SessionSettings(threads, true, Device.cpu());
  }
}
