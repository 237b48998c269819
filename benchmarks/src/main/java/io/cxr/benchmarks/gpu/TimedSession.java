package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import io.cxr.Device;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A session of ONNX Runtime that reads one direct buffer and writes into others, which it keeps.
 * Its Java interface has no IoBinding and no page-locked memory: that is as near as it comes. Not
 * thread-safe.
 */
final class TimedSession implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  /** Opens a model on a device, with options of the CUDA provider. */
  TimedSession(byte[] model, Device device, Map<String, String> options) throws OrtException {
    try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
      if (device.kind() == Device.Kind.CUDA) {
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.ordinal())) {
          for (Map.Entry<String, String> option : options.entrySet()) {
            cuda.add(option.getKey(), option.getValue());
          }
          settings.addCUDA(cuda);
        }
      }
      session = environment.createSession(model, settings);
    }
  }

  /** The values of some outputs for a batch of gray pixels {@code [N, 1, h, w]}. */
  Map<String, float[]> values(byte[] gray, int batch, int size, Set<String> outputs)
      throws OrtException {
    try (OnnxTensor input = gray(gray, batch, size);
        OrtSession.Result result = session.run(Map.of("input", input), outputs)) {
      Map<String, float[]> values = new HashMap<>();
      for (String output : outputs) {
        FloatBuffer buffer = ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer();
        float[] copy = new float[buffer.remaining()];
        buffer.get(copy);
        values.put(output, copy);
      }
      return values;
    }
  }

  /** Median of nanoseconds a call, after warm-up. */
  long classify(byte[] gray, int batch, int size, int rounds) throws OrtException {
    long units =
        ((TensorInfo) Objects.requireNonNull(session.getOutputInfo().get("output")).getInfo())
            .getShape()[1];
    FloatBuffer answers =
        ByteBuffer.allocateDirect(Math.toIntExact(batch * units * Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    try (OnnxTensor input = gray(gray, batch, size);
        OnnxTensor output =
            OnnxTensor.createTensor(environment, answers, new long[] {batch, units})) {
      return median(Map.of("input", input), Map.of("output", output), rounds);
    }
  }

  /** Median of nanoseconds a call of a graph from one float to one float. */
  long scalar(int rounds) throws OrtException {
    try (OnnxTensor input = floats(1);
        OnnxTensor output = floats(0)) {
      return median(Map.of("input", input), Map.of("output", output), rounds);
    }
  }

  private OnnxTensor floats(float value) throws OrtException {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
    buffer.put(0, value);
    return OnnxTensor.createTensor(environment, buffer, new long[] {1});
  }

  private OnnxTensor gray(byte[] gray, int batch, int size) throws OrtException {
    ByteBuffer pixels = ByteBuffer.allocateDirect(batch * size * size);
    for (int i = 0; i < batch; i++) {
      pixels.put(gray, i * size * size % gray.length, size * size);
    }
    return OnnxTensor.createTensor(
        environment, pixels.flip(), new long[] {batch, 1, size, size}, OnnxJavaType.UINT8);
  }

  private long median(Map<String, OnnxTensor> from, Map<String, OnnxTensor> into, int rounds)
      throws OrtException {
    long[] times = new long[rounds];
    int warm = Math.max(1, rounds / 5);
    for (int round = -warm; round < rounds; round++) {
      long start = System.nanoTime();
      session.run(from, Set.of(), into).close();
      if (round >= 0) {
        times[round] = System.nanoTime() - start;
      }
    }
    Arrays.sort(times);
    return times[rounds / 2];
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
