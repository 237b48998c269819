package io.cxr.benchmarks;

import io.cxr.train.architecture.ReportCnn;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of training of the report's CNN on oneDNN, and on Deeplearning4j's own layers. With a
 * native library without oneDNN ({@code -Dnd4j.classifier=linux-x86_64} when the benchmarks are
 * built) the second is Deeplearning4j as it comes. Time is for the whole batch.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class OneDnnBenchmark {
  private static final long SEED = 1;

  /** Images a step. */
  @Param("16")
  public int batch;

  private final ComputationGraph network = new ReportCnn().graph(2, SEED, new Adam(1e-4));
  private DataSet data = new DataSet();

  /** For the benchmark harness. */
  public OneDnnBenchmark() {}

  /** Makes a batch; that both ways give the same numbers is tested with the layers. */
  @Setup
  public void prepare() {
    Nd4j.getRandom().setSeed(SEED);
    INDArray images = Nd4j.rand(batch, 3, 224, 224);
    data = new DataSet(images, Nd4j.rand(batch, 1).gt(0.5).castTo(images.dataType()));
    double loss = network.score(data);
    Verification.require(Double.isFinite(loss), "Expected a finite loss, found " + loss);
  }

  /**
   * Shows the network one batch, on Deeplearning4j's own layers.
   *
   * @return the loss before the step
   */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Dcxr.onednn=false")
  public double deeplearning4j() {
    return step();
  }

  /**
   * Shows the network one batch, on ours.
   *
   * @return the loss before the step
   */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Dcxr.onednn=true")
  public double oneDnn() {
    return step();
  }

  private double step() {
    network.fit(data);
    return network.score();
  }
}
