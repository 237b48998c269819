package io.cxr.preprocess;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.PreprocessingStep.SquarePad;
import java.util.Arrays;

/** Widens the shorter axis to a square, as {@link SquarePad} says. Thread-safe. */
final class SquarePadder implements GrayFilter {
  private static final long MOST_PIXELS = 1 << 28;

  private final byte level;

  SquarePadder(int level) {
    this.level = (byte) level;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int side = Math.max(image.rows, image.columns);
    if (image.rows == image.columns) {
      return image;
    }
    requireRoom(image.rows, image.columns);
    int top = SquarePad.before(image.rows, side);
    int left = SquarePad.before(image.columns, side);
    byte[] pixels = workspace.pixels(side * side);
    Arrays.fill(pixels, 0, side * side, level);
    for (int row = 0; row < image.rows; row++) {
      System.arraycopy(
          image.pixels, row * image.columns, pixels, (top + row) * side + left, image.columns);
    }
    return new GrayImage(side, side, pixels);
  }

  /** Refuses a strip of an image, whose square would take memory that no radiograph does. */
  static void requireRoom(int rows, int columns) {
    long side = Math.max(rows, columns);
    if (side * side > MOST_PIXELS) {
      throw new UnsupportedRadiographException(
          UnsupportedRadiographException.Reason.TOO_LARGE,
          "Radiograph: expected one that a square of at most "
              + MOST_PIXELS
              + " pixels holds, found "
              + rows
              + " x "
              + columns
              + ". Crop it to the chest.");
    }
  }
}
