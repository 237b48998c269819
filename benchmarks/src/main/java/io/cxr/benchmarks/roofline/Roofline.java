package io.cxr.benchmarks.roofline;

import ai.onnxruntime.OrtException;
import io.cxr.Prediction;
import io.cxr.benchmarks.BenchmarkModel;
import io.cxr.benchmarks.MachineFacts;
import io.cxr.benchmarks.ModelPrecision;
import io.cxr.benchmarks.RadiographKind;
import io.cxr.benchmarks.Verification;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;

/**
 * Prints, as Markdown, how near each network comes to what this machine allows: the time that its
 * operations need at the measured peak, or its bytes at the measured bandwidth, whichever is longer
 * (Williams, Waterman and Patterson, CACM 52(4), 2009), beside the time that it takes.
 */
public final class Roofline {
  private static final int SIZE = 224;
  private static final int ROUNDS = 7;
  private static final List<Integer> BATCHES = List.of(1, 2, 8);

  private Roofline() {}

  /**
   * Measures and prints.
   *
   * @param arguments none
   * @throws IOException if a network cannot be exported
   * @throws OrtException if a product cannot be run
   * @throws InterruptedException if interrupted
   * @throws ExecutionException if a copy fails
   */
  public static void main(String[] arguments)
      throws IOException, OrtException, InterruptedException, ExecutionException {
    MachineFacts.read().forEach((name, value) -> System.out.printf("- %s: %s%n", name, value));
    System.out.println();
    int cores = Runtime.getRuntime().availableProcessors();
    List<Integer> threads = cores > 1 ? List.of(1, cores) : List.of(1);
    System.out.println("| threads | fp32 GFLOP/s | int8 GOP/s | times fp32 | copy GB/s |");
    System.out.println("|---|---|---|---|---|");
    for (int count : threads) {
      MachinePeak peak = MachinePeak.measure(count);
      print(
          "| %d | %.0f | %.0f | %.2f | %.1f |",
          count,
          peak.floats() / 1e9,
          peak.integers() / 1e9,
          peak.integers() / peak.floats(),
          peak.bytes() / 1e9);
    }
    System.out.println();
    System.out.println(
        "| network | threads | batch | GFLOP | MB | FLOP/byte | limit | limit, ms | measured, ms |"
            + " share of limit |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|");
    for (BenchmarkModel model : List.of(BenchmarkModel.RESNET50, BenchmarkModel.VGG16)) {
      NetworkCost cost = NetworkCost.of(model.file(ModelPrecision.FP32));
      for (ModelPrecision precision : List.of(ModelPrecision.FP32, ModelPrecision.INT8)) {
        for (int count : threads) {
          // Measured beside each network, as a shared machine's speed changes by the minute.
          MachinePeak peak = MachinePeak.measure(count);
          for (int batch : BATCHES) {
            row(model, precision, cost, peak, count, batch);
          }
        }
      }
    }
  }

  private static void row(
      BenchmarkModel model,
      ModelPrecision precision,
      NetworkCost cost,
      MachinePeak peak,
      int threads,
      int batch)
      throws IOException {
    boolean integers = precision == ModelPrecision.INT8;
    double operations = cost.operations();
    double bytes = cost.bytes(batch, integers ? 1 : Float.BYTES);
    double arithmetic = operations / (integers ? peak.integers() : peak.floats());
    double memory = bytes / peak.bytes();
    double measured = seconds(model, precision, threads, batch);
    print(
        "| %s %s | %d | %d | %.2f | %.0f | %.0f | %s | %.1f | %.1f | %.0f %% |",
        model,
        precision,
        threads,
        batch,
        operations / 1e9,
        bytes / 1e6,
        operations / bytes,
        arithmetic > memory ? "arithmetic" : "memory",
        1e3 * Math.max(arithmetic, memory),
        1e3 * measured,
        100 * Math.max(arithmetic, memory) / measured);
  }

  /** The least time of an image in a batch, as the peaks are the best of their rounds, too. */
  private static double seconds(
      BenchmarkModel model, ModelPrecision precision, int threads, int batch) throws IOException {
    Radiograph film = Radiograph.ofGray8(SIZE, SIZE, RadiographKind.GRAY_PNG.gray(SIZE));
    List<Radiograph> films = Collections.nCopies(batch, film);
    double best = Double.POSITIVE_INFINITY;
    try (OnnxClassifier classifier =
        model.builder(precision).threads(threads).batchLimit(batch).open()) {
      for (int round = -2; round < ROUNDS; round++) {
        long start = System.nanoTime();
        List<Prediction> predictions = classifier.classify(films);
        if (round >= 0) {
          best = Math.min(best, (System.nanoTime() - start) / 1e9 / batch);
        }
        Verification.distribution(predictions.get(0));
      }
    }
    return best;
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
    System.out.flush();
  }
}
