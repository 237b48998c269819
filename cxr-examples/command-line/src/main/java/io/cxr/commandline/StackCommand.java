package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.dataset.ImageSet;
import io.cxr.train.Stacking;
import io.cxr.train.StackingRecipe;
import io.cxr.train.StackingResult;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stacks networks into one model file. */
@Command(
    name = "stack",
    description = {
      "Trains several networks and a linear layer on top of them, and writes all as one model"
          + " file.",
      "Patients are set aside for testing; on the others, folds give answers of networks that did",
      "not see the patient, to which the layer, calibration, thresholds and the novelty gate are",
      "fitted. Prints the figures of the stack and its members on the test images.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class StackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions options;

  @Option(
      names = "--members",
      required = true,
      split = ",",
      paramLabel = "MEMBER",
      description = {"Two networks or more, each", StackMembers.SYNTAX})
  private List<String> members;

  @Option(
      names = "--form",
      paramLabel = "NAME",
      description = {
        "logits: each member learns by itself, the layer weighs what they say; features: one head",
        "learns on the channel means of all frozen bases, as in InstaCovNet-19."
      })
  private String form = "logits";

  @Mixin private ModelOutput out;

  @Option(
      names = "--test",
      paramLabel = "SHARE",
      description = "Share of the images to test on; not used with train/ and test/.")
  private double test = 0.2;

  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      description = {
        "Share of a member's training images that decides when its training ends, and tells what its",
        "logits mean."
      })
  private double validation = 0.2;

  @Option(
      names = "--folds",
      paramLabel = "N",
      description = "How many folds the images that are not for testing are parted into.")
  private int folds = 5;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path file = out.file();
    if (options.precision() != Precision.FP32) {
      throw new IllegalArgumentException(
          "--precision: expected fp32 for a stack, found another. Make a smaller file of the"
              + " written one with cxr export.");
    }
    PrintWriter err = spec.commandLine().getErr();
    StackingRecipe recipe =
        StackingRecipe.builder(StackMembers.recipes(spec.commandLine().getParseResult(), members))
            .form(StackMembers.form(form))
            .folds(folds)
            .validation(validation)
            .seed(options.seed())
            .build();
    ImageSet folder = options.folder(true, err);
    err.printf(
        "Stacking %s on %d images: %s%n",
        String.join(", ", members), folder.items().size(), folder.countByLabel());
    err.flush();
    StackingResult result;
    try (ProgressBars bars = new ProgressBars(err)) {
      result = new Stacking(folder, recipe, test, file, bars, bars::stage).run();
    }
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("model", result.model().toString());
      object.put("test", StackMembers.json(result.test()));
      object.put("notice", Prediction.NOTICE);
      writer.println(Json.line(object));
    } else {
      writer.println(result.test().format());
      writer.println(result.model());
    }
    writer.flush();
    return 0;
  }
}
