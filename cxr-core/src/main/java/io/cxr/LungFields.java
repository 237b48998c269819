package io.cxr;

import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.util.BitSet;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the lungs are on a frontal chest radiograph: a grid over the whole picture, whose cells are
 * lung or not. Immutable and thread-safe. It serves measuring and cropping, not diagnosis.
 */
public final class LungFields {
  /** A cell counts as lung from this probability on. */
  private static final float LUNG = 0.5f;

  /**
   * Probabilities of a coarse grid are interpolated to at least so many rows and columns before
   * they are cut, so that borders do not follow the cells.
   */
  private static final int FINE = 256;

  /** There are two lungs. */
  private static final int LUNGS = 2;

  private final int rows;
  private final int columns;
  private final BitSet cells;

  private LungFields(int rows, int columns, BitSet cells) {
    this.rows = rows;
    this.columns = columns;
    this.cells = cells;
  }

  /**
   * The lung fields that a segmentation network gives: the two largest connected parts of what is
   * at least as probably lung as not, without holes. Probabilities are interpolated bilinearly to a
   * grid of at least 256 x 256 first.
   *
   * @param rows rows of the grid, at least 1
   * @param columns columns of the grid, at least 1
   * @param probabilities {@code rows * columns} values from 0 to 1, row by row, over the whole
   *     picture
   * @return the fields; empty ones if no cell is probable
   */
  public static LungFields ofProbabilities(int rows, int columns, float[] probabilities) {
    checkSize(rows, columns, probabilities.length);
    for (float probability : probabilities) {
      if (!(probability >= 0 && probability <= 1)) {
        throw new IllegalArgumentException(
            "Lung fields: expected probabilities from 0 to 1, found " + probability);
      }
    }
    int fineRows = rows * Math.max(1, (FINE + rows - 1) / rows);
    int fineColumns = columns * Math.max(1, (FINE + columns - 1) / columns);
    BitSet fine = new BitSet(fineRows * fineColumns);
    for (int row = 0; row < fineRows; row++) {
      double y = Math.max(0, Math.min(rows - 1, (row + 0.5) * rows / fineRows - 0.5));
      int top = (int) y;
      int bottom = Math.min(top + 1, rows - 1);
      for (int column = 0; column < fineColumns; column++) {
        double x = Math.max(0, Math.min(columns - 1, (column + 0.5) * columns / fineColumns - 0.5));
        int left = (int) x;
        int right = Math.min(left + 1, columns - 1);
        double above =
            between(
                probabilities[top * columns + left],
                probabilities[top * columns + right],
                x - left);
        double below =
            between(
                probabilities[bottom * columns + left],
                probabilities[bottom * columns + right],
                x - left);
        fine.set(row * fineColumns + column, between(above, below, y - top) >= LUNG);
      }
    }
    ConnectedParts parts = new ConnectedParts(fineRows, fineColumns);
    return new LungFields(fineRows, fineColumns, parts.withoutHoles(parts.largest(fine, LUNGS)));
  }

  private static double between(double from, double to, double share) {
    return from + share * (to - from);
  }

  /**
   * The lung fields of a mask that somebody has drawn, as it is: nothing is left out or filled.
   *
   * @param mask a picture of the radiograph's proportions, bright where lung is; any size
   * @return the fields, a cell a pixel, lung where it is brighter than half
   */
  public static LungFields ofMask(Radiograph mask) {
    byte[] gray = mask.toGray8();
    BitSet cells = new BitSet(gray.length);
    for (int i = 0; i < gray.length; i++) {
      cells.set(i, gray[i] < 0);
    }
    return new LungFields(mask.rows(), mask.columns(), cells);
  }

  private static void checkSize(int rows, int columns, int values) {
    if (rows < 1 || columns < 1 || (long) rows * columns != values) {
      throw new IllegalArgumentException(
          "Lung fields: expected rows * columns values and at least one, found "
              + rows
              + " x "
              + columns
              + " and "
              + values);
    }
  }

  /**
   * Rows of the grid.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of the grid.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * Whether a cell is lung.
   *
   * @param row from 0 at the top
   * @param column from 0 at the left
   * @return true for lung
   */
  public boolean isLung(int row, int column) {
    return cells.get(Objects.checkIndex(row, rows) * columns + Objects.checkIndex(column, columns));
  }

