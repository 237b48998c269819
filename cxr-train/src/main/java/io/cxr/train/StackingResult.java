package io.cxr.train;

import io.cxr.model.ModelCard;
import java.nio.file.Path;

/**
 * What stacking leaves.
 *
 * @param model the model file
 * @param card the card in it
 * @param test how the written model and its members do on the test images, which nothing was fitted
 *     to
 */
public record StackingResult(Path model, ModelCard card, StackingReport test) {}
