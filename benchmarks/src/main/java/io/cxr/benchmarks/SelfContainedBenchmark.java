package io.cxr.benchmarks;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.cxr.Explanation;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SelfContainedModel;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.export.ExportInput;
import io.cxr.train.export.ModelExport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The model that ships, from the pixels of a radiograph to answer, heatmap and novelty: prepared by
 * Java, and all in the graph of a self-contained file.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class SelfContainedBenchmark {
  private static final Set<String> ANSWERS =
      Set.of(SelfContainedModel.PROBABILITIES, SelfContainedModel.REFUSAL, "novelty", "heatmap");

  /** Rows and columns of the radiograph. */
  @Param({"512", "1024", "3072"})
  public int size;

  /** Threads of ONNX Runtime. */
  @Param("1")
  public int threads;

  private final Opened classifier = new Opened();
  private Optional<OrtSession> session = Optional.empty();
  private Optional<OnnxTensor> gray = Optional.empty();
  private Radiograph radiograph = Radiograph.ofGray8(1, 1, new byte[1]);

  /** For the benchmark harness. */
  public SelfContainedBenchmark() {}

  /** Opens both and checks that they answer the same. */
  @Setup
  public void open() throws IOException, OrtException {
    Path folder = Files.createTempDirectory("self-contained");
    Path ordinary = folder.resolve("ordinary.onnx");
    Path file = folder.resolve("self-contained.onnx");
    try (InputStream model = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      Verification.require(model != null, "Expected the model that ships, found none");
      Files.copy(model, ordinary);
    }
    ModelExport.of(ordinary).input(ExportInput.RADIOGRAPH_UINT8).write(file);
    byte[] pixels = RadiographKind.GRAY_PNG.gray(size);
    radiograph = Radiograph.ofGray8(size, size, pixels);
    classifier.set(
        OnnxClassifier.builder(file).noveltyGate(false).viewGate(false).threads(threads).open());
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      session = Optional.of(environment.createSession(Files.readAllBytes(file), options));
    }
    ByteBuffer bytes = ByteBuffer.allocateDirect(pixels.length).put(pixels).flip();
    gray =
        Optional.of(
            OnnxTensor.createTensor(
                environment, bytes, new long[] {size, size}, OnnxJavaType.UINT8));
    Files.delete(file);
    Files.delete(ordinary);
    Files.delete(folder);
    Explanation expected = java();
    float[] found = new float[expected.prediction().probabilities().size()];
    try (OrtSession.Result result = run()) {
      FloatBuffer values =
          ((OnnxTensor) result.get(SelfContainedModel.PROBABILITIES).orElseThrow())
              .getFloatBuffer();
      values.get(found);
    }
    for (int i = 0; i < found.length; i++) {
      double wanted = expected.prediction().probabilities().get(i).probability();
      Verification.require(
          Math.abs(wanted - found[i]) < Verification.ROUNDING,
          "Expected " + wanted + ", found " + found[i]);
    }
  }

  /** Frees both. */
  @TearDown
  public void close() throws OrtException {
    classifier.close();
    gray.ifPresent(OnnxTensor::close);
    if (session.isPresent()) {
      session.get().close();
    }
  }

  private OrtSession.Result run() throws OrtException {
    return session.orElseThrow().run(Map.of(SelfContainedModel.GRAY, gray.orElseThrow()), ANSWERS);
  }

  /**
   * Prepares in Java and runs the network.
   *
   * @return prediction and heatmap
   */
  @Benchmark
  public Explanation java() {
    return classifier.get().explain(radiograph);
  }

  /**
   * Runs the whole graph.
   *
   * @return how many outputs there are
   */
  @Benchmark
  public int graph() throws OrtException {
    try (OrtSession.Result result = run()) {
      return result.size();
    }
  }
}
