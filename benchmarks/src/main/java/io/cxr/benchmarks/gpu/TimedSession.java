package io.cxr.benchmarks.gpu;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import io.cxr.Device;
import io.cxr.onnx.NodePlacement;
import io.cxr.onnx.SessionSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session of ONNX Runtime that reads one direct buffer and writes into others, which it keeps.
 * Its Java interface has no IoBinding and no page-locked memory: that is as near as it comes. Not
 * thread-safe.
 */
final class TimedSession implements AutoCloseable {
  private static final int FEWEST = 5;

  // Quiet as the library's own: whoever comes first decides.
  private final OrtEnvironment environment =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "cxr");
  private final OrtSession session;

  /** Opens a model on a device with the options of the CUDA provider that settings have. */
  TimedSession(byte[] model, SessionSettings settings) throws OrtException {
    this(model, settings, null);
  }

  private TimedSession(byte[] model, SessionSettings settings, @Nullable Path profile)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(settings.threads());
      if (settings.device().kind() == Device.Kind.CUDA) {
        try (OrtCUDAProviderOptions cuda =
            new OrtCUDAProviderOptions(settings.device().ordinal())) {
          for (Map.Entry<String, String> option :
              settings.cuda().forModel(model).providerOptions().entrySet()) {
            cuda.add(option.getKey(), option.getValue());
          }
          options.addCUDA(cuda);
        }
      }
      if (profile != null) {
        options.enableProfiling(profile.toString());
      }
      session = environment.createSession(model, options);
    }
  }

  /** Where each node of a graph of gray pixels runs. */
  static NodePlacement placement(byte[] model, SessionSettings settings, byte[] gray, int size)
      throws IOException, OrtException {
    Path folder = Files.createTempDirectory("cxr-profile");
    try (TimedSession session = new TimedSession(model, settings, folder.resolve("run"))) {
      session.values(gray, 1, size, Set.of("output"));
      Path profile = Path.of(session.session.endProfiling());
      NodePlacement placement = NodePlacement.read(profile);
      Files.delete(profile);
      return placement;
    } finally {
      Files.delete(folder);
    }
  }

  /** The values of some outputs for a batch of gray pixels {@code [N, 1, size, size]}. */
  Map<String, float[]> values(byte[] gray, int batch, int size, Set<String> outputs)
      throws OrtException {
    try (OnnxTensor input = gray(gray, batch, size)) {
      return values(Map.of("input", input), outputs);
    }
  }

  /** The values of some outputs of a graph with its {@linkplain PixelsInside pixels inside}. */
  Map<String, float[]> valuesInside(int batch, int size, Set<String> outputs) throws OrtException {
    try (OnnxTensor shape = shape(batch, size)) {
      return values(Map.of(PixelsInside.SHAPE, shape), outputs);
    }
  }

  private Map<String, float[]> values(Map<String, OnnxTensor> inputs, Set<String> outputs)
      throws OrtException {
    try (OrtSession.Result result = session.run(inputs, outputs)) {
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

  /** Median of seconds a call from pixels in this process to answers in it, after warm-up. */
  double classify(byte[] gray, int batch, int size, double seconds) throws OrtException {
    try (OnnxTensor input = gray(gray, batch, size);
        OnnxTensor output = answers(batch)) {
      return median(Map.of("input", input), Map.of("output", output), seconds);
    }
  }

  /** The same of a graph with its {@linkplain PixelsInside pixels inside}. */
  double classifyInside(int batch, int size, double seconds) throws OrtException {
    try (OnnxTensor shape = shape(batch, size);
        OnnxTensor output = answers(batch)) {
      return median(Map.of(PixelsInside.SHAPE, shape), Map.of("output", output), seconds);
    }
  }

  /** Median of seconds a call of a graph from one float to one float. */
  double scalar(double seconds) throws OrtException {
    try (OnnxTensor input = floats(1);
        OnnxTensor output = floats(0)) {
      return median(Map.of("input", input), Map.of("output", output), seconds);
    }
  }

  private OnnxTensor answers(int batch) throws OrtException {
    long units =
        ((TensorInfo) Objects.requireNonNull(session.getOutputInfo().get("output")).getInfo())
            .getShape()[1];
    FloatBuffer answers =
        ByteBuffer.allocateDirect(Math.toIntExact(batch * units * Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    return OnnxTensor.createTensor(environment, answers, new long[] {batch, units});
  }

  private OnnxTensor shape(int batch, int size) throws OrtException {
    LongBuffer shape =
        ByteBuffer.allocateDirect(4 * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
    shape.put(new long[] {batch, 1, size, size}).flip();
    return OnnxTensor.createTensor(environment, shape, new long[] {4});
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

  /** As many calls as that long has room for, but a few at least; a fifth as many before. */
  private double median(Map<String, OnnxTensor> from, Map<String, OnnxTensor> into, double seconds)
      throws OrtException {
    // The first call plans the convolutions for this size of batch.
    once(from, into);
    double estimate = once(from, into);
    int rounds = Math.max(FEWEST, (int) Math.min(2000, seconds / estimate));
    for (int round = 0; round < rounds / 5; round++) {
      once(from, into);
    }
    double[] times = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      times[round] = once(from, into);
    }
    Arrays.sort(times);
    return times[rounds / 2];
  }

  private double once(Map<String, OnnxTensor> from, Map<String, OnnxTensor> into)
      throws OrtException {
    long start = System.nanoTime();
    session.run(from, Set.of(), into).close();
    return (System.nanoTime() - start) * 1e-9;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
