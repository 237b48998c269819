package io.cxr.benchmarks;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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

/** From gray pixels to the network's input, {@code [3, 224, 224]} floats from 0 to 1. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class PreprocessBenchmark {
  private static final int TO = 224;
  private static final int CHANNELS = 3;

  /** How the image is resized. */
  @Param public Resampling resampling = Resampling.NEAREST;

  /** Rows and columns of the radiograph. */
  @Param("1024")
  public int size;

  private Radiograph radiograph = Radiograph.ofGray8(1, 1, new byte[1]);
  private StandardPreprocessor preprocessor = preprocessor(Resampling.NEAREST);
  private final FloatBuffer input =
      ByteBuffer.allocateDirect(Float.BYTES * CHANNELS * TO * TO)
          .order(ByteOrder.nativeOrder())
          .asFloatBuffer();

  /** For the benchmark harness. */
  public PreprocessBenchmark() {}

  private static StandardPreprocessor preprocessor(Resampling resampling) {
    return StandardPreprocessor.of(
        PreprocessingSpec.of(TO, TO, resampling, CHANNELS, Normalization.Kind.UNIT_RANGE));
  }

  /** Draws a radiograph and checks its tensor against the formula in double precision. */
  @Setup
  public void prepare() {
    byte[] gray = RadiographKind.GRAY_PNG.gray(size);
    radiograph = Radiograph.ofGray8(size, size, gray);
    preprocessor = preprocessor(resampling);
    preprocess();
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int row = 0; row < TO; row += 7) {
        for (int column = 0; column < TO; column++) {
          if (resampling == Resampling.NEAREST && isBetweenPixels(row, column)) {
            continue;
          }
          double expected = level(gray, row, column) / 255;
          double found = input.get((channel * TO + row) * TO + column);
          // Pillow rounds to whole gray levels after each of two passes.
          double allowed = resampling == Resampling.NEAREST ? 1e-6 : 1.01 / 255;
          Verification.require(
              Math.abs(expected - found) <= allowed,
              "Row " + row + ", column " + column + ": expected " + expected + ", found " + found);
        }
      }
    }
  }

  /** Whether two pixels are as near, so that rounding of the last bit decides. */
  private boolean isBetweenPixels(int row, int column) {
    return (2L * row + 1) * size % (2 * TO) == 0 || (2L * column + 1) * size % (2 * TO) == 0;
  }

  private double level(byte[] gray, int row, int column) {
    double scale = (double) size / TO;
    double y = (row + 0.5) * scale;
    double x = (column + 0.5) * scale;
    if (resampling == Resampling.NEAREST) {
      return gray[((int) y) * size + ((int) x)] & 0xff;
    }
    // A triangle as wide as two target pixels.
    double width = Math.max(1, scale);
    double sum = 0;
    double weights = 0;
    for (int j = (int) Math.max(0, y - width); j < Math.min(size, y + width); j++) {
      for (int i = (int) Math.max(0, x - width); i < Math.min(size, x + width); i++) {
        double down = Math.max(0, 1 - Math.abs(j + 0.5 - y) / width);
        double across = Math.max(0, 1 - Math.abs(i + 0.5 - x) / width);
        sum += down * across * (gray[j * size + i] & 0xff);
        weights += down * across;
      }
    }
    return sum / weights;
  }

  /**
   * Resizes, replicates and normalises.
   *
   * @return the tensor
   */
  @Benchmark
  public FloatBuffer preprocess() {
    input.clear();
    preprocessor.preprocess(radiograph, input);
    return input;
  }
}
