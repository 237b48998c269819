package io.cxr.benchmarks;

import io.cxr.radiograph.Radiograph;
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
import org.openjdk.jmh.annotations.Warmup;

/** From the bytes of a file to gray pixels. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class DecodeBenchmark {
  /** The kind of file. */
  @Param public RadiographKind kind = RadiographKind.GRAY_PNG;

  /** Rows and columns. */
  @Param("1024")
  public int size;

  private byte[] file = {};

  /** For the benchmark harness. */
  public DecodeBenchmark() {}

  /** Writes the file to memory and checks what is read from it. */
  @Setup
  public void prepare() {
    file = kind.encode(size);
    kind.verify(decode(), size);
  }

  /**
   * Decodes.
   *
   * @return the radiograph
   */
  @Benchmark
  public Radiograph decode() {
    return Radiograph.read(file);
  }
}
