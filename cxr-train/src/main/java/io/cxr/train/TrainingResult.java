package io.cxr.train;

import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.ModelCard;
import java.nio.file.Path;

/**
 * What a training leaves.
 *
 * @param model the model file
 * @param card the card in it
 * @param history the figures of every epoch
 * @param validation how the written model does on the validation images
 * @param bestEpoch the epoch whose weights the model has, from 1: that with the best monitored
 *     figure, or the last where the plan keeps the last
 */
public record TrainingResult(
    Path model,
    ModelCard card,
    TrainingHistory history,
    ClassificationReport validation,
    int bestEpoch) {}
