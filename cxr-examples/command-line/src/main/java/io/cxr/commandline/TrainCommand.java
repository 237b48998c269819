package io.cxr.commandline;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.model.ShortcutFinding;
import io.cxr.model.SubsetFigures;
import io.cxr.train.Trainer;
import io.cxr.train.TrainingData;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingRecipe;
import io.cxr.train.TrainingResult;
import io.cxr.train.audit.ShortcutAudit;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Trains a network on a folder of radiographs. Where its features come from is open to commands
 * that extend this one. Not thread-safe.
 */
@Command(
    name = "train",
    description = {
      "Trains a network on a folder or table of radiographs and writes a model file.",
      "The folder holds one folder a class, or train/CLASS and test/CLASS; a table has a row an",
      "image with one label, findings or measured values.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public class TrainCommand implements Callable<Integer> {
  private static final String SAME_SOURCE =
      "Note: these figures hold for images from the same sources. Measure on another hospital's"
          + " images before you believe them.";

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions options;

  @Mixin private ModelOutput out;

  @Mixin private ValidationOption validation;

  @Option(
      names = "--test",
      paramLabel = "SHARE",
      description = {
        "Share of the images that is set aside before anything else, patients kept whole, and",
        "measured when all is done; not used with a folder test/. None by default."
      })
  private double test;

  @Option(
      names = "--test-sources",
      split = ",",
      paramLabel = "SOURCE",
      description = "Sets all images of these sources of --patients aside instead.")
  private List<String> testSources = List.of();

  @Option(
      names = "--resume",
      description = "Goes on from the checkpoint that an interrupted training left.")
  private boolean resume;

  @Option(
      names = "--minutes",
      paramLabel = "X",
      description = "Ends after the epoch in which so much time is over; can be resumed.")
  private @Nullable Double minutes;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  private boolean json;

  /** Of picocli, which sets the options. */
  public TrainCommand() {}

  /**
   * What is trained, how and on what.
   *
   * @return the options as they were given
   */
  protected final TrainingOptions options() {
    return options;
  }

  /**
   * Where warnings and progress go.
   *
   * @return the writer
   */
  protected final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /**
   * The images that can be read.
   *
   * @return the data set
   * @throws IOException if it cannot be read
   */
  protected ImageSet images() throws IOException {
    return options.folder(true, err());
  }

  /**
   * What is trained on the images, in which way, before it is trained; here, as it was asked for.
   *
   * @param recipe as the options have it
   * @param data the images and their split
   * @param file the model file
   * @return a plan's builder
   * @throws IOException if a file cannot be read
   */
  protected TrainingPlan.Builder plan(TrainingRecipe recipe, TrainingData data, Path file)
      throws IOException {
    return TrainingPlan.builder(recipe, data, file);
  }

  @Override
  public Integer call() throws IOException {
    Path file = out.file();
    TrainingRecipe recipe = options.recipe();
    PrintWriter err = err();
    ImageSet folder = images();
    TrainingData data =
        TrainingData.of(
                folder, new SplitPlan(validation.share(), test, testSources, options.seed()))
            .withLaterals(options.laterals(err));
    PatientSplit split = data.split();
    Precision precision = options.precision();
    err.printf(
        "Training %s on %d images, validating on %d%s: %s%n",
        options.architecture(),
        split.training().size(),
        split.validation().size(),
        split.test().isEmpty() ? "" : ", testing on " + split.test().size(),
        folder.countByLabel());
    options.notes().forEach(err::println);
    err.flush();
    Optional<ShortcutFinding> shortcuts =
        folder.kind() == Annotation.Kind.LABEL
            ? audit(folder.without(new HashSet<>(split.test())), err)
            : Optional.empty();
    TrainingPlan.Builder plan =
        plan(recipe, shortcuts.map(data::withShortcuts).orElse(data), file)
            .precision(precision)
            .resume(resume);
    if (minutes != null) {
      plan.timeLimit(Duration.ofMillis(Math.round(60_000 * minutes)));
    }
    TrainingResult result;
    try (ProgressBars bars = new ProgressBars(err)) {
      result = new Trainer(plan.build(), bars).train();
    }
    shortcuts.ifPresent(finding -> err.println("Audit: " + finding.verdict()));
    if (testSources.isEmpty()) {
      err.println(SAME_SOURCE);
    }
    err.flush();
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      writer.println(Json.line(Json.training(result)));
    } else {
      result.report().ifPresent(report -> writer.println(report.format()));
      writer.printf(
          Locale.ROOT,
          "%s: epoch %d of %d%s%n",
          result.model(),
          result.bestEpoch(),
          result.history().epochs().size(),
          result
              .report()
              .map(
                  report ->
                      String.format(Locale.ROOT, ", validation accuracy %.4f", report.accuracy()))
              .orElse(""));
      if (result.report().isEmpty()) {
        result
            .card()
            .figures(Subset.VALIDATION)
            .ifPresent(
                figures ->
                    writer.print(format("Validation, by which the model was chosen", figures)));
      }
      result
          .card()
          .figures(Subset.TEST)
          .ifPresent(
              figures -> writer.print(format("Test, set aside before anything else", figures)));
    }
    writer.flush();
    return 0;
  }

  private static String format(String subset, SubsetFigures tested) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %s, %d patients; 95 %% intervals:%n",
            subset,
            tested.images(),
            tested.patients()));
    tested
        .metrics()
        .forEach(
            (name, of) ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "  %-44s %.3f (%.3f-%.3f)%n",
                        name,
                        of.value(),
                        of.low(),
                        of.high())));
    return text.toString();
  }

  /**
   * The quick part of the audit; a data set that is too small for it is trained on all the same.
   *
   * @param folder the images but those of the test
   * @param err where it is said that there was no audit
   * @return what was found, for the model card
   * @throws IOException if an image cannot be read
   */
  protected Optional<ShortcutFinding> audit(ImageSet folder, PrintWriter err) throws IOException {
    try {
      return Optional.of(ShortcutAudit.quick(folder, options.seed()).finding());
    } catch (IllegalArgumentException e) {
      err.println("Note: the images were not audited for shortcuts. " + e.getMessage());
      err.flush();
      return Optional.empty();
    }
  }
}
