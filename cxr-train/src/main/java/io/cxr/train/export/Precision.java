package io.cxr.train.export;

/** How a model file stores weights. The network computes in 32-bit floats in any case. */
public enum Precision {
  /** 32-bit floats. */
  FLOAT32,
  /**
   * Weights as 16-bit floats, which halves the file; biases stay 32-bit. Runtimes turn them into
   * 32-bit floats when they open the file, so speed is the same.
   */
  FLOAT16_WEIGHTS
}
