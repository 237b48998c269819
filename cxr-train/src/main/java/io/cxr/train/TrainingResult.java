package io.cxr.train;

import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.ModelCard;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a training leaves.
 *
 * @param model the model file
 * @param card the card in it
 * @param history the figures of every epoch
 * @param report how the written model does on the validation images, by which the epoch and more
 *     were chosen; empty where labels do not exclude each other, whose figures the card has
 * @param test how it does on the test images; empty if none were set aside, or where {@code report}
 *     is. The card has these figures with intervals
 * @param bestEpoch the epoch whose weights the model has, from 1: that with the best monitored
 *     figure, or the last where the plan keeps the last
 */
public record TrainingResult(
    Path model,
    ModelCard card,
    TrainingHistory history,
    Optional<ClassificationReport> report,
    Optional<ClassificationReport> test,
    int bestEpoch) {

  /**
   * How the written model does on the validation images, by which the epoch and more were chosen.
   *
   * @return the report
   * @throws IllegalStateException if labels do not exclude each other; then the card's figures say
   */
  public ClassificationReport validation() {
    return report.orElseThrow(
        () ->
            new IllegalStateException(
                "Training: expected exclusive labels, found other ones. Ask the card for the"
                    + " figures of the validation images."));
  }
}
