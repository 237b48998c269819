package io.cxr.spark;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Scores radiographs into Parquet. */
@Command(
    name = "score",
    description = {
      "Scores radiographs (PNG, JPEG, TIFF, DICOM, ...) into Parquet: one row a file, whatever",
      "becomes of it. Run again, it scores what is new or has changed."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class ScoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private SparkOptions options;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "DIR|TABLE",
      description = {
        "A folder, at any depth, or a table (.csv with a header, .parquet) with a column of paths.",
        "Paths without a scheme must be the same on all machines."
      })
  private String input;

  @Option(
      names = "--path-column",
      paramLabel = "NAME",
      description = "Of a table: the column of paths.")
  private String pathColumn = "path";

  @Option(
      names = "--output",
      required = true,
      paramLabel = "PARQUET",
      description = "The folder of the table, with a partition a model.")
  private String output;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "Where executors run it: cpu, cuda, cuda:N or cuda-or-cpu.")
  private String device = "cpu";

  @Option(
      names = "--heatmaps",
      description = "Adds heatmaps: their values, and the region that they cover.")
  private boolean heatmaps;

  @Option(
      names = "--ungated",
      description = "Answers what the model's gates would refuse; their reason stands beside it.")
  private boolean ungated;

  @Option(
      names = "--retry-failed",
      description = "Scores files again that could not be read, or whose run failed.")
  private boolean retryFailed;

  @Mixin private RoundOptions rounds;

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    if (spec.commandLine().getParseResult().hasMatchedOption("--path-column")
        && !FilmListing.isTable(input)) {
      throw new IllegalArgumentException(
          "--path-column: expected with a table (.csv, .parquet) as --input, found " + input);
    }
    SparkSession spark = options.start("score", false);
    SparkScoring.Summary summary;
    SparkScoring scoring;
    try {
      GrowingTable.Rounds chosen = rounds.rounds(err);
      SparkScoring.Builder builder =
          SparkScoring.builder(spark)
              .device(device)
              .gated(!ungated)
              .heatmaps(heatmaps)
              .retryFailed(retryFailed)
              .filmsPerTask(chosen.filmsPerTask())
              .filmsPerRound(chosen.filmsPerRound())
              .pathColumn(pathColumn)
              .listener(chosen.listener());
      scoring = (model == null ? builder : builder.model(model)).build();
      summary = scoring.write(input, output);
    } finally {
      options.stop(spark);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d files: %d scored in %.1f s (%.1f a second), %d had their row already%s%n",
        summary.inputs(),
        summary.scored(),
        summary.seconds(),
        summary.scored() / summary.seconds(),
        summary.known(),
        summary.replaced() == 0
            ? ""
            : ", " + summary.replaced() + " rows of files that have changed were replaced");
    out.printf(
        "%s by %s %s: %s%n",
        output,
        scoring.model().name(),
        scoring.model().version(),
        summary.states().entrySet().stream()
            .map(each -> each.getKey().toLowerCase(Locale.ROOT) + " " + each.getValue())
            .collect(Collectors.joining(", ")));
    out.println(io.cxr.Prediction.NOTICE);
    out.flush();
    return 0;
  }
}
