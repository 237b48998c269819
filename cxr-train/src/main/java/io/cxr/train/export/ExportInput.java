package io.cxr.train.export;

/** What the graph of a model file takes. {@code OnnxClassifier} opens both. */
public enum ExportInput {
  /** Normalised channels, float32 {@code [N, channels, rows, columns]}. */
  FLOAT,
  /**
   * Gray pixels, unsigned bytes {@code [N, 1, rows, columns]}; the graph normalises and replicates
   * them.
   */
  UINT8
}
