package io.cxr;

import io.cxr.radiograph.PixelRegion;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A saliency map: how much each region of a radiograph contributes to the probability of a label,
 * from 0 (nothing) to 1 (most). Immutable and thread-safe. It shows what the model's prediction
 * rests on, not where a disease is.
 */
public final class Heatmap {
  private final String label;
  private final int rows;
  private final int columns;
  private final float[] values;
  private final PixelRegion region;
  private final int radiographRows;
  private final int radiographColumns;

  private Heatmap(
      String label,
      int rows,
      int columns,
      float[] values,
      PixelRegion region,
      int radiographRows,
      int radiographColumns) {
    this.label = label;
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    this.region = region;
    this.radiographRows = radiographRows;
    this.radiographColumns = radiographColumns;
  }

  /**
   * Creates a heatmap from raw activations: negative values become 0, and the rest are divided by
   * the maximum, as in Grad-CAM (Selvaraju et al., ICCV 2017). A map of zeros stays zero.
   *
   * @param label the label that is explained
   * @param rows rows of the map, at least 1
   * @param columns columns of the map, at least 1
   * @param activations {@code rows * columns} finite values, row by row; copied
   * @param region the region of the radiograph that the map covers
   * @param radiographRows rows of the radiograph
   * @param radiographColumns columns of the radiograph
   * @return the heatmap
   */
  public static Heatmap ofActivations(
      String label,
      int rows,
      int columns,
      float[] activations,
      PixelRegion region,
      int radiographRows,
      int radiographColumns) {
    Objects.requireNonNull(label, "label");
    if (rows < 1 || columns < 1 || (long) rows * columns != activations.length) {
      throw new IllegalArgumentException(
          "Heatmap: expected rows * columns values and at least one, found "
              + rows
              + " x "
              + columns
              + " and "
              + activations.length);
    }
    if ((long) region.row() + region.rows() > radiographRows
        || (long) region.column() + region.columns() > radiographColumns) {
      throw new IllegalArgumentException(
          "Heatmap: expected a region inside the radiograph of "
              + radiographRows
              + " x "
              + radiographColumns
              + " pixels, found "
              + region);
    }
    float maximum = 0;
    for (float value : activations) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("Heatmap: expected finite values, found " + value);
      }
      maximum = Math.max(maximum, value);
    }
    float[] values = new float[activations.length];
    if (maximum > 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.max(0, activations[i]) / maximum;
      }
    }
    return new Heatmap(label, rows, columns, values, region, radiographRows, radiographColumns);
  }

  /**
   * The label that is explained.
   *
   * @return one of the model's labels
   */
  public String label() {
    return label;
  }

  /**
   * Rows of the map.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of the map.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * One value of the map.
   *
   * @param row from 0 at the top of the region
   * @param column from 0 at the left of the region
   * @return from 0 to 1
   */
  public float value(int row, int column) {
    return values[Objects.checkIndex(row, rows) * columns + Objects.checkIndex(column, columns)];
  }

  /**
   * The map's value at one pixel of the radiograph, interpolated bilinearly between the centres of
   * the map's cells and constant beyond the outermost ones.
   *
   * @param row the radiograph's row, from 0 at the top
   * @param column the radiograph's column, from 0 at the left
   * @return from 0 to 1; 0 outside {@link #region()}, which the model does not see
   * @throws IndexOutOfBoundsException if the radiograph has no such pixel
   */
  public float valueAt(int row, int column) {
    Objects.checkIndex(row, radiographRows);
    Objects.checkIndex(column, radiographColumns);
    double y = position(row, radiographRows, region.row(), region.rows(), radiographRows, rows);
    double x =
        position(
            column,
            radiographColumns,
            region.column(),
            region.columns(),
            radiographColumns,
            columns);
    return Double.isNaN(y) || Double.isNaN(x) ? 0 : interpolated(y, x);
  }

  /**
   * The map resampled to a grid over the whole radiograph, with the bilinear interpolation of
   * {@link #valueAt}. A grid of the radiograph's own size has the same values as that method.
   *
   * @param gridRows rows of the grid, at least 1
   * @param gridColumns columns of the grid, at least 1
   * @return {@code gridRows * gridColumns} values from 0 to 1, row by row, each at the centre of a
   *     grid cell; NaN outside {@link #region()}, which the model does not see
   */
  public float[] resampled(int gridRows, int gridColumns) {
    if (gridRows < 1 || gridColumns < 1) {
      throw new IllegalArgumentException(
          "Heatmap: expected a grid of at least 1 x 1, found " + gridRows + " x " + gridColumns);
    }
    float[] grid = new float[Math.multiplyExact(gridRows, gridColumns)];
    double[] across = new double[gridColumns];
    for (int column = 0; column < gridColumns; column++) {
      across[column] =
          position(
              column, gridColumns, region.column(), region.columns(), radiographColumns, columns);
    }
    int at = 0;
    for (int row = 0; row < gridRows; row++) {
      double y = position(row, gridRows, region.row(), region.rows(), radiographRows, rows);
      for (int column = 0; column < gridColumns; column++) {
        double x = across[column];
        grid[at++] = Double.isNaN(y) || Double.isNaN(x) ? Float.NaN : interpolated(y, x);
      }
    }
    return grid;
  }

  /** The value at a place measured in cells from the middle of the first one. */
  private float interpolated(double y, double x) {
    int top = (int) y;
    int left = (int) x;
    int bottom = Math.min(top + 1, rows - 1);
    int right = Math.min(left + 1, columns - 1);
    double above = between(values[top * columns + left], values[top * columns + right], x - left);
    double below =
        between(values[bottom * columns + left], values[bottom * columns + right], x - left);
    return (float) between(above, below, y - top);
  }

  /**
   * The middle of a step of a grid over the radiograph, measured in cells of the map from the
   * middle of the first one; NaN outside the region.
   */
  private static double position(
      int step, int steps, int regionFirst, int regionLength, int radiographLength, int cells) {
    double within = (step + 0.5) * radiographLength / steps - regionFirst;
    return within < 0 || within >= regionLength
        ? Double.NaN
        : Math.max(0, Math.min(cells - 1, within * cells / regionLength - 0.5));
  }

  private static double between(double from, double to, double share) {
    return from + share * (to - from);
  }

  /**
   * The map, row by row.
   *
   * @return a read-only view at position 0, values from 0 to 1
   */
  public FloatBuffer values() {
    return FloatBuffer.wrap(values).asReadOnlyBuffer();
  }

  /**
   * The region of the radiograph that the map covers: all of it, unless the model crops the
   * borders.
   *
   * @return a rectangle of the radiograph's pixels
   */
  public PixelRegion region() {
    return region;
  }

  /**
   * Rows of the radiograph that is explained.
   *
   * @return at least 1
   */
  public int radiographRows() {
    return radiographRows;
  }

  /**
   * Columns of the radiograph that is explained.
   *
   * @return at least 1
   */
  public int radiographColumns() {
    return radiographColumns;
  }

  /** Whether another heatmap has the same label, values, region and size of the radiograph. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Heatmap that
        && label.equals(that.label)
        && rows == that.rows
        && columns == that.columns
        && region.equals(that.region)
        && radiographRows == that.radiographRows
        && radiographColumns == that.radiographColumns
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        label, rows, columns, region, radiographRows, radiographColumns, Arrays.hashCode(values));
  }

  @Override
  public String toString() {
    return "Heatmap[" + label + ", " + rows + " x " + columns + ", " + region + "]";
  }
}
