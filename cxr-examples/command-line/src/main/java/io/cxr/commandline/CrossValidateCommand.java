package io.cxr.commandline;

import static java.util.stream.Collectors.joining;

import io.cxr.Prediction;
import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.SourceCounts;
import io.cxr.dataset.SourceFold;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.train.CrossValidation;
import io.cxr.train.CrossValidationReport;
import io.cxr.train.FindingsCrossValidation;
import io.cxr.train.FindingsCrossValidationReport;
import io.cxr.train.SourceValidation;
import io.cxr.train.StackingCrossValidation;
import io.cxr.train.StackingRecipe;
import io.cxr.train.StackingReport;
import io.cxr.train.TrainingProgress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures a way of training by cross-validation. Where the folds are trained is open to commands
 * that extend this one. Not thread-safe.
 */
@Command(
    name = "crossvalidate",
    description = {
      "Measures a way of training by cross-validation: mean and standard deviation over the folds,",
      "and 95 %% bootstrap intervals. Writes no model.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public class CrossValidateCommand implements Callable<Integer> {
  /** Of the other sources' films, as train has it. */
  private static final double VALIDATION = 0.2;

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions options;

  @Option(names = "--folds", paramLabel = "N", description = "How many folds.")
  private int folds = 5;

  @Option(
      names = "--group-by",
      paramLabel = "WHAT",
      description = {
        "patient: a patient's images stay in one fold; none: folds over images, as many papers",
        "have them, which flatters; source: sources in turn are left out of the training and asked",
        "about, which --folds has no say in. --sources names them."
      })
  private String groupBy = "patient";

  @Option(
      names = "--hold-out",
      split = ",",
      paramLabel = "SOURCE[+SOURCE]",
      description = {
        "With --group-by source: leaves out these sources only; those joined by + together. One",
        "training for each between commas."
      })
  private @Nullable List<String> holdOut;

  @Option(
      names = "--pairs",
      paramLabel = "WHICH",
      description = {
        "With --group-by source, for sources that lack one of the first two classes: one: each is",
        "left out together with a source that has it; all: with every such source in turn, so that",
        "no single pair decides; none: each alone."
      })
  private @Nullable String pairs;

  @Option(
      names = "--ungated",
      description = {
        "With --group-by source: fits no novelty gate, to compare recipes in less time; nothing is",
        "refused then."
      })
  private boolean ungated;

  @Option(
      names = "--strangers",
      paramLabel = "DIR",
      description = {
        "With --group-by source: pictures that are no frontal chest radiographs, to see whether"
            + " the",
        "gates refuse them."
      })
  private @Nullable Path strangers;

  @Option(
      names = "--stack",
      split = ",",
      paramLabel = "MEMBER",
      description = {
        "Compares a stack of these networks with its best member, by nested folds, each",
        StackMembers.SYNTAX
      })
  private @Nullable List<String> stack;

  @Option(
      names = "--stack-form",
      paramLabel = "NAME",
      description = "With --stack: logits or features, as stack has it.")
  private String stackForm = "logits";

  @Option(
      names = "--stack-folds",
      paramLabel = "N",
      description = "With --stack: how many folds there are within each fold's training images.")
  private int stackFolds = 5;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  private boolean json;

  /** Of picocli, which sets the options. */
  public CrossValidateCommand() {}

  /**
   * What is trained, how and on what.
   *
   * @return the options as they were given
   */
  protected final TrainingOptions options() {
    return options;
  }

  /**
   * How many folds there are where sources are not left out in turn.
   *
   * @return the number as it was given
   */
  protected final int folds() {
    return folds;
  }

  /**
   * Whether patients stay in one fold, where they are known.
   *
   * @return false where folds are over images
   */
  protected final boolean keepsPatientsApart() {
    return !groupBy.equals("none");
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
    return options.folder(keepsPatientsApart(), err());
  }

  /**
   * Folds over patients or images.
   *
   * @param images the data set
   * @param progress who hears how each training goes
   * @param done who hears the figures of each fold
   * @return not yet run
   * @throws IOException if a file of the network cannot be read
   */
  protected final CrossValidation validation(
      ImageSet images, TrainingProgress progress, Consumer<ClassificationReport> done)
      throws IOException {
    return new CrossValidation(images, options.recipe(), folds, progress, done);
  }

  /**
   * Folds of sources.
   *
   * @param images the data set
   * @param progress who hears how each training goes
   * @return not yet run
   * @throws IOException if a file of the network cannot be read, or a folder cannot
   */
  protected final SourceValidation sourceValidation(ImageSet images, TrainingProgress progress)
      throws IOException {
    List<Path> pictures =
        strangers == null
            ? List.of()
            : RadiographFiles.of(List.of(strangers), List.of()).files().stream()
                .map(RadiographFiles.Named::path)
                .toList();
    return new SourceValidation(
        images,
        options.recipe(),
        options.precision(),
        options.laterals(err()),
        pictures,
        VALIDATION,
        progress);
  }

  /**
   * Trains and measures every fold; here, one after another.
   *
   * @param validation the folds
   * @return the figures
   * @throws IOException if an image, the weights or the cache cannot be read
   */
  protected CrossValidationReport run(CrossValidation validation) throws IOException {
    return validation.run();
  }

  /**
   * Trains without each fold of sources, and asks about them; here, one after another.
   *
   * @param validation of the films
   * @param folds the folds
   * @param gated whether a novelty gate is fitted
   * @param done hears each fold
   * @return the figures
   * @throws IOException if an image, the weights or the cache cannot be read
   */
  protected SourceValidation.Result run(
      SourceValidation validation,
      List<SourceFold> folds,
      boolean gated,
      Consumer<SourceValidation.Fold> done)
      throws IOException {
    return gated ? validation.run(folds, done) : validation.runUngated(folds, done);
  }

  @Override
  public Integer call() throws IOException {
    boolean bySource = groupBy.equals("source");
    if (!List.of("patient", "source", "none").contains(groupBy)) {
      throw new IllegalArgumentException(
          "--group-by: expected patient, none or source, found " + groupBy);
    }
    if ((strangers != null || holdOut != null || pairs != null || ungated) && !bySource) {
      throw new IllegalArgumentException(
          "--strangers, --hold-out, --pairs, --ungated: expected with --group-by source only.");
    }
    if (strangers != null && ungated) {
      throw new IllegalArgumentException(
          "--strangers: expected without --ungated, as no gate would refuse them.");
    }
    if (holdOut != null && pairs != null) {
      throw new IllegalArgumentException(
          "--hold-out: expected without --pairs, as it names the pairs itself: SOURCE+SOURCE.");
    }
    PrintWriter err = spec.commandLine().getErr();
    if (stack != null) {
      if (bySource) {
        throw new IllegalArgumentException(
            "--stack: expected folds by patient or image, found --group-by source.");
      }
      return compareStack(stack, images(), err);
    }
    ImageSet folder = images();
    err.printf(
        "Cross-validating %s on %d images: %s%n",
        options.architecture(), folder.items().size(), folder.countByLabel());
    err.flush();
    if (folder.kind() == Annotation.Kind.FINDINGS) {
      return ofFindings(folder, bySource, err);
    }
    if (bySource) {
      return leaveSourcesOut(folder, err);
    }
    CrossValidationReport report;
    try (ProgressBars bars = new ProgressBars(err)) {
      report =
          run(
              validation(
                  folder,
                  bars,
                  fold -> {
                    err.printf(
                        Locale.ROOT,
                        "fold of %d images: accuracy %.4f%n",
                        fold.total(),
                        fold.accuracy());
                    err.flush();
                  }));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? Json.line(json(report)) : report.format());
    out.flush();
    return 0;
  }

  private int ofFindings(ImageSet images, boolean bySource, PrintWriter err) throws IOException {
    if (strangers != null || pairs != null) {
      throw new IllegalArgumentException(
          "--strangers, --pairs: expected for exclusive labels, found findings.");
    }
    FindingsCrossValidationReport report;
    try (ProgressBars bars = new ProgressBars(err)) {
      FindingsCrossValidation validation =
          new FindingsCrossValidation(
              images,
              options.recipe(),
              bars,
              fold -> {
                err.println(FindingsFolds.line(fold));
                err.flush();
              });
      report =
          bySource
              ? validation.runWithoutSources(FindingsFolds.sources(images, holdOut))
              : validation.run(folds);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? Json.line(FindingsFolds.json(report)) : FindingsFolds.format(report));
    out.flush();
    return 0;
  }

  private int compareStack(List<String> members, ImageSet folder, PrintWriter err)
      throws IOException {
    StackingRecipe recipe =
        StackingRecipe.builder(StackMembers.recipes(spec.commandLine().getParseResult(), members))
            .form(StackMembers.form(stackForm))
            .folds(stackFolds)
            .seed(options.seed())
            .build();
    StackingReport report;
    try (ProgressBars bars = new ProgressBars(err)) {
      report = new StackingCrossValidation(folder, recipe, folds, bars, bars::stage).run();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = StackMembers.json(report);
      object.put("folds", folds);
      object.put("notice", Prediction.NOTICE);
      out.println(Json.line(object));
    } else {
      out.println(report.format());
    }
    out.flush();
    return 0;
  }

  private int leaveSourcesOut(ImageSet folder, PrintWriter err) throws IOException {
    SourceCounts counts = SourceCounts.of(folder);
    List<SourceFold> folds = folds(counts);
    err.println(SourceTable.confounding(counts));
    err.println("Left out in turn: " + folds.stream().map(SourceFold::name).collect(joining(", ")));
    err.flush();
    PrintWriter out = spec.commandLine().getOut();
    SourceValidation.Result result;
    try (ProgressBars bars = new ProgressBars(err)) {
      Consumer<SourceValidation.Fold> done =
          fold -> {
            if (!json) {
              out.println(SourceTable.fold(fold));
              out.flush();
            }
          };
      result = run(sourceValidation(folder, bars), folds, !ungated, done);
    }
    out.println(
        json
            ? Json.line(SourceTable.json(folder.name(), options.seed(), result))
            : SourceTable.summary(result));
    out.flush();
    return 0;
  }

  private List<SourceFold> folds(SourceCounts counts) {
    if (holdOut != null) {
      return counts.named(holdOut);
    }
    return switch (pairs == null ? "one" : pairs) {
      case "one" -> counts.paired();
      case "all" -> counts.allPairs();
      case "none" -> counts.alone();
      default ->
          throw new IllegalArgumentException("--pairs: expected one, all or none, found " + pairs);
    };
  }

  private static Map<String, Object> json(CrossValidationReport report) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", report.data());
    object.put("folds", report.folds());
    object.put("seed", report.seed());
    object.put("patientsApart", report.patientsApart());
    report.pooled().positiveClass().ifPresent(label -> object.put("positive", label));
    Map<String, Object> figures = new LinkedHashMap<>();
    report
        .figures()
        .forEach(
            (name, figure) -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("mean", figure.mean());
              entry.put("deviation", figure.deviation());
              entry.put("pooled", figure.interval().value());
              entry.put("interval", List.of(figure.interval().low(), figure.interval().high()));
              figures.put(name, entry);
            });
    object.put("figures", figures);
    object.put("expectedCalibrationError", report.calibration().expectedCalibrationError());
    object.put("calibratedError", report.calibrated().expectedCalibrationError());
    object.put("pooled", Json.report(report.pooled()));
    object.put("notice", Prediction.NOTICE);
    return object;
  }
}
