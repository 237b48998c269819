package io.cxr.train.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** A graph with float input in ONNX Runtime, whose inner values can be looked at. */
final class NetworkRun implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final long[] shape;

  /**
   * Loads a graph.
   *
   * @throws ModelFormatException if ONNX Runtime cannot run it
   */
  NetworkRun(byte[] model, InputShape input) {
    this.shape = new long[] {1, input.channels(), input.rows(), input.columns()};
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      this.session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw refusal(e);
    }
  }

  /** Runs one image and shows the values asked for, one at a time. */
  void run(FloatBuffer image, Set<String> values, BiConsumer<String, FloatBuffer> shown) {
    try (OnnxTensor input = OnnxTensor.createTensor(environment, image, shape);
        OrtSession.Result result = session.run(Map.of(OnnxExporter.INPUT, input), values)) {
      for (String name : values) {
        OnnxTensor value = (OnnxTensor) result.get(name).orElseThrow();
        shown.accept(name, value.getFloatBuffer());
      }
    } catch (OrtException e) {
      throw refusal(e);
    }
  }

  private static ModelFormatException refusal(OrtException e) {
    return new ModelFormatException(
        "Export: expected a graph that ONNX Runtime runs, found: "
            + e.getMessage()
            + ". Export the trained model again.",
        e);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw refusal(e);
    }
  }
}
