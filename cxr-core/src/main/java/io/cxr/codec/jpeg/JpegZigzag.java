package io.cxr.codec.jpeg;

/** The order in which a file holds the 64 coefficients of a block (ITU-T T.81, figure A.6). */
final class JpegZigzag {
  /** Row times 8 plus column, by place in the file. */
  private static final byte[] NATURAL = order();

  /** Places, as bits, of coefficients in the lower four rows. */
  static final long LOWER_ROWS = places(4, 0);

  /** Places, as bits, of coefficients in the right four columns. */
  static final long RIGHT_COLUMNS = places(0, 4);

  private JpegZigzag() {}

  /** Row times 8 plus column, by place in the file; a copy. */
  static byte[] naturalOrder() {
    return NATURAL.clone();
  }

  private static byte[] order() {
    byte[] order = new byte[64];
    int row = 0;
    int column = 0;
    for (int place = 0; place < 64; place++) {
      order[place] = (byte) (row * 8 + column);
      boolean up = (row + column) % 2 == 0;
      if (up && column == 7) {
        row++;
      } else if (!up && row == 7) {
        column++;
      } else if (up && row == 0) {
        column++;
      } else if (!up && column == 0) {
        row++;
      } else {
        row += up ? -1 : 1;
        column += up ? 1 : -1;
      }
    }
    return order;
  }

  private static long places(int fromRow, int fromColumn) {
    long places = 0;
    for (int place = 0; place < 64; place++) {
      if (NATURAL[place] / 8 >= fromRow && NATURAL[place] % 8 >= fromColumn) {
        places |= 1L << place;
      }
    }
    return places;
  }
}
