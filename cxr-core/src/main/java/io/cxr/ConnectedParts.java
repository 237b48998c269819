package io.cxr;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/** Parts of a grid whose cells hang together by their sides. */
final class ConnectedParts {
  private final int rows;
  private final int columns;

  ConnectedParts(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * The largest parts of what is set.
   *
   * @param cells row by row
   * @param most how many parts to keep
   * @return those parts together
   */
  BitSet largest(BitSet cells, int most) {
    List<BitSet> parts = parts(cells);
    parts.sort(Comparator.comparingInt(BitSet::cardinality).reversed());
    BitSet kept = new BitSet();
    parts.stream().limit(most).forEach(kept::or);
    return kept;
  }

  /**
   * The cells with all that they enclose: whatever does not reach the grid's edge without them.
   *
   * @param cells row by row
   * @return the cells and their holes
   */
  BitSet withoutHoles(BitSet cells) {
    BitSet others = (BitSet) cells.clone();
    others.flip(0, rows * columns);
    BitSet filled = (BitSet) cells.clone();
    for (BitSet part : parts(others)) {
      if (part.stream().noneMatch(this::onEdge)) {
        filled.or(part);
      }
    }
    return filled;
  }

  private boolean onEdge(int cell) {
    int row = cell / columns;
    int column = cell % columns;
    return row == 0 || column == 0 || row == rows - 1 || column == columns - 1;
  }

  private List<BitSet> parts(BitSet cells) {
    List<BitSet> parts = new ArrayList<>();
    BitSet left = (BitSet) cells.clone();
    int[] open = new int[rows * columns];
    for (int first = left.nextSetBit(0); first >= 0; first = left.nextSetBit(first)) {
      BitSet part = new BitSet();
      int count = 0;
      left.clear(first);
      open[count++] = first;
      while (count > 0) {
        int cell = open[--count];
        part.set(cell);
        int column = cell % columns;
        count = take(left, open, count, cell - columns, cell >= columns);
        count = take(left, open, count, cell + columns, cell + columns < rows * columns);
        count = take(left, open, count, cell - 1, column > 0);
        count = take(left, open, count, cell + 1, column < columns - 1);
      }
      parts.add(part);
    }
    return parts;
  }

  private static int take(BitSet left, int[] open, int count, int cell, boolean exists) {
    if (!exists || !left.get(cell)) {
      return count;
    }
    left.clear(cell);
    open[count] = cell;
    return count + 1;
  }
}
