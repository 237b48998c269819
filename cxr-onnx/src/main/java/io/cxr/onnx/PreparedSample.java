package io.cxr.onnx;

import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A preprocessed radiograph that waits for a batch, in direct memory that is used again. One thread
 * at a time.
 */
final class PreparedSample {
  private final ClassifierGraph graph;
  private final ByteBuffer bytes;
  private final FloatBuffer floats;
  private int rows;
  private int columns;

  PreparedSample(ClassifierGraph graph) {
    this.graph = graph;
    this.bytes = ByteBuffer.allocateDirect(graph.sampleBytes()).order(ByteOrder.nativeOrder());
    this.floats = bytes.asFloatBuffer();
  }

  /** Preprocesses a radiograph into this memory. */
  void fill(StandardPreprocessor preprocessor, Radiograph radiograph) {
    if (graph.takesGray()) {
      preprocessor.preprocessGray(radiograph, bytes.clear());
    } else {
      preprocessor.preprocess(radiograph, floats.clear());
    }
    rows = radiograph.rows();
    columns = radiograph.columns();
  }

  /** All of the sample, as the graph takes it. */
  ByteBuffer bytes() {
    return bytes.clear();
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
