package io.cxr.spark;

import io.cxr.train.Balance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ParseResult;

/** What a fit by MLlib makes of the options of {@code cxr train}: it takes them or refuses them. */
final class MllibOptions {
  /** Of training step by step. */
  private static final List<String> STEPS =
      List.of(
          "--epochs",
          "--batch",
          "--steps-per-epoch",
          "--learning-rate",
          "--schedule",
          "--weight-decay",
          "--clip",
          "--monitor",
          "--patience",
          "--min-delta",
          "--keep-last");

  /** Of the head's loss and of what it is fitted to. */
  private static final List<String> LOSS =
      List.of("--svm-cost", "--label-smoothing", "--focal", "--huber", "--source-penalty");

  /** Of images that no table of features has. */
  private static final List<String> IMAGES = List.of("--views", "--blank-centres", "--unfreeze");

  /** Values that say what is done anyway, of options that may say otherwise. */
  private static final Map<String, String> TAKEN =
      Map.of(
          "--head", "softmax",
          "--solver", "lbfgs",
          "--augment", "none",
          "--balance", "class",
          "--calibrate-on", "validation",
          "--positive-weight", "none");

  private final ParseResult given;

  /** The options as they were given. */
  MllibOptions(ParseResult given) {
    this.given = given;
  }

  /**
   * Refuses what would have no effect.
   *
   * @throws IllegalArgumentException if there is any
   */
  void check() {
    refuse(
        STEPS,
        "which is of training step by step: MLlib fits the head at once, with the penalty --l2."
            + " Leave it out");
    refuse(
        List.of("--resume", "--minutes"),
        "which is of training on the driver: MLlib's fit starts anew. Leave it out");
    refuse(LOSS, "which MLlib's logistic regression lacks. Leave out --mllib for it");
    refuse(IMAGES, "as the table has features of images as they are. Use cxr train for it");
    TAKEN.forEach(
        (option, taken) -> {
          if (given.hasMatchedOption(option)) {
            String value = given.matchedOptionValue(option, taken);
            if (!value.equals(taken)) {
              throw new IllegalArgumentException(
                  option
                      + ": expected "
                      + taken
                      + " with --mllib, found "
                      + value
                      + ". Leave out --mllib for it.");
            }
          }
        });
  }

  private void refuse(List<String> options, String why) {
    for (String option : options) {
      if (given.hasMatchedOption(option)) {
        throw new IllegalArgumentException(option + ": expected without --mllib, " + why + ".");
      }
    }
  }

  /**
   * How much an image of each class counts, as one machine has it; 1 for a class that is not named.
   *
   * @param counts training images of each class
   * @throws IllegalArgumentException if there is no such class
   */
  Map<String, Double> classWeights(Map<String, Integer> counts) {
    Map<String, Double> weights =
        new LinkedHashMap<>(given.matchedOptionValue("--class-weight", Map.<String, Double>of()));
    if (!counts.keySet().containsAll(weights.keySet())) {
      throw new IllegalArgumentException(
          "--class-weight: expected classes of " + counts.keySet() + ", found " + weights.keySet());
    }
    if (given.hasMatchedOption("--balanced") || given.hasMatchedOption("--balance")) {
      weights.putAll(Balance.ofLabels(counts));
    }
    return weights;
  }
}
