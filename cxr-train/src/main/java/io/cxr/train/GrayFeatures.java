package io.cxr.train;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.onnx.SessionSettings;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Features that a graph gives for images which are at the network's size already, as 8-bit gray.
 * Computed on ONNX Runtime. Not thread-safe.
 */
final class GrayFeatures implements AutoCloseable {
  /** The most images at once. */
  static final int BATCH = 8;

  private final FeatureExtractor extractor;
  private final StandardPreprocessor toTensor;
  private final InputShape shape;
  private final FloatBuffer inputs;
  private final FloatBuffer outputs;

  GrayFeatures(byte[] graph, PreprocessingSpec preprocessing, SessionSettings session) {
    this(FeatureExtractor.open(graph, session), preprocessing);
  }

  /** Of an extractor that others use, too: what is here is for one thread. */
  GrayFeatures(FeatureExtractor extractor, PreprocessingSpec preprocessing) {
    this.extractor = extractor;
    this.toTensor = GraySamples.afterGray(preprocessing);
    this.shape = preprocessing.inputShape();
    this.inputs = directFloats(BATCH * shape.elements());
    this.outputs = directFloats(BATCH * extractor.featureCount());
  }

  private static FloatBuffer directFloats(int count) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, count))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Values an image. */
  int count() {
    return extractor.featureCount();
  }

  /** The features of up to a batch of images, in their order. */
  List<float[]> of(List<byte[]> grays) {
    inputs.clear();
    for (byte[] gray : grays) {
      toTensor.preprocess(Radiograph.ofGray8(shape.rows(), shape.columns(), gray), inputs);
    }
    outputs.clear();
    extractor.extract(inputs.flip(), grays.size(), outputs);
    outputs.flip();
    List<float[]> rows = new ArrayList<>(grays.size());
    for (int i = 0; i < grays.size(); i++) {
      float[] row = new float[extractor.featureCount()];
      outputs.get(row);
      rows.add(row);
    }
    return rows;
  }

  @Override
  public void close() {
    extractor.close();
  }
}
