package io.cxr.spark;

import io.cxr.commandline.CrossValidateCommand;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SourceFold;
import io.cxr.train.CrossValidation;
import io.cxr.train.CrossValidationReport;
import io.cxr.train.SourceValidation;
import io.cxr.train.TrainingProgress;
import io.cxr.train.audit.CopyPair;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Cross-validation with a fold a task. */
@Command(
    name = "crossvalidate",
    description = {
      "Measures a way of training by cross-validation, with a fold a task: the options, the output",
      "and the figures of cxr crossvalidate. Writes no model.%n"
    })
final class SparkCrossValidateCommand extends CrossValidateCommand {
  @Spec private CommandSpec spec;

  @Mixin private SparkOptions options;

  @Mixin private FeatureTableOption features;

  private @Nullable SparkSession session;
  private @Nullable TaskArguments arguments;
  private Set<String> without = Set.of();

  /** The images as a task lists them. */
  ImageSet listed() throws IOException {
    return options().listed(keepsPatientsApart(), err());
  }

  /** One fold, in a task. */
  CrossValidation.Fold fold(ImageSet images, TrainingProgress progress, int number)
      throws IOException {
    return validation(images, progress, report -> {}).fold(number);
  }

  /** One fold of sources, in a task. */
  SourceValidation.Answers answers(
      ImageSet images,
      TrainingProgress progress,
      List<CopyPair> copies,
      SourceFold sources,
      boolean gated)
      throws IOException {
    SourceValidation validation = sourceValidation(images, progress);
    validation.setCopies(copies);
    return validation.answers(sources, gated);
  }

  @Override
  public Integer call() throws IOException {
    SparkSession started = options.start("crossvalidate", true);
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
    SparkSession started = Objects.requireNonNull(session);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(started.sparkContext());
    ImageSet all = listed();
    ImageSet images;
    CommandLine own = spec.commandLine();
    if (features.isGiven()) {
      FeatureTable table = features.open(started, options().recipe());
      images = table.readable(all, options().skipsUnreadable(), err());
      arguments =
          TaskArguments.of(
              context, own, features.keep(options().recipe(), table, table.of(images.items())));
    } else {
      images = super.images();
      arguments = TaskArguments.of(context, own, null);
    }
    without = new HashSet<>();
    Set<LabelledRadiograph> taken = new HashSet<>(images.items());
    for (LabelledRadiograph item : all.items()) {
      if (!taken.contains(item)) {
        without.add(all.nameOf(item));
      }
    }
    return images;
  }

  private JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(Objects.requireNonNull(session).sparkContext());
  }

  @Override
  protected CrossValidationReport run(CrossValidation validation) throws IOException {
    return validation.report(
        DistributedFolds.folds(context(), Objects.requireNonNull(arguments), folds(), without));
  }

  @Override
  protected SourceValidation.Result run(
      SourceValidation validation,
      List<SourceFold> folds,
      boolean gated,
      Consumer<SourceValidation.Fold> done)
      throws IOException {
    List<SourceValidation.Answers> answers =
        DistributedFolds.answers(
            context(),
            Objects.requireNonNull(arguments),
            folds,
            without,
            validation.copies(),
            gated);
    return validation.result(answers, done);
  }
}
