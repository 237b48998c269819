package io.cxr.train.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import io.cxr.model.ModelInput;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;

/** A graph with float inputs in ONNX Runtime, whose inner values can be looked at. */
final class NetworkRun implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Map<String, long[]> sizes = new HashMap<>();

  /**
   * Loads a graph.
   *
   * @throws ModelFormatException if ONNX Runtime cannot run it
   */
  NetworkRun(byte[] model, List<ModelInput> inputs) {
    for (ModelInput input : inputs) {
      sizes.put(input.name(), sizes(input.preprocessing().inputShape()));
    }
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      this.session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw refusal(e);
    }
  }

  private static long[] sizes(InputShape shape) {
    return shape.layout() == InputShape.Layout.CHANNELS_FIRST
        ? new long[] {1, shape.channels(), shape.rows(), shape.columns()}
        : new long[] {1, shape.rows(), shape.columns(), shape.channels()};
  }

  /**
   * Runs one image and shows the values asked for, one at a time.
   *
   * @param image one sample of every input by name, in direct memory
   */
  void run(
      Map<String, FloatBuffer> image, Set<String> values, BiConsumer<String, FloatBuffer> shown) {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      for (Map.Entry<String, FloatBuffer> input : image.entrySet()) {
        inputs.put(
            input.getKey(),
            OnnxTensor.createTensor(
                environment,
                input.getValue(),
                Objects.requireNonNull(sizes.get(input.getKey()), input.getKey())));
      }
      try (OrtSession.Result result = session.run(inputs, values)) {
        for (String name : values) {
          OnnxTensor value = (OnnxTensor) result.get(name).orElseThrow();
          shown.accept(name, value.getFloatBuffer());
        }
      }
    } catch (OrtException e) {
      throw refusal(e);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
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
