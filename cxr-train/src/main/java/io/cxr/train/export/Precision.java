package io.cxr.train.export;

/**
 * The number format of a model file. Training writes {@link #FP32} or {@link #FP16}; {@link
 * ModelExport} makes any of a file.
 */
public enum Precision {
  /** 32-bit floats, as training gives them. */
  FP32,
  /** Weights as 16-bit floats, half the file; runtimes widen them when they open it. */
  FP16,
  /**
   * Weights and activations as 16-bit floats from the first convolution to the last map; the head
   * and the heatmap stay 32-bit. For graphics cards: most processors compute it in 32 bits after
   * all, with casts in between.
   */
  FP16_COMPUTE,
  /** Weights and activations as 8-bit integers, a quarter of the file; the head stays float. */
  INT8
}
