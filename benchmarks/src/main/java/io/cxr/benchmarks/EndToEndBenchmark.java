package io.cxr.benchmarks;

import io.cxr.Prediction;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** From a file on disk, in the page cache, to a prediction. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class EndToEndBenchmark {
  private static final int SIZE = 1024;

  /** The network. */
  @Param public BenchmarkModel model = BenchmarkModel.DEFAULT;

  /** The kind of file. */
  @Param({"GRAY_PNG", "COLOUR_JPEG"})
  public RadiographKind kind = RadiographKind.GRAY_PNG;

  /** Threads of ONNX Runtime. */
  @Param("2")
  public int threads;

  private Path file = Path.of("");
  private final Opened classifier = new Opened();

  /** For the benchmark harness. */
  public EndToEndBenchmark() {}

  /** Writes the file, opens the network, and compares with the picture classified from memory. */
  @Setup
  public void open() throws IOException {
    file = Files.createTempFile("cxr-benchmark", kind.fileName());
    Files.write(file, kind.encode(SIZE));
    kind.verify(Radiograph.read(file), SIZE);
    classifier.set(model.builder(ModelPrecision.FP32).threads(threads).open());
    Radiograph drawn = Radiograph.ofGray8(SIZE, SIZE, kind.gray(SIZE));
    Prediction expected = classifier.get().classify(drawn);
    Verification.distribution(expected);
    // What is lost in JPEG moves a prediction a little.
    Verification.same(
        expected, predict(), kind == RadiographKind.GRAY_PNG ? Verification.ROUNDING : 0.05);
  }

  /** Frees the network and removes the file. */
  @TearDown
  public void close() throws IOException {
    classifier.close();
    Files.deleteIfExists(file);
  }

  /**
   * Reads and classifies.
   *
   * @return the prediction
   */
  @Benchmark
  public Prediction predict() throws IOException {
    return classifier.get().classify(Radiograph.read(file));
  }
}
