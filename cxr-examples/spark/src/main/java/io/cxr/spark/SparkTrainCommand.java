package io.cxr.spark;

import io.cxr.commandline.TrainCommand;
import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ShortcutFinding;
import io.cxr.train.TrainingData;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingRecipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Training from features that the executors computed. */
@Command(
    name = "train",
    description = {
      "Trains a head on the features that cxr-spark features computed, and writes a model file"
          + " with",
      "card, calibration and thresholds: the options and the output of cxr train.%n"
    })
final class SparkTrainCommand extends TrainCommand {
  /** More films than this are not audited on the driver, which would decode all of them. */
  private static final int AUDITED = 10_000;

  /** Of a head that the executors fit, the driver sees so many training films: for its gate. */
  private static final int SAMPLE = 2000;

  @Spec private CommandSpec spec;

  @Mixin private SparkOptions options;

  @Mixin private FeatureTableOption features;

  @Option(
      names = "--mllib",
      description = {
        "Fits the head on the executors, by MLlib's logistic regression, where features exceed the",
        "driver's machine; else the driver fits it. For classes, with --features-table; takes"
            + " --l2,",
        "--balanced and --class-weight, and refuses other options of how a head learns."
      })
  private boolean mllib;

  private @Nullable SparkSession session;
  private @Nullable FeatureTable table;
  private @Nullable ImageSet images;

  @Override
  public Integer call() throws IOException {
    if (!features.isGiven()) {
      throw new IllegalArgumentException(
          "--features-table: expected what cxr-spark features wrote, found none. Use cxr train"
              + " where one machine computes the features.");
    }
    ParseResult given = spec.commandLine().getParseResult();
    if (given.hasMatchedOption("--cache") || given.hasMatchedOption("--cache-gib")) {
      throw new IllegalArgumentException(
          "--cache and --cache-gib: expected without --features-table, which has the features.");
    }
    if (mllib) {
      new MllibOptions(given).check();
    }
    SparkSession started = options.start("train", false);
    session = started;
    try {
      return super.call();
    } finally {
      features.delete();
      options.stop(started);
    }
  }

  @Override
  protected ImageSet images() throws IOException {
    FeatureTable opened = features.open(Objects.requireNonNull(session), options().recipe());
    table = opened;
    ImageSet readable =
        opened.readable(options().listed(true, err()), options().skipsUnreadable(), err());
    images = readable;
    return readable;
  }

  @Override
  protected Optional<ShortcutFinding> audit(ImageSet folder, PrintWriter err) throws IOException {
    if (folder.items().size() <= AUDITED) {
      return super.audit(folder, err);
    }
    err.println(
        "Note: the images were not audited for shortcuts, as they are more than "
            + AUDITED
            + ". Run cxr audit on a sample of them.");
    return Optional.empty();
  }

  @Override
  protected TrainingPlan.Builder plan(TrainingRecipe recipe, TrainingData data, Path file)
      throws IOException {
    FeatureTable opened = Objects.requireNonNull(table);
    ImageSet all = Objects.requireNonNull(images);
    TrainingRecipe cached = features.cached(recipe);
    if (!mllib) {
      opened.keep(cached, opened.of(all.items()));
      return TrainingPlan.builder(cached, data.withHashes(opened.hashes(all)), file);
    }
    if (all.kind() != Annotation.Kind.LABEL) {
      throw new IllegalArgumentException(
          "--mllib: expected images with one class each, found a table of findings or values."
              + " Leave out --mllib, so that the driver fits the head.");
    }
    MllibHead head =
        MllibHead.fit(
            opened,
            all.labels(),
            data.split().training(),
            options().regularization(data.split().training().size()),
            new MllibOptions(spec.commandLine().getParseResult()));
    err().println(head.description());
    err().flush();
    TrainingData sample = data.withTrainingSample(SAMPLE, options().seed());
    List<LabelledRadiograph> here = new ArrayList<>(sample.split().training());
    here.addAll(sample.split().validation());
    here.addAll(sample.split().test());
    opened.keep(cached, opened.of(here));
    Map<Path, String> hashes = opened.hashes(all);
    // Of all images, where balancing what is here would weigh the sample.
    return TrainingPlan.builder(
        cached.toBuilder().solver(head.solver()).classWeights(head.classWeights()).build(),
        sample.withHashes(hashes),
        file);
  }
}
