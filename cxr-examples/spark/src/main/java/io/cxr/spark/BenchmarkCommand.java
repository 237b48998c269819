package io.cxr.spark;

import com.sun.management.OperatingSystemMXBean;
import io.cxr.Prediction;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResults;
import io.cxr.phantom.SyntheticChestPhantom;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures scoring on Spark beside the pipeline of one machine, in one run. */
@Command(
    name = "benchmark",
    description = {
      "Measures films a second of score, which writes Parquet, beside the library's own pipeline,",
      "which keeps nothing, on the same films in turn; median of the repeats. The pipeline has as",
      "many threads as Spark has cores. Start it once for each --master local[N]."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class BenchmarkCommand implements Callable<Integer> {
  private static final OperatingSystemMXBean MACHINE =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  @Spec private CommandSpec spec;

  @Mixin private SparkOptions options;

  @Option(
      names = "--films",
      split = ",",
      paramLabel = "N",
      description = "How many films; several numbers after another show how cost grows.")
  private List<Integer> films = List.of(100, 400);

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Rows and columns of the phantoms, which are PNG files.")
  private int size = 1024;

  @Option(names = "--repeats", paramLabel = "N", description = "How often each is measured.")
  private int repeats = 3;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    SparkSession spark = options.start("benchmark", false);
    Path scratch = Files.createTempDirectory("cxr-spark-benchmark");
    try {
      int cores = spark.sparkContext().defaultParallelism();
      int most = films.stream().mapToInt(Integer::intValue).max().orElseThrow();
      List<Path> all = draw(scratch.resolve("films"), most);
      SparkScoring.Builder builder = SparkScoring.builder(spark).gated(false);
      SparkScoring scoring = (model == null ? builder : builder.model(model)).build();
      OnnxClassifier.Builder plain =
          model == null ? OnnxClassifier.builder() : OnnxClassifier.builder(model);
      try (OnnxClassifier classifier =
          plain.threads(cores).noveltyGate(false).viewGate(false).open()) {
        out.printf(
            "%d cores by %s, films of %d x %d, %d KB each; %d repeats%n",
            cores,
            spark.sparkContext().master(),
            size,
            size,
            Files.size(all.get(0)) / 1000,
            repeats);
        out.println(
            "films  pipeline/s  Spark/s  ratio   pipeline, CPU ms  Spark, CPU ms  ratio"
                + "   bytes in  bytes out");
        // Whatever a first call does that others do not.
        pipeline(classifier, cores, all.subList(0, Math.min(all.size(), 50)));
        score(scoring, table(scratch, all.subList(0, Math.min(all.size(), 50))), scratch);
        for (int count : films) {
          List<Path> some = all.subList(0, count);
          Path table = table(scratch, some);
          Cost[] one = new Cost[repeats];
          Cost[] many = new Cost[repeats];
          for (int i = 0; i < repeats; i++) {
            one[i] = pipeline(classifier, cores, some);
            many[i] = score(scoring, table, scratch);
          }
          out.printf(
              Locale.ROOT,
              "%5d %11.1f %8.1f %6.2f %18.1f %14.1f %6.2f %10d %10d%n",
              count,
              count / median(one, Cost::seconds),
              count / median(many, Cost::seconds),
              ratio(one, many, Cost::seconds),
              1000 * median(one, Cost::processor) / count,
              1000 * median(many, Cost::processor) / count,
              ratio(many, one, Cost::processor),
              some.stream().mapToLong(BenchmarkCommand::bytes).sum(),
              written);
          out.flush();
        }
      }
    } finally {
      delete(scratch);
      options.stop(spark);
    }
    out.println(Prediction.NOTICE);
    out.flush();
    return 0;
  }

  /** Bytes of the last table. */
  private long written;

  private List<Path> draw(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    List<Path> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve(i + ".png");
      if (i < 20) {
        SyntheticChestPhantom.draw(i % 2 == 0, i, size).writePng(file);
      } else {
        // The time to draw would be most of the run; nothing here knows a film again.
        Files.copy(all.get(i % 20), file);
      }
      all.add(file);
    }
    return all;
  }

  private static Path table(Path scratch, List<Path> films) throws IOException {
    List<String> lines = new ArrayList<>(List.of("path"));
    films.forEach(film -> lines.add(film.toString()));
    return Files.write(scratch.resolve(films.size() + ".csv"), lines);
  }

  /**
   * What something took.
   *
   * @param seconds on the clock
   * @param processor seconds of all threads of this process, which other programs on the machine
   *     hardly change
   */
  private record Cost(double seconds, double processor) {
    static Cost now() {
      return new Cost(System.nanoTime() / 1e9, MACHINE.getProcessCpuTime() / 1e9);
    }

    Cost since(Cost start) {
      return new Cost(seconds - start.seconds, processor - start.processor);
    }
  }

  private static Cost pipeline(OnnxClassifier classifier, int cores, List<Path> films) {
    Cost start = Cost.now();
    try (PipelineResults<Path> results =
        InferencePipeline.ofFiles(classifier)
            .decodeThreads(Math.max(1, cores / 2))
            .build()
            .run(films)) {
      results.forEachRemaining(result -> result.outcome().orThrow());
    }
    return Cost.now().since(start);
  }

  private Cost score(SparkScoring scoring, Path table, Path scratch) throws IOException {
    Path output = scratch.resolve("scores.parquet");
    Cost start = Cost.now();
    scoring.write(table.toString(), output.toString());
    Cost cost = Cost.now().since(start);
    try (Stream<Path> files = Files.walk(output)) {
      written =
          files
              .filter(file -> file.toString().endsWith(".parquet") && Files.isRegularFile(file))
              .mapToLong(BenchmarkCommand::bytes)
              .sum();
    }
    delete(output);
    return cost;
  }

  private static long bytes(Path file) {
    return file.toFile().length();
  }

  private static double median(Cost[] costs, ToDoubleFunction<Cost> figure) {
    return median(Arrays.stream(costs).mapToDouble(figure).toArray());
  }

  /** The median of the ratios of neighbours. */
  private static double ratio(Cost[] above, Cost[] below, ToDoubleFunction<Cost> figure) {
    double[] ratios = new double[above.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = figure.applyAsDouble(above[i]) / figure.applyAsDouble(below[i]);
    }
    return median(ratios);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
