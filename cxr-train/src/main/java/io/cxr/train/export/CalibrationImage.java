package io.cxr.train.export;

import io.cxr.error.CxrException;
import io.cxr.model.ModelInput;
import io.cxr.preprocess.ModelPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A radiograph as a model's inputs, in direct memory that the next one takes. One thread. */
final class CalibrationImage {
  private final ModelPreprocessor preprocessor;
  private final List<FloatBuffer> memory = new ArrayList<>();
  private final Map<String, FloatBuffer> byName = new LinkedHashMap<>();

  CalibrationImage(List<ModelInput> inputs) {
    this.preprocessor = ModelPreprocessor.of(inputs);
    for (ModelInput input : inputs) {
      FloatBuffer sample =
          ByteBuffer.allocateDirect(
                  Math.multiplyExact(
                      input.preprocessing().inputShape().elements(), Float.BYTES))
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      memory.add(sample);
      byName.put(input.name(), sample);
    }
  }

  /**
   * Reads a file.
   *
   * @return one sample of every input by name; valid until the next call
   * @throws IOException if it is no radiograph, or cannot be read
   */
  Map<String, FloatBuffer> read(Path file) throws IOException {
    memory.forEach(FloatBuffer::clear);
    try {
      preprocessor.preprocess(Radiograph.read(file), memory);
    } catch (CxrException e) {
      throw new IOException(
          "Calibration: expected radiographs only, found " + file + ": " + e.getMessage(), e);
    }
    memory.forEach(FloatBuffer::flip);
    return byName;
  }
}
