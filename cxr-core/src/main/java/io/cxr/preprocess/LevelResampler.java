package io.cxr.preprocess;

import io.cxr.model.PreprocessingStep.Resize;

/** Resizes by {@link LevelArithmetic} what no faster code is there for. Thread-safe. */
final class LevelResampler implements GrayFilter {
  private final Resize resize;

  LevelResampler(Resize resize) {
    this.resize = resize;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int rows = resize.rows();
    int columns = resize.columns();
    if (image.rows == rows && image.columns == columns) {
      return image;
    }
    byte[] source = image.pixels;
    byte[] pixels = workspace.pixels(Math.multiplyExact(rows, columns));
    LevelArithmetic.resize(
        new LevelArithmetic.Levels(image.rows, image.columns, 255, i -> source[i] & 0xff),
        resize,
        (i, level) -> pixels[i] = (byte) level);
    return new GrayImage(rows, columns, pixels);
  }
}
