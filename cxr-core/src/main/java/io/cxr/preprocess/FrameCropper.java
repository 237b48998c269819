package io.cxr.preprocess;

import io.cxr.model.PreprocessingStep.BorderCrop;

/**
 * Cuts the frame off that laterality markers and burned-in text live in: {@code floor(fraction *
 * size)} pixels at either end of each axis, as {@link BorderCrop} says. A fraction below one half
 * leaves at least one pixel of any image. Thread-safe.
 */
final class FrameCropper implements GrayFilter {
  private final double fraction;

  FrameCropper(double fraction) {
    this.fraction = fraction;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int top = BorderCrop.margin(fraction, image.rows);
    int left = BorderCrop.margin(fraction, image.columns);
    if (top == 0 && left == 0) {
      return image;
    }
    int rows = image.rows - 2 * top;
    int columns = image.columns - 2 * left;
    // In place: each row moves towards the start, to where nothing is needed any more.
    byte[] pixels = image.pixels;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(pixels, (top + row) * image.columns + left, pixels, row * columns, columns);
    }
    return new GrayImage(rows, columns, pixels);
  }
}
