package io.cxr.commandline;

import static java.util.stream.Collectors.joining;

import io.cxr.Prediction;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.SourceCounts;
import io.cxr.dataset.SourceFold;
import io.cxr.train.CrossValidation;
import io.cxr.train.CrossValidationReport;
import io.cxr.train.SourceValidation;
import io.cxr.train.StackingCrossValidation;
import io.cxr.train.StackingRecipe;
import io.cxr.train.StackingReport;
import io.cxr.train.TrainingRecipe;
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

/** Measures a way of training by cross-validation. */
@Command(
    name = "crossvalidate",
    description = {
      "Measures a way of training by cross-validation: mean and standard deviation over the folds,",
      "and 95 %% bootstrap intervals. Writes no model.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class CrossValidateCommand implements Callable<Integer> {
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
        "With --group-by source: pictures that are no frontal chest radiographs, to see whether the",
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

  @Override
  public Integer call() throws IOException {
    boolean bySource = groupBy.equals("source");
    boolean grouped =
        switch (groupBy) {
          case "patient", "source" -> true;
          case "none" -> false;
          default ->
              throw new IllegalArgumentException(
                  "--group-by: expected patient, none or source, found " + groupBy);
        };
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
      return compareStack(stack, options.folder(grouped, err), err);
    }
    TrainingRecipe recipe = options.recipe();
    ImageSet folder = options.folder(grouped, err);
    err.printf(
        "Cross-validating %s on %d images: %s%n",
        options.architecture(), folder.items().size(), folder.countByLabel());
    err.flush();
    if (bySource) {
      return leaveSourcesOut(recipe, folder, err);
    }
    CrossValidationReport report;
    try (ProgressBars bars = new ProgressBars(err)) {
      report =
          new CrossValidation(
                  folder,
                  recipe,
                  folds,
                  bars,
                  fold -> {
                    err.printf(
                        Locale.ROOT,
                        "fold of %d images: accuracy %.4f%n",
                        fold.total(),
                        fold.accuracy());
                    err.flush();
                  })
              .run();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? Json.line(json(report)) : report.format());
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

  private int leaveSourcesOut(TrainingRecipe recipe, ImageSet folder, PrintWriter err)
      throws IOException {
    List<Path> pictures =
        strangers == null
            ? List.of()
            : RadiographFiles.of(List.of(strangers), List.of()).files().stream()
                .map(RadiographFiles.Named::path)
                .toList();
    SourceCounts counts = SourceCounts.of(folder);
    List<SourceFold> folds = folds(counts);
    err.println(SourceTable.confounding(counts));
    err.println("Left out in turn: " + folds.stream().map(SourceFold::name).collect(joining(", ")));
    err.flush();
    PrintWriter out = spec.commandLine().getOut();
    SourceValidation.Result result;
    try (ProgressBars bars = new ProgressBars(err)) {
      SourceValidation validation =
          new SourceValidation(
              folder,
              recipe,
              options.precision(),
              options.laterals(err),
              pictures,
              VALIDATION,
              bars);
      Consumer<SourceValidation.Fold> done =
          fold -> {
            if (!json) {
              out.println(SourceTable.fold(fold));
              out.flush();
            }
          };
      result = ungated ? validation.runUngated(folds, done) : validation.run(folds, done);
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
