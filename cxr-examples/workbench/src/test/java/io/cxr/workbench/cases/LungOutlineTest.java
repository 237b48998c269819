package io.cxr.workbench.cases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LungFields;
import io.cxr.radiograph.Radiograph;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/** Outlines enclose what is lung. */
class LungOutlineTest {
  private static final int SIDE = 8;

  private static boolean isInside(List<List<double[]>> outlines, double x, double y) {
    boolean inside = false;
    for (List<double[]> outline : outlines) {
      for (int i = 0, last = outline.size() - 1; i < outline.size(); last = i++) {
        double[] a = outline.get(i);
        double[] b = outline.get(last);
        if (a[1] > y != b[1] > y && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]) {
          inside = !inside;
        }
      }
    }
    return inside;
  }

  private static double area(List<double[]> outline) {
    double twice = 0;
    for (int i = 0; i < outline.size(); i++) {
      double[] a = outline.get(i);
      double[] b = outline.get((i + 1) % outline.size());
      twice += a[0] * b[1] - a[1] * b[0];
    }
    return twice / 2;
  }

  /** Whatever the cells: the middle of each is inside as it is lung, with holes and diagonals. */
  @Property(tries = 200)
  void middlesOfCellsAreInsideAsTheyAreLung(
      @ForAll @Size(value = SIDE * SIDE) List<Boolean> cells) {
    byte[] mask = new byte[SIDE * SIDE];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) (cells.get(i) ? 255 : 0);
    }
    LungFields fields = LungFields.ofMask(Radiograph.ofGray8(SIDE, SIDE, mask));
    List<List<double[]>> outlines = LungOutline.of(fields, 40 * SIDE, 20 * SIDE);
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        assertEquals(
            fields.isLung(row, column),
            isInside(outlines, 40 * (column + 0.5), 20 * (row + 0.5)),
            row + ", " + column);
      }
    }
    for (List<double[]> outline : outlines) {
      assertTrue(outline.size() >= 4);
      for (double[] point : outline) {
        assertTrue(
            point[0] >= 0 && point[0] <= 40 * SIDE && point[1] >= 0 && point[1] <= 20 * SIDE);
      }
    }
  }

  /** A square without its corners, and its hole the other way round. */
  @Example
  void holesTurnTheOtherWay() {
    byte[] mask = new byte[SIDE * SIDE];
    for (int row = 1; row < 7; row++) {
      for (int column = 1; column < 7; column++) {
        mask[row * SIDE + column] = (byte) (row == 3 && column == 3 ? 0 : 255);
      }
    }
    List<List<double[]>> outlines =
        LungOutline.of(LungFields.ofMask(Radiograph.ofGray8(SIDE, SIDE, mask)), SIDE, SIDE);
    assertEquals(2, outlines.size());
    assertEquals(36 - 0.5, area(outlines.get(0)), 0.2);
    assertEquals(-0.5, area(outlines.get(1)), 0.2);
  }
}
