package io.cxr.spark;

import io.cxr.Prediction;
import io.cxr.commandline.TrainingOptions;
import io.cxr.dataset.ImageSet;
import io.cxr.train.FeatureExtraction;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Computes the features of a frozen base for a data set, on all executors. */
@Command(
    name = "features",
    description = {
      "Computes what a frozen base gives of each image of a data set, into Parquet, for train and",
      "crossvalidate. Run again, it computes what is new or has changed."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class FeaturesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private SparkOptions spark;

  @Mixin private TrainingOptions options;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "PARQUET",
      description = "The folder of the table, with a partition a base and preprocessing.")
  private String output;

  @Mixin private RoundOptions rounds;

  /** What is trained, how and on what. */
  TrainingOptions options() {
    return options;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    ImageSet images = options.listed(true, err);
    String key;
    try (FeatureExtraction extraction = FeatureExtraction.open(options.recipe())) {
      key = extraction.key();
    }
    SparkSession session = spark.start("features", true);
    SparkScoring.Summary summary;
    try {
      TaskArguments arguments =
          TaskArguments.of(
              JavaSparkContext.fromSparkContext(session.sparkContext()), spec.commandLine(), null);
      List<String> files =
          images.items().stream()
              .map(item -> item.file().toAbsolutePath().normalize().toString())
              .distinct()
              .toList();
      summary =
          new GrowingTable(session, output, FeatureTable.KEY, key, FeatureTable.CONTENT)
              .grow(
                  FilmListing.ofPaths(session, files),
                  functions.lit(true),
                  films ->
                      films.mapPartitions(
                          new FilmFeatures(arguments), Encoders.row(FilmFeatures.SCHEMA)),
                  rounds.rounds(err));
    } finally {
      spark.stop(session);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d files: features of %d computed in %.1f s, %d were there; %s%n",
        summary.inputs(),
        summary.scored(),
        summary.seconds(),
        summary.known(),
        summary.states());
    out.println(Prediction.NOTICE);
    out.flush();
    return 0;
  }
}
