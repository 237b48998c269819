package io.cxr.dicom.result;

import io.cxr.Heatmap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The outline of a heatmap's strongest region: of the cells of at least half the greatest value,
 * those that hang together, by their sides, with the cell of that value. A closed polygon along the
 * sides of cells.
 */
final class HeatmapOutline {
  /** Cells along the radiograph's longer side. */
  private static final int CELLS = 96;

  private static final double SHARE = 0.5;

  /** Right, down, left, up: a cell's sides in the order in which its outline is walked. */
  private static final int[][] STEPS = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};

  private final int rows;
  private final int columns;
  private final boolean[] inside;

  private HeatmapOutline(int rows, int columns, boolean[] inside) {
    this.rows = rows;
    this.columns = columns;
    this.inside = inside;
  }

  /**
   * A point in pixels of the radiograph: (0, 0) is the upper left corner of the first pixel, as
   * Graphic Data with units PIXEL and SCOORD have it (PS3.3 C.10.5.1.2, C.18.6.1.2).
   */
  record Point(float column, float row) {}

  /** The polygon, its last point the first again; empty where no value is above zero. */
  static Optional<List<Point>> of(Heatmap heatmap) {
    int height = heatmap.radiographRows();
    int width = heatmap.radiographColumns();
    double cell = Math.max(1, Math.max(height, width) / (double) CELLS);
    int rows = (int) Math.ceil(height / cell);
    int columns = (int) Math.ceil(width / cell);
    float[] values = new float[rows * columns];
    int strongest = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int y = Math.min(height - 1, (int) ((row + 0.5) * cell));
        int x = Math.min(width - 1, (int) ((column + 0.5) * cell));
        int index = row * columns + column;
        values[index] = heatmap.valueAt(y, x);
        if (values[index] > values[strongest]) {
          strongest = index;
        }
      }
    }
    if (!(values[strongest] > 0)) {
      return Optional.empty();
    }
    HeatmapOutline outline =
        new HeatmapOutline(rows, columns, connected(values, rows, columns, strongest));
    List<Point> points = new ArrayList<>();
    for (int[] corner : outline.walk()) {
      points.add(
          new Point(
              (float) Math.min(width, corner[1] * cell),
              (float) Math.min(height, corner[0] * cell)));
    }
    return Optional.of(points);
  }

  private static boolean[] connected(float[] values, int rows, int columns, int start) {
    boolean[] inside = new boolean[values.length];
    double least = SHARE * values[start];
    Deque<Integer> open = new ArrayDeque<>(List.of(start));
    inside[start] = true;
    while (!open.isEmpty()) {
      int index = open.pop();
      for (int[] step : STEPS) {
        int row = index / columns + step[0];
        int column = index % columns + step[1];
        int next = row * columns + column;
        if (row >= 0
            && row < rows
            && column >= 0
            && column < columns
            && !inside[next]
            && values[next] >= least) {
          inside[next] = true;
          open.push(next);
        }
      }
    }
    return inside;
  }

  private boolean isInside(int row, int column) {
    return row >= 0
        && row < rows
        && column >= 0
        && column < columns
        && inside[row * columns + column];
  }

  /** Corners (row, column) where the outer outline turns, the region to the right of the way. */
  private List<int[]> walk() {
    int first = 0;
    while (!inside[first]) {
      first++;
    }
    // The topmost cell's upper left corner; rightwards along its upper side.
    int startRow = first / columns;
    int startColumn = first % columns;
    int row = startRow;
    int column = startColumn;
    int direction = 0;
    List<int[]> corners = new ArrayList<>();
    corners.add(new int[] {row, column});
    do {
      row += STEPS[direction][0];
      column += STEPS[direction][1];
      int turned = turn(row, column, direction);
      if (turned != direction) {
        corners.add(new int[] {row, column});
        direction = turned;
      }
    } while (row != startRow || column != startColumn || direction != 0);
    return corners;
  }

  /** Where the way goes on at a corner: cells that touch at a corner alone do not hang together. */
  private int turn(int row, int column, int direction) {
    boolean left = ahead(row, column, direction, false);
    boolean right = ahead(row, column, direction, true);
    if (!right) {
      return (direction + 1) % 4;
    }
    return left ? (direction + 3) % 4 : direction;
  }

  /** Whether the cell ahead of a corner, to the left or right of the way, is of the region. */
  private boolean ahead(int row, int column, int direction, boolean right) {
    return switch (direction) {
      case 0 -> isInside(right ? row : row - 1, column);
      case 1 -> isInside(row, right ? column - 1 : column);
      case 2 -> isInside(right ? row - 1 : row, column - 1);
      default -> isInside(row - 1, right ? column : column - 1);
    };
  }
}
