package io.cxr.train.export;

/** What the graph of a model file takes. {@code OnnxClassifier} opens both. */
public enum ExportInput {
  /** Normalised channels, float32 {@code [N, channels, rows, columns]}. */
  FLOAT,
  /**
   * Gray pixels, unsigned bytes {@code [N, 1, rows, columns]}; the graph normalises and replicates
   * them.
   */
  UINT8,
  /**
   * The gray pixels of a radiograph as it is, unsigned bytes {@code [rows, columns]} of any size:
   * the graph does all preprocessing and gives calibrated answers ({@code
   * io.cxr.onnx.SelfContainedModel}).
   */
  RADIOGRAPH_UINT8,
  /** The same in unsigned 16-bit integers, with the number of bits stored as a second input. */
  RADIOGRAPH_UINT16;

  /** Whether the graph prepares its input and reads its outputs itself. */
  boolean isSelfContained() {
    return this == RADIOGRAPH_UINT8 || this == RADIOGRAPH_UINT16;
  }
}