  /**
   * Whether a point of the picture is lung.
   *
   * @param x a fraction of the picture's width, 0 at the left
   * @param y a fraction of the picture's height, 0 at the top
   * @return true for lung; false outside the picture
   */
  public boolean contains(double x, double y) {
    return x >= 0 && x < 1 && y >= 0 && y < 1 && isLung((int) (y * rows), (int) (x * columns));
  }

  /**
   * Whether no lung was found.
   *
   * @return true if no cell is lung
   */
  public boolean isEmpty() {
    return cells.isEmpty();
  }

  /**
   * How much of the picture is lung.
   *
   * @return 0 to 1
   */
  public double share() {
    return (double) cells.cardinality() / ((long) rows * columns);
  }

  /**
   * The smallest rectangle with all of the lungs in it.
   *
   * @param radiographRows rows of the radiograph, at least 1
   * @param radiographColumns columns of the radiograph, at least 1
   * @return the rectangle in the radiograph's pixels, with those that it touches in part; empty if
   *     no lung was found
   */
  public Optional<PixelRegion> boundingBox(int radiographRows, int radiographColumns) {
    int top = rows;
    int bottom = -1;
    int left = columns;
    int right = -1;
    for (int cell = cells.nextSetBit(0); cell >= 0; cell = cells.nextSetBit(cell + 1)) {
      int row = cell / columns;
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      left = Math.min(left, cell % columns);
      right = Math.max(right, cell % columns);
    }
    if (bottom < 0) {
      return Optional.empty();
    }
    int firstRow = (int) ((long) top * radiographRows / rows);
    int firstColumn = (int) ((long) left * radiographColumns / columns);
    int lastRow = (int) Math.min(radiographRows, upTo(bottom + 1, radiographRows, rows));
    int lastColumn = (int) Math.min(radiographColumns, upTo(right + 1, radiographColumns, columns));
    return Optional.of(
        new PixelRegion(firstRow, firstColumn, lastRow - firstRow, lastColumn - firstColumn));
  }

  private static long upTo(long edge, long pixels, long all) {
    return (edge * pixels + all - 1) / all;
  }

  /**
   * How much of a heatmap lies in the lungs. A heatmap that knows nothing has {@link #share()} of
   * itself there.
   *
   * @param heatmap a heatmap of the same radiograph
   * @return the share of the heatmap's sum over the picture, 0 to 1; NaN if it is zero everywhere
   */
  public double shareOf(Heatmap heatmap) {
    float[] values = heatmap.resampled(rows, columns);
    double all = 0;
    double inside = 0;
    for (int i = 0; i < values.length; i++) {
      // Beyond what the model sees there is nothing.
      double value = Float.isNaN(values[i]) ? 0 : values[i];
      all += value;
      inside += cells.get(i) ? value : 0;
    }
    return inside / all;
  }

  /**
   * How well these fields agree with others of the same radiograph: intersection over union, also
   * called Jaccard's index.
   *
   * @param other fields of any grid; the finer grid of the two is compared
   * @return 0 to 1; 1 if both are empty
   */
  public double intersectionOverUnion(LungFields other) {
    boolean finer = (long) rows * columns >= (long) other.rows * other.columns;
    LungFields fine = finer ? this : other;
    LungFields coarse = finer ? other : this;
    long both = 0;
    long either = 0;
    for (int row = 0; row < fine.rows; row++) {
      int coarseRow = (int) ((row + 0.5) * coarse.rows / fine.rows);
      for (int column = 0; column < fine.columns; column++) {
        int coarseColumn = (int) ((column + 0.5) * coarse.columns / fine.columns);
        boolean first = fine.cells.get(row * fine.columns + column);
        boolean second = coarse.cells.get(coarseRow * coarse.columns + coarseColumn);
        both += first && second ? 1 : 0;
        either += first || second ? 1 : 0;
      }
    }
    return either == 0 ? 1 : (double) both / either;
  }

  /**
   * The fields as a picture.
   *
   * @return a radiograph of the grid's size, white where lung is and black elsewhere
   */
  public Radiograph toMask() {
    byte[] gray = new byte[rows * columns];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (cells.get(i) ? 255 : 0);
    }
    return Radiograph.ofGray8(rows, columns, gray);
  }

  /** Whether other fields have the same grid and the same cells. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LungFields that
        && rows == that.rows
        && columns == that.columns
        && cells.equals(that.cells);
  }

  @Override
  public int hashCode() {
    return Objects.hash(rows, columns, cells);
  }

  @Override
  public String toString() {
    return "LungFields[" + rows + " x " + columns + ", share " + share() + "]";
  }
}
