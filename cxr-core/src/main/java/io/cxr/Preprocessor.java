package io.cxr;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;

/**
 * Converts a radiograph to one sample of a network's input tensor. Implementations are thread-safe.
 */
public interface Preprocessor {

  /**
   * The preprocessing steps, in order.
   *
   * @return the specification
   */
  PreprocessingSpec specification();

  /**
   * The shape of one sample.
   *
   * @return channels, rows, columns and their order
   */
  InputShape inputShape();

  /**
   * Writes one sample at the buffer's position and advances it by {@link InputShape#elements()}.
   *
   * @param radiograph a frontal chest radiograph
   * @param destination a buffer with room for one sample; a direct buffer is fastest
   * @throws java.nio.BufferOverflowException if there is not enough room; nothing is written then
   * @throws UnsupportedRadiographException if the radiograph is too small for a step
   */
  void preprocess(Radiograph radiograph, FloatBuffer destination);
}
