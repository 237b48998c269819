package io.cxr.benchmarks.peers;

import ai.onnxruntime.OrtException;
import io.cxr.benchmarks.SelfContainedBenchmark;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a self-contained file costs over the same network that Java prepares the input for: the
 * processor's time of one thread, which other programs on the machine hardly touch. Both sides take
 * turns; prints Markdown.
 */
public final class SelfContainedCost {
  private static final int[] SIZES = {512, 1024};
  private static final int WARM_UP = 60;
  private static final int ROUNDS = 60;

  private SelfContainedCost() {}

  /** Something to time. */
  private interface Run {
    void run() throws OrtException;
  }

  /**
   * Measures.
   *
   * @param arguments none
   * @throws IOException if the model cannot be read
   * @throws OrtException if the graph fails
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    System.out.println("| radiograph | Java, ms | graph, ms | more |");
    System.out.println("|---|---|---|---|");
    for (int size : SIZES) {
      SelfContainedBenchmark both = new SelfContainedBenchmark();
      both.size = size;
      both.threads = 1;
      both.open();
      double[] java = new double[ROUNDS];
      double[] graph = new double[ROUNDS];
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        int at = Math.max(0, round);
        java[at] = milliseconds(both::java);
        graph[at] = milliseconds(both::graph);
      }
      both.close();
      double prepared = median(java);
      double whole = median(graph);
      System.out.printf(
          Locale.ROOT,
          "| %d x %d | %.1f | %.1f | %.1f |%n",
          size,
          size,
          prepared,
          whole,
          whole - prepared);
    }
  }

  private static double milliseconds(Run run) throws OrtException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    run.run();
    return (threads.getCurrentThreadCpuTime() - start) / 1e6;
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
