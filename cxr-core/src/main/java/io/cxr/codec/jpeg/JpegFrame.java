package io.cxr.codec.jpeg;

import java.util.List;

/**
 * A frame of one or three components (ITU-T T.81, B.2.2), the first of which is sampled most
 * finely, the others as finely, or half as finely across, or half as finely across and down.
 *
 * @param progressive whether its scans are progressive
 * @param rows rows of the picture
 * @param columns columns of the picture
 * @param components the components
 * @param mcuRows rows of minimum coded units, where all components are interleaved
 * @param mcuColumns columns of these
 */
record JpegFrame(
    boolean progressive,
    int rows,
    int columns,
    List<JpegComponent> components,
    int mcuRows,
    int mcuColumns) {
  private static final int SOF2 = 0xc2;

  /** The frame of a header, of checked size and depth. */
  static JpegFrame of(JpegFrameHeader header) throws JpegIrregularity {
    int rows = header.rows();
    int columns = header.columns();
    int count = header.components();
    // Blocks of a single component are not interleaved, whatever its factors are.
    int horizontal = count == 1 ? 1 : header.sampling(0) >> 4;
    int vertical = count == 1 ? 1 : header.sampling(0) & 15;
    JpegComponent[] components = new JpegComponent[count];
    for (int i = 0; i < count; i++) {
      int across = header.sampling(i) >> 4;
      int down = header.sampling(i) & 15;
      if (across < 1 || across > 4 || down < 1 || down > 4) {
        throw new JpegIrregularity("sampling factors that T.81 does not have");
      }
      if (count == 1) {
        across = 1;
        down = 1;
      }
      boolean full = across == horizontal && down == vertical;
      boolean half = 2 * across == horizontal && (down == vertical || 2 * down == vertical);
      if (!full && !half) {
        throw new JpegIrregularity("unusual sampling factors");
      }
      for (int j = 0; j < i; j++) {
        if (components[j].name == header.name(i)) {
          throw new JpegIrregularity("two components of one name");
        }
      }
      components[i] =
          new JpegComponent(
              i,
              header.name(i),
              across,
              down,
              header.quantizationTable(i),
              (columns * across + horizontal - 1) / horizontal,
              (rows * down + vertical - 1) / vertical);
    }
    int blocks = 0;
    for (JpegComponent component : components) {
      blocks += component.horizontal * component.vertical;
    }
    if (horizontal > 2 || vertical > 2 || blocks > 10) {
      throw new JpegIrregularity("unusual sampling factors");
    }
    return new JpegFrame(
        header.kind() == SOF2,
        rows,
        columns,
        List.of(components),
        (rows + 8 * vertical - 1) / (8 * vertical),
        (columns + 8 * horizontal - 1) / (8 * horizontal));
  }
}
