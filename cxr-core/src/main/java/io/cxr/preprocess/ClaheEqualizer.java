package io.cxr.preprocess;

import java.util.Arrays;

/**
 * Contrast-limited adaptive histogram equalisation: each tile gets its own equalisation with its
 * histogram clipped and the excess spread over all levels, and each pixel blends the four tiles
 * around it. After Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems
 * IV, 1994, with the tile grid, clip limit and rounding of OpenCV's {@code createCLAHE}.
 * Thread-safe.
 *
 * <p>If the image does not divide into the tiles, it is continued to the right and below by {@link
 * Reflection}. As in OpenCV, an axis that does divide grows by one pixel a tile when the other does
 * not.
 */
final class ClaheEqualizer implements GrayFilter {
  private static final int LEVELS = 256;

  private final double clipLimit;
  private final int tileRows;
  private final int tileColumns;

  ClaheEqualizer(double clipLimit, int tileRows, int tileColumns) {
    this.clipLimit = clipLimit;
    this.tileRows = tileRows;
    this.tileColumns = tileColumns;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int rows = image.rows;
    int columns = image.columns;
    if (rows % tileRows != 0 || columns % tileColumns != 0) {
      rows += tileRows - rows % tileRows;
      columns += tileColumns - columns % tileColumns;
    }
    int tileHeight = rows / tileRows;
    int tileWidth = columns / tileColumns;
    int[] histogram = workspace.sums(LEVELS);
    byte[][] equalized = new byte[tileRows * tileColumns][];
    for (int tileRow = 0; tileRow < tileRows; tileRow++) {
      for (int tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        count(
            image, tileRow * tileHeight, tileColumn * tileWidth, tileHeight, tileWidth, histogram);
        clip(histogram, tileHeight * tileWidth);
        equalized[tileRow * tileColumns + tileColumn] =
            cumulative(histogram, tileHeight * tileWidth);
      }
    }
    return blend(image, equalized, tileHeight, tileWidth);
  }

  private static void count(
      GrayImage image, int top, int left, int height, int width, int[] histogram) {
    Arrays.fill(histogram, 0, LEVELS, 0);
    for (int row = top; row < top + height; row++) {
      int start = Reflection.of(row, image.rows) * image.columns;
      int inside = Math.min(left + width, image.columns);
      for (int column = left; column < inside; column++) {
        histogram[image.pixels[start + column] & 0xff]++;
      }
      for (int column = Math.max(left, inside); column < left + width; column++) {
        histogram[image.pixels[start + Reflection.of(column, image.columns)] & 0xff]++;
      }
    }
  }

  private void clip(int[] histogram, int pixels) {
    int limit = Math.max(1, (int) (clipLimit * pixels / LEVELS));
    int excess = 0;
    for (int level = 0; level < LEVELS; level++) {
      if (histogram[level] > limit) {
        excess += histogram[level] - limit;
        histogram[level] = limit;
      }
    }
    int share = excess / LEVELS;
    for (int level = 0; level < LEVELS; level++) {
      histogram[level] += share;
    }
    int remainder = excess % LEVELS;
    if (remainder > 0) {
      int step = Math.max(1, LEVELS / remainder);
      for (int level = 0; level < LEVELS && remainder > 0; level += step, remainder--) {
        histogram[level]++;
      }
    }
  }

  private static byte[] cumulative(int[] histogram, int pixels) {
    float scale = 255f / pixels;
    byte[] levels = new byte[LEVELS];
    int sum = 0;
    for (int level = 0; level < LEVELS; level++) {
      sum += histogram[level];
      levels[level] = (byte) Math.min(255, (int) Math.rint(sum * scale));
    }
    return levels;
  }

  private GrayImage blend(GrayImage image, byte[][] equalized, int tileHeight, int tileWidth) {
    int columns = image.columns;
    int[] left = new int[columns];
    int[] right = new int[columns];
    float[] rightWeight = new float[columns];
    float perWidth = 1f / tileWidth;
    for (int column = 0; column < columns; column++) {
      float place = column * perWidth - 0.5f;
      int tile = (int) Math.floor(place);
      rightWeight[column] = place - tile;
      left[column] = Math.max(0, tile);
      right[column] = Math.min(tileColumns - 1, tile + 1);
    }
    float perHeight = 1f / tileHeight;
    byte[] pixels = image.pixels;
    for (int row = 0; row < image.rows; row++) {
      float place = row * perHeight - 0.5f;
      int tile = (int) Math.floor(place);
      float below = place - tile;
      float above = 1f - below;
      int upper = Math.max(0, tile) * tileColumns;
      int lower = Math.min(tileRows - 1, tile + 1) * tileColumns;
      for (int column = 0; column < columns; column++) {
        int index = row * columns + column;
        int level = pixels[index] & 0xff;
        float toRight = rightWeight[column];
        float toLeft = 1f - toRight;
        float top =
            (equalized[upper + left[column]][level] & 0xff) * toLeft
                + (equalized[upper + right[column]][level] & 0xff) * toRight;
        float bottom =
            (equalized[lower + left[column]][level] & 0xff) * toLeft
                + (equalized[lower + right[column]][level] & 0xff) * toRight;
        pixels[index] = (byte) Math.min(255, (int) Math.rint(top * above + bottom * below));
      }
    }
    return image;
  }
}
