package io.cxr.preprocess;

import io.cxr.model.PreprocessingStep.CentreCrop;

/** Cuts the longer axis off to a square, as {@link CentreCrop} says. Thread-safe. */
final class SquareCropper implements GrayFilter {

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int side = Math.min(image.rows, image.columns);
    int top = CentreCrop.first(image.rows, side);
    int left = CentreCrop.first(image.columns, side);
    if (image.rows == image.columns) {
      return image;
    }
    // In place: each row moves towards the start, to where nothing is needed any more.
    byte[] pixels = image.pixels;
    for (int row = 0; row < side; row++) {
      System.arraycopy(pixels, (top + row) * image.columns + left, pixels, row * side, side);
    }
    return new GrayImage(side, side, pixels);
  }
}
