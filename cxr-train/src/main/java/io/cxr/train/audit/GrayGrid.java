package io.cxr.train.audit;

/** An 8-bit gray image, row by row, and what the probes take of it. */
final class GrayGrid {
  /** The margin on each side that counts as border. */
  static final double MARGIN = 0.1;

  private final int rows;
  private final int columns;
  private final byte[] gray;

  GrayGrid(int rows, int columns, byte[] gray) {
    this.rows = rows;
    this.columns = columns;
    this.gray = gray;
  }

  /** The first pixel of the central 80 % along an axis; symmetric, and empty for no size. */
  static int centreStart(int size) {
    return (int) Math.round(MARGIN * size);
  }

  /** Mean gray values of {@code [down, across]} cells, row by row, 0 to 255. */
  float[] cells(int down, int across) {
    return cells(0, rows, 0, columns, down, across);
  }

  /** The same of the central 80 % of rows and columns. */
  float[] centreCells(int down, int across) {
    int top = centreStart(rows);
    int left = centreStart(columns);
    return cells(top, rows - top, left, columns - left, down, across);
  }

  /**
   * Pixels on an edge between cells count for both by their share. Whole pixels only would shift
   * the cells by up to one, differently for each size of image, and so tell a probe the size.
   */
  private float[] cells(int top, int bottom, int left, int right, int down, int across) {
    double[] cells = new double[down * across];
    double height = (double) (bottom - top) / down;
    double width = (double) (right - left) / across;
    double[] line = new double[across];
    for (int row = top; row < bottom; row++) {
      for (int j = 0; j < across; j++) {
        double from = left + j * width;
        double to = Math.min(right, from + width);
        int last = Math.min(right - 1, (int) to);
        double sum = 0;
        for (int column = (int) from; column <= last; column++) {
          double share = Math.min(to, column + 1) - Math.max(from, column);
          sum += share * (gray[row * columns + column] & 0xff);
        }
        line[j] = sum / width;
      }
      int lastCell = Math.min(down - 1, (int) ((row + 1 - top) / height));
      for (int i = (int) ((row - top) / height); i <= lastCell; i++) {
        double from = top + i * height;
        double share = Math.min(from + height, row + 1) - Math.max(from, row);
        for (int j = 0; share > 0 && j < across; j++) {
          cells[i * across + j] += share / height * line[j];
        }
      }
    }
    float[] means = new float[cells.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = (float) cells[i];
    }
    return means;
  }

  /** The cells of the outer 10 % and of the corners of 15 %, on a grid of 20 x 20. */
  float[] borderCells() {
    int side = 20;
    float[] all = cells(side, side);
    float[] border = new float[side * side];
    int count = 0;
    for (int row = 0; row < side; row++) {
      int down = Math.min(row, side - 1 - row);
      for (int column = 0; column < side; column++) {
        int across = Math.min(column, side - 1 - column);
        if (Math.min(down, across) < 2 || Math.max(down, across) < 3) {
          border[count++] = all[row * side + column];
        }
      }
    }
    return java.util.Arrays.copyOf(border, count);
  }

  /** The share of pixels in each of equally wide bins of gray, of the centre or of the border. */
  float[] histogram(int bins, boolean centre, boolean border) {
    int top = centreStart(rows);
    int left = centreStart(columns);
    int[] counts = new int[256];
    int total = 0;
    for (int row = 0; row < rows; row++) {
      boolean inner = row >= top && row < rows - top;
      for (int column = 0; column < columns; column++) {
        boolean inside = inner && column >= left && column < columns - left;
        if (inside ? centre : border) {
          counts[gray[row * columns + column] & 0xff]++;
          total++;
        }
      }
    }
    float[] shares = new float[bins];
    for (int level = 0; level < 256; level++) {
      shares[level * bins / 256] += (float) counts[level] / Math.max(1, total);
    }
    return shares;
  }
}
