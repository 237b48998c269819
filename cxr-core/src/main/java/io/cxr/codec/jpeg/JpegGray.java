package io.cxr.codec.jpeg;

import io.cxr.codec.CodecMemory;
import java.util.Arrays;

/**
 * Gray pixels from the blocks of a frame, minimum coded unit by minimum coded unit (MCU; ITU-T
 * T.81, A.2), each row of MCUs after the one above.
 *
 * <p>The first component's samples are written where the pixels will be. Those of the others are
 * kept for three rows of MCUs, for upsampling looks at the neighbours. Most radiographs are gray
 * pictures that were saved in colour: wherever an MCU and its neighbours have neutral colours, the
 * luma is the gray, and nothing else is computed.
 */
final class JpegGray {
  /** Rows of MCUs that are kept of the second and third component. */
  private static final int KEPT = 3;

  private final JpegFrame frame;
  private final boolean rgb;
  private final byte[] pixels;
  private final JpegInverseDct inverseDct = new JpegInverseDct();
  private final byte[] border = new byte[64];

  /** The second and third component: {@link #KEPT} rows of MCUs. */
  private final byte[][] planes;

  /** Samples in a row of these. */
  private final int stride;

  /** By kept row and column of MCUs: whether a colour is not neutral. */
  private final boolean[] coloured;

  /** By kept row of MCUs: whether a colour in it is not neutral. */
  private final boolean[] colouredRow = new boolean[KEPT];

  private final byte[] second;
  private final byte[] third;

  JpegGray(JpegFrame frame, boolean rgb, CodecMemory memory) {
    this.frame = frame;
    this.rgb = rgb;
    this.pixels = memory.pixels(frame.rows() * frame.columns());
    if (frame.components().size() == 1) {
      planes = new byte[0][];
      stride = 0;
      coloured = new boolean[0];
      second = new byte[0];
      third = new byte[0];
      return;
    }
    JpegComponent finest = frame.components().get(0);
    stride = frame.mcuColumns() * finest.horizontal * 8;
    int length = Math.multiplyExact(KEPT * 8 * finest.vertical, stride);
    planes = new byte[][] {memory.secondPlane(length), memory.thirdPlane(length)};
    coloured = new boolean[KEPT * frame.mcuColumns()];
    second = new byte[8 * finest.horizontal * frame.mcuColumns()];
    third = new byte[second.length];
  }

  /** The pixels, of which there may be more than the picture has; known after the last row. */
  byte[] pixels() {
    return pixels;
  }

  /** Takes a block, which may lie outside the picture. */
  void block(JpegComponent component, int row, int column, JpegBlock block) {
    if (row >= component.blockRows || column >= component.blockColumns) {
      return;
    }
    if (component.index == 0) {
      int rows = component.rows - 8 * row;
      int columns = component.columns - 8 * column;
      int at = 8 * row * component.columns + 8 * column;
      if (rows >= 8 && columns >= 8) {
        inverseDct.transform(block, pixels, at, component.columns);
      } else {
        inverseDct.transform(block, border, 0, 8);
        for (int y = 0; y < Math.min(rows, 8); y++) {
          System.arraycopy(border, 8 * y, pixels, at + y * component.columns, Math.min(columns, 8));
        }
      }
      return;
    }
    int kept = row / component.vertical % KEPT;
    if (rgb || !block.isNeutral()) {
      coloured[kept * frame.mcuColumns() + column / component.horizontal] = true;
      colouredRow[kept] = true;
    }
    inverseDct.transform(
        block, planes[component.index - 1], line(component, 8 * row) + 8 * column, stride);
  }

  /** Where a row of samples begins in a plane. */
  private int line(JpegComponent component, int row) {
    return row % (KEPT * 8 * component.vertical) * stride;
  }

  /** All blocks of a row of MCUs were taken. */
  void endRow(int row) {
    if (frame.components().size() == 1) {
      return;
    }
    // The row above has its neighbours now.
    if (row > 0) {
      convert(row - 1);
    }
    if (row == frame.mcuRows() - 1) {
      convert(row);
    } else {
      int next = (row + 1) % KEPT;
      Arrays.fill(coloured, next * frame.mcuColumns(), (next + 1) * frame.mcuColumns(), false);
      colouredRow[next] = false;
    }
  }

  private void convert(int row) {
    int above = Math.max(row - 1, 0) % KEPT;
    int here = row % KEPT;
    int below = Math.min(row + 1, frame.mcuRows() - 1) % KEPT;
    if (!colouredRow[above] && !colouredRow[here] && !colouredRow[below]) {
      return;
    }
    int columns = frame.mcuColumns();
    int begin = 0;
    while (begin < columns) {
      if (!isColoured(above, here, below, begin)) {
        begin++;
        continue;
      }
      int end = begin + 1;
      while (end < columns && isColoured(above, here, below, end)) {
        end++;
      }
      convert(row, begin, end);
      begin = end;
    }
  }

  /** Whether an MCU or one of its neighbours is coloured. */
  private boolean isColoured(int above, int here, int below, int column) {
    int columns = frame.mcuColumns();
    for (int i = Math.max(column - 1, 0); i <= Math.min(column + 1, columns - 1); i++) {
      if (coloured[above * columns + i]
          || coloured[here * columns + i]
          || coloured[below * columns + i]) {
        return true;
      }
    }
    return false;
  }

  /** Converts a run of MCUs. */
  private void convert(int row, int begin, int end) {
    JpegComponent finest = frame.components().get(0);
    int height = 8 * finest.vertical;
    int width = 8 * finest.horizontal;
    int from = begin * width;
    int to = Math.min(end * width, frame.columns());
    for (int y = row * height; y < Math.min((row + 1) * height, frame.rows()); y++) {
      upsample(1, y, from, to, second);
      upsample(2, y, from, to, third);
      int at = y * frame.columns() + from;
      if (rgb) {
        JpegColour.grayOfRgb(pixels, at, to - from, second, third);
      } else {
        JpegColour.grayOfYcc(pixels, at, to - from, second, third);
      }
    }
  }

  private void upsample(int index, int y, int from, int to, byte[] into) {
    JpegComponent finest = frame.components().get(0);
    JpegComponent component = frame.components().get(index);
    byte[] plane = planes[index - 1];
    if (component.horizontal == finest.horizontal) {
      System.arraycopy(plane, line(component, y) + from, into, 0, to - from);
    } else if (component.vertical == finest.vertical) {
      JpegUpsampling.across(plane, line(component, y), component.columns, from, to, into);
    } else {
      int near = y / 2;
      int other = Math.max(0, Math.min(near + (y % 2 == 0 ? -1 : 1), component.rows - 1));
      JpegUpsampling.acrossAndDown(
          plane, line(component, near), line(component, other), component.columns, from, to, into);
    }
  }
}
