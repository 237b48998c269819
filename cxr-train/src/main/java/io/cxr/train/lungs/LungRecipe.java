package io.cxr.train.lungs;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Shape;
import io.cxr.train.network.UNet;
import java.util.List;

/**
 * How a network learns to find lungs.
 *
 * @param seed decides initial weights, the order of images and how they are changed
 * @param epochs how often every image is shown, at least 1
 * @param batchSize images a step, at least 2
 * @param learningRate Adam's learning rate at the first step, from which it falls in a straight
 *     line to zero at the last
 * @param side rows and columns of the network's input; its masks have half as many
 * @param filters channels of the {@link UNet}'s levels, the finest first
 */
public record LungRecipe(
    long seed, int epochs, int batchSize, double learningRate, int side, List<Integer> filters) {

  /** The recipe of the lung model that ships with this software. */
  public static final LungRecipe DEFAULT =
      new LungRecipe(1, 45, 8, 4e-3, 96, List.of(8, 16, 32, 48));

  /** Checks the values. */
  public LungRecipe {
    filters = List.copyOf(filters);
    if (epochs < 1 || batchSize < 2 || !(learningRate > 0)) {
      throw new IllegalArgumentException(
          "Lungs: expected an epoch or more, batches of two or more and a learning rate above 0,"
              + " found "
              + epochs
              + ", "
              + batchSize
              + " and "
              + learningRate);
    }
  }

  /**
   * The same with another seed.
   *
   * @param other any number
   * @return the recipe
   */
  public LungRecipe withSeed(long other) {
    return new LungRecipe(other, epochs, batchSize, learningRate, side, filters);
  }

  /**
   * The same for more or fewer epochs.
   *
   * @param other at least 1
   * @return the recipe
   */
  public LungRecipe withEpochs(int other) {
    return new LungRecipe(seed, other, batchSize, learningRate, side, filters);
  }

  /**
   * How a radiograph becomes the network's input: the whole picture, its proportions given up.
   *
   * @return one channel from 0 to 1
   */
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(side, side, Resampling.BILINEAR, 1, Normalization.Kind.UNIT_RANGE);
  }

  NetworkGraph layers() {
    return UNet.graph(Shape.map(1, side, side), filters);
  }

  int maskSide() {
    return side / 2;
  }
}
