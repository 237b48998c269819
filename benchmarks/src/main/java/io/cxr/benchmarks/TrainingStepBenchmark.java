package io.cxr.benchmarks;

import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.UntrainedArchitecture;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
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

/** One step of training: forwards, backwards, weights. Time is for the whole batch. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class TrainingStepBenchmark {
  private static final long SEED = 1;
  private static final int LABELS = 2;

  /** Images a step. */
  @Param("16")
  public int batch;

  private final UntrainedArchitecture architecture = new LocalMaximaCnn();
  private final MultiLayerNetwork network =
      architecture.network(LABELS, SEED, new Adam(architecture.learningRate()));
  private DataSet data = new DataSet();

  /** For the benchmark harness. */
  public TrainingStepBenchmark() {}

  /** Makes a batch of bright and dark images and checks that steps make the loss smaller. */
  @Setup
  public void prepare() {
    Nd4j.getRandom().setSeed(SEED);
    int rows = architecture.inputShape().rows();
    int columns = architecture.inputShape().columns();
    INDArray images = Nd4j.rand(batch, architecture.inputShape().channels(), rows, columns);
    INDArray targets = Nd4j.zeros(batch, 1);
    for (int i = 0; i < batch; i++) {
      images.slice(i).muli(i % 2 == 0 ? 1 : 0.5);
      targets.putScalar(i, 0, i % 2);
    }
    data = new DataSet(images, targets);
    double before = network.score(data);
    for (int i = 0; i < 8; i++) {
      step();
    }
    double after = network.score(data);
    Verification.require(
        after < before, "Expected a loss below " + before + " after eight steps, found " + after);
  }

  /**
   * Shows the network one batch.
   *
   * @return the loss before the step
   */
  @Benchmark
  public double step() {
    network.fit(data);
    return network.score();
  }
}
