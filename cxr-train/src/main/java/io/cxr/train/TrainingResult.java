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
 * @param validation how the written model does on the validation images, by which the epoch and
 *     more were chosen
 * @param test how it does on the test images; empty if none were set aside. The card has these
 *     figures with intervals
 * @param bestEpoch the epoch whose weights the model has, from 1: that with the best monitored
 *     figure, or the last where the plan keeps the last
 */
public record TrainingResult(
    Path model,
    ModelCard card,
    TrainingHistory history,
    ClassificationReport validation,
    Optional<ClassificationReport> test,
    int bestEpoch) {}
