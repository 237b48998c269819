package io.cxr.preprocess;

/**
 * Brings an image to another size by taking, for each pixel, the source pixel under its centre
 * {@code (x + 0.5) * scale}. Equal to Pillow's {@code Image.resize(..., NEAREST)} bit for bit,
 * which is what Keras {@code load_img} does by default. Thread-safe.
 */
final class NearestResampler implements GrayFilter {
  private final int rows;
  private final int columns;

  NearestResampler(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    if (image.rows == rows && image.columns == columns) {
      return image;
    }
    int[][] lines = workspace.lines(2, Math.max(rows, columns));
    int[] sourceColumns = sources(image.columns, columns, lines[0]);
    int[] sourceRows = sources(image.rows, rows, lines[1]);
    byte[] pixels = workspace.pixels(rows * columns);
    for (int row = 0; row < rows; row++) {
      int source = sourceRows[row] * image.columns;
      int target = row * columns;
      for (int column = 0; column < columns; column++) {
        pixels[target + column] = image.pixels[source + sourceColumns[column]];
      }
    }
    return new GrayImage(rows, columns, pixels);
  }

  /** The source pixel of each pixel of an axis. */
  static int[] sources(int from, int to, int[] sources) {
    double scale = (double) from / to;
    // Added up step by step as Pillow does: multiplying would round some centres differently.
    double centre = scale * 0.5;
    for (int i = 0; i < to; i++) {
      sources[i] = Math.min((int) centre, from - 1);
      centre += scale;
    }
    return sources;
  }
}
