package io.cxr.webpage;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What ONNX Runtime's graph optimisation makes of a model, so that browsers need not: there it
 * takes longer than all the rest of loading, since its code runs once and cold.
 */
final class OptimizedGraph {
  private OptimizedGraph() {}

  /**
   * Optimises a model, by everything that holds on other processors: the level above lays weights
   * out for the one that does it.
   *
   * @param model the bytes of an ONNX file
   * @return the bytes of an ONNX file of the same inputs and outputs
   * @throws IOException if no temporary file can be written
   */
  static byte[] of(byte[] model) throws IOException {
    Path optimized = Files.createTempFile("cxr-web-page", ".onnx");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
      options.setOptimizedModelFilePath(optimized.toString());
      // It is written while the session is opened.
      OrtEnvironment.getEnvironment().createSession(model, options).close();
      return Files.readAllBytes(optimized);
    } catch (OrtException e) {
      throw new IllegalStateException(
          "Model: expected a graph that ONNX Runtime can optimise, found one that it refuses: "
              + e.getMessage(),
          e);
    } finally {
      Files.deleteIfExists(optimized);
    }
  }
}
