package io.cxr.benchmarks;

import io.cxr.Explanation;
import io.cxr.Prediction;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
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

/** What the heatmap costs beside the prediction alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class ExplanationBenchmark {
  private static final int SIZE = 224;

  /** The network. */
  @Param public BenchmarkModel model = BenchmarkModel.DEFAULT;

  /** Threads of ONNX Runtime. */
  @Param("1")
  public int threads;

  private final Radiograph radiograph =
      Radiograph.ofGray8(SIZE, SIZE, RadiographKind.GRAY_PNG.gray(SIZE));
  private final Opened classifier = new Opened();

  /** For the benchmark harness. */
  public ExplanationBenchmark() {}

  /** Opens the network and checks that both ways predict the same, and that there is a map. */
  @Setup
  public void open() throws IOException {
    classifier.set(model.builder(ModelPrecision.FP32).threads(threads).open());
    Prediction alone = prediction();
    Verification.distribution(alone);
    Explanation explanation = predictionAndHeatmap();
    Verification.same(alone, explanation.prediction(), Verification.ROUNDING);
    Verification.require(
        explanation.heatmap().rows() > 1 && explanation.heatmap().columns() > 1,
        "Expected a map, found " + explanation.heatmap());
  }

  /** Frees the network. */
  @TearDown
  public void close() {
    classifier.close();
  }

  /**
   * Classifies.
   *
   * @return the prediction
   */
  @Benchmark
  public Prediction prediction() {
    return classifier.get().classify(radiograph);
  }

  /**
   * Classifies and explains in one run.
   *
   * @return prediction and heatmap
   */
  @Benchmark
  public Explanation predictionAndHeatmap() {
    return classifier.get().explain(radiograph);
  }
}
