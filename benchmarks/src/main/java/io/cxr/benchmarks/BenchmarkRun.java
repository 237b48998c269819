package io.cxr.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the JMH benchmarks with the garbage profiler and writes {@code jmh.md} and {@code jmh.json}
 * into the folder of the system property {@code cxr.benchmarks.results}. Without arguments it is
 * the short form; arguments are JMH's own.
 */
public final class BenchmarkRun {
  private static final String[] SHORT_FORM = {
    "-f", "1", "-wi", "2", "-w", "1", "-i", "3", "-r", "1", "-p", "batch=1,8", "-foe", "true"
  };

  private static final Set<String> QUESTIONS = Set.of("-h", "-l", "-lp", "-lprof", "-lrf");
  private static final String GARBAGE = "gc.alloc.rate.norm";

  private BenchmarkRun() {}

  /**
   * Runs.
   *
   * @param arguments of JMH; none for the short form
   * @throws IOException if results cannot be written
   * @throws RunnerException if a benchmark fails
   * @throws CommandLineOptionException if JMH does not know an argument
   */
  public static void main(String[] arguments)
      throws IOException, RunnerException, CommandLineOptionException {
    if (Arrays.stream(arguments).anyMatch(QUESTIONS::contains)) {
      org.openjdk.jmh.Main.main(arguments);
      return;
    }
    Path folder = Path.of(System.getProperty("cxr.benchmarks.results", "results"));
    Files.createDirectories(folder);
    Map<String, String> facts = MachineFacts.read();
    Path measured = Files.createTempFile("cxr-benchmark", ".json");
    try {
      new Runner(
              new OptionsBuilder()
                  .parent(new CommandLineOptions(arguments.length == 0 ? SHORT_FORM : arguments))
                  .addProfiler(GCProfiler.class)
                  .resultFormat(ResultFormatType.JSON)
                  .result(measured.toString())
                  .build())
          .run();
      Report report = report(JsonMapper.shared().readTree(measured), facts);
      report.write(folder, "jmh");
      System.out.println("\n" + report.markdown());
    } finally {
      Files.deleteIfExists(measured);
    }
  }

  private static Report report(JsonNode results, Map<String, String> facts) {
    Report report = new Report("Benchmarks", facts);
    report.paragraph(
        "Time is the mean of all iterations with the half width of its 99.9 % interval; garbage is"
            + " what one operation allocates on the heap. The machine may be shared: compare"
            + " figures within one run.");
    Map<String, List<JsonNode>> classes = new LinkedHashMap<>();
    for (JsonNode result : results) {
      String name = result.path("benchmark").asString();
      String type = name.substring(0, name.lastIndexOf('.'));
      classes
          .computeIfAbsent(type.substring(type.lastIndexOf('.') + 1), key -> new ArrayList<>())
          .add(result);
    }
    classes.forEach((type, of) -> section(report, type, of));
    report.data("results", results);
    return report;
  }

  private static void section(Report report, String type, List<JsonNode> results) {
    report.heading(type);
    Set<String> parameters = new LinkedHashSet<>();
    results.forEach(result -> parameters.addAll(result.path("params").propertyNames()));
    List<String> columns = new ArrayList<>(List.of("what"));
    columns.addAll(parameters);
    boolean batches = parameters.contains("batch");
    columns.add("time");
    if (batches) {
      columns.add("an image");
    }
    columns.add("garbage");
    boolean compared =
        results.stream().map(result -> result.path("benchmark").asString()).distinct().count() > 1;
    if (compared) {
      columns.add("times as fast as the first");
    }
    Map<String, Double> first = new HashMap<>();
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode result : results) {
      String name = result.path("benchmark").asString();
      List<String> cells = new ArrayList<>(List.of(name.substring(name.lastIndexOf('.') + 1)));
      parameters.forEach(parameter -> cells.add(result.path("params").path(parameter).asString()));
      JsonNode time = result.path("primaryMetric");
      String unit = time.path("scoreUnit").asString().replace("/op", "");
      double score = time.path("score").asDouble();
      cells.add(digits(score) + " ± " + digits(time.path("scoreError").asDouble()) + " " + unit);
      if (batches) {
        cells.add(digits(score / result.path("params").path("batch").asInt(1)) + " " + unit);
      }
      JsonNode garbage = result.path("secondaryMetrics").path(GARBAGE).path("score");
      cells.add(garbage.isNumber() ? kilobytes(garbage.asDouble()) : "");
      if (compared) {
        // Of the same parameters.
        double base = first.computeIfAbsent(result.path("params").toString(), key -> score);
        cells.add(digits(base / score));
      }
      rows.add(cells);
    }
    report.table(columns, rows);
  }

  private static String digits(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.4f", value);
  }

  private static String kilobytes(double bytes) {
    return String.format(Locale.ROOT, "%.1f kB", bytes / 1000);
  }
}
