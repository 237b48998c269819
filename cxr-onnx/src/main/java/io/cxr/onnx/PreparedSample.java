package io.cxr.onnx;

import io.cxr.preprocess.ModelPreprocessor;
import io.cxr.radiograph.Radiograph;

/**
 * A preprocessed radiograph that waits for a batch, in direct memory that is used again. One thread
 * at a time.
 */
final class PreparedSample {
  private final InputMemory memory;
  private int rows;
  private int columns;

  PreparedSample(ClassifierGraph graph) {
    this.memory = new InputMemory(graph.inputs(), 1);
  }

  /** Preprocesses a radiograph into this memory. */
  void fill(ModelPreprocessor preprocessor, Radiograph radiograph) {
    memory.fill(0, preprocessor, radiograph);
    rows = radiograph.rows();
    columns = radiograph.columns();
  }

  /** All of the sample, as the graph takes it. */
  InputMemory memory() {
    return memory;
  }

  /** Rows of the radiograph. */
  int rows() {
    return rows;
  }

  /** Columns of the radiograph. */
  int columns() {
    return columns;
  }
}
