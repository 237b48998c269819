package io.cxr.radiograph;

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

  /** The frame whose header, of checked length, size and depth, has this content. */
  static JpegFrame of(byte[] encoded, int content, boolean progressive) throws JpegIrregularity {
    int rows = (encoded[content + 1] & 255) << 8 | (encoded[content + 2] & 255);
    int columns = (encoded[content + 3] & 255) << 8 | (encoded[content + 4] & 255);
    int count = encoded[content + 5] & 255;
    // Blocks of a single component are not interleaved, whatever its factors are.
    int horizontal = count == 1 ? 1 : encoded[content + 7] >> 4 & 15;
    int vertical = count == 1 ? 1 : encoded[content + 7] & 15;
    JpegComponent[] components = new JpegComponent[count];
    for (int i = 0; i < count; i++) {
      int at = content + 6 + 3 * i;
      int across = encoded[at + 1] >> 4 & 15;
      int down = encoded[at + 1] & 15;
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
        if (components[j].name == encoded[at]) {
          throw new JpegIrregularity("two components of one name");
        }
      }
      components[i] =
          new JpegComponent(
              i,
              encoded[at],
              across,
              down,
              encoded[at + 2] & 255,
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
        progressive,
        rows,
        columns,
        List.of(components),
        (rows + 8 * vertical - 1) / (8 * vertical),
        (columns + 8 * horizontal - 1) / (8 * horizontal));
  }
}
