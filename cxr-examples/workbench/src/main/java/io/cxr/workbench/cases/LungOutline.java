package io.cxr.workbench.cases;

import io.cxr.LungFields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The outlines of lung fields: closed polygons along the sides of cells, then through the middles
 * of these sides, which takes the steps out of slanted borders.
 */
final class LungOutline {
  /** Right, down, left, up. */
  private static final int[][] STEPS = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};

  private final LungFields fields;
  private final Set<Long> walked = new HashSet<>();

  private LungOutline(LungFields fields) {
    this.fields = fields;
  }

  /**
   * The outlines.
   *
   * @param fields over the whole picture
   * @param width of the picture in pixels
   * @param height of the picture in pixels
   * @return a polygon of points {@code {x, y}} in pixels for each border; the last point is not the
   *     first again
   */
  static List<List<double[]>> of(LungFields fields, int width, int height) {
    LungOutline outline = new LungOutline(fields);
    List<List<double[]>> polygons = new ArrayList<>();
    for (int row = 0; row < fields.rows(); row++) {
      for (int column = 0; column < fields.columns(); column++) {
        // Each border has an upper side, walked to the right with lung below.
        if (outline.isLung(column, row)
            && !outline.isLung(column, row - 1)
            && !outline.walked.contains(outline.key(column, row))) {
          polygons.add(
              smoothed(
                  outline.walk(column, row),
                  (double) width / fields.columns(),
                  (double) height / fields.rows()));
        }
      }
    }
    return polygons;
  }

  private boolean isLung(int column, int row) {
    return column >= 0
        && row >= 0
        && column < fields.columns()
        && row < fields.rows()
        && fields.isLung(row, column);
  }

  private long key(int column, int row) {
    return (long) row * fields.columns() + column;
  }

  /** Walks a border with lung on the right-hand side, from the upper left corner of a cell. */
  private List<int[]> walk(int column, int row) {
    List<int[]> corners = new ArrayList<>();
    int x = column;
    int y = row;
    int direction = 0;
    do {
      if (direction == 0) {
        walked.add(key(x, y));
      }
      corners.add(new int[] {x, y});
      x += STEPS[direction][0];
      y += STEPS[direction][1];
      boolean left = isLung(ahead(x, direction, true, 0), ahead(y, direction, true, 1));
      boolean right = isLung(ahead(x, direction, false, 0), ahead(y, direction, false, 1));
      if (!right) {
        direction = (direction + 1) % STEPS.length;
      } else if (left) {
        direction = (direction + STEPS.length - 1) % STEPS.length;
      }
    } while (x != column || y != row || direction != 0);
    return corners;
  }

  /** A coordinate of the cell ahead of a corner, on the left or right of the way. */
  private static int ahead(int corner, int direction, boolean left, int axis) {
    // The four cells around a corner: right-down, left-down, left-up, right-up.
    int[][] cells = {{0, 0}, {-1, 0}, {-1, -1}, {0, -1}};
    int cell = left ? (direction + 3) % 4 : direction;
    return corner + cells[cell][axis];
  }

  private static List<double[]> smoothed(List<int[]> corners, double cellWidth, double cellHeight) {
    List<double[]> points = new ArrayList<>();
    for (int i = 0; i < corners.size(); i++) {
      int[] from = corners.get(i);
      int[] to = corners.get((i + 1) % corners.size());
      double[] middle = {
        rounded((from[0] + to[0]) / 2.0 * cellWidth), rounded((from[1] + to[1]) / 2.0 * cellHeight)
      };
      int size = points.size();
      if (size > 1 && isStraight(points.get(size - 2), points.get(size - 1), middle)) {
        points.set(size - 1, middle);
      } else {
        points.add(middle);
      }
    }
    return points;
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }

  private static boolean isStraight(double[] first, double[] second, double[] third) {
    double area =
        (second[0] - first[0]) * (third[1] - first[1])
            - (second[1] - first[1]) * (third[0] - first[0]);
    return Math.abs(area) < 1e-6;
  }
}
