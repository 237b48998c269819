package io.cxr.train.export;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Runs a graph once on floats, to see what its values are. */
final class TensorRun {
  private TensorRun() {}

  /**
   * A value.
   *
   * <p>Not a record: it holds an array.
   */
  static final class Value {
    private final long[] sizes;
    private final boolean half;
    private final float[] values;

    Value(long[] sizes, boolean half, float[] values) {
      this.sizes = sizes;
      this.half = half;
      this.values = values;
    }

    /** Its axes; none where it is no tensor of floats. */
    long[] sizes() {
      return sizes;
    }

    /** Whether it is of other floats than those of 32 bits. */
    boolean isOther() {
      return half;
    }

    /** Its values, widened to 32 bits. */
    float[] values() {
      return values;
    }
  }

  /** Noise from -1 to 1, the same for the same seed. */
  static float[] noise(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return values;
  }

  /**
   * Runs a graph.
   *
   * @param model an ONNX file
   * @param input its only input
   * @param values what it takes
   * @param sizes the axes of that
   * @param outputs what is wanted
   * @return by name, in the order of the outputs
   */
  static Map<String, Value> run(
      byte[] model, String input, float[] values, long[] sizes, List<String> outputs)
      throws OrtException {
    // As the classifier makes it, which comes later: there is one environment a process.
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "cxr");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
      try (OrtSession session = environment.createSession(model, options);
          OnnxTensor tensor =
              OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), sizes);
          OrtSession.Result result = session.run(Map.of(input, tensor), Set.copyOf(outputs))) {
        Map<String, Value> found = new LinkedHashMap<>();
        for (String name : outputs) {
          found.put(name, value(result.get(name).orElseThrow()));
        }
        return found;
      }
    }
  }

  private static Value value(OnnxValue value) throws OrtException {
    if (value instanceof OnnxTensor tensor) {
      TensorInfo info = tensor.getInfo();
      boolean single = info.type == OnnxJavaType.FLOAT;
      if (single || info.type == OnnxJavaType.FLOAT16) {
        FloatBuffer buffer = tensor.getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return new Value(info.getShape(), !single, values);
      } else if (info.type == OnnxJavaType.DOUBLE) {
        double[] doubles = new double[tensor.getDoubleBuffer().remaining()];
        tensor.getDoubleBuffer().get(doubles);
        float[] values = new float[doubles.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) doubles[i];
        }
        return new Value(info.getShape(), true, values);
      }
    }
    return new Value(new long[0], false, new float[0]);
  }
}
