package io.cxr.benchmarks;

import io.cxr.Prediction;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
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
 * From radiographs of the network's own size to predictions: nearly all of it is the network. Time
 * is for the whole batch.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class InferenceBenchmark {
  private static final int SIZE = 224;

  /** The network. */
  @Param public BenchmarkModel model = BenchmarkModel.DEFAULT;

  /** How the model file stores numbers. */
  @Param("FP32")
  public ModelPrecision precision = ModelPrecision.FP32;

  /** Radiographs in one native run. */
  @Param({"1", "8"})
  public int batch;

  /** Threads of ONNX Runtime. */
  @Param({"1", "2"})
  public int threads;

  /** Whether these threads wait busily for each other. */
  @Param("true")
  public boolean spinning;

  private final Radiograph radiograph =
      Radiograph.ofGray8(SIZE, SIZE, RadiographKind.GRAY_PNG.gray(SIZE));
  private List<Radiograph> radiographs = List.of();
  private final Opened classifier = new Opened();

  /** For the benchmark harness. */
  public InferenceBenchmark() {}

  /** Opens the network and compares batch, threads and number format with the plainest. */
  @Setup
  public void open() throws IOException {
    radiographs = Collections.nCopies(batch, radiograph);
    Prediction plain;
    try (OnnxClassifier one = model.builder(ModelPrecision.FP32).threads(1).open()) {
      plain = one.classify(radiograph);
    }
    Verification.distribution(plain);
    classifier.set(
        model.builder(precision).threads(threads).spinning(spinning).batchLimit(batch).open());
    Verification.same(plain, classify(), precision.tolerance());
  }

  /** Frees the network. */
  @TearDown
  public void close() {
    classifier.close();
  }

  /**
   * Classifies one batch.
   *
   * @return a prediction a radiograph
   */
  @Benchmark
  public List<Prediction> classify() {
    return classifier.get().classify(radiographs);
  }
}
