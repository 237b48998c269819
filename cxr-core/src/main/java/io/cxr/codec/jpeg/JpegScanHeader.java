package io.cxr.codec.jpeg;

import java.util.ArrayList;
import java.util.List;

/**
 * A scan header (ITU-T T.81, B.2.3).
 *
 * @param components the components, in the frame's order
 * @param tables by component: the destination of its DC table times 16, and of its AC table
 * @param first the first coefficient (Ss)
 * @param last the last coefficient (Se)
 * @param high the bit that was sent before (Ah), or 0 in a first scan
 * @param low the lowest bit that is sent (Al)
 */
record JpegScanHeader(
    List<JpegComponent> components, List<Integer> tables, int first, int last, int high, int low) {

  /** The header with this content. */
  static JpegScanHeader of(byte[] encoded, int content, int end, JpegFrame frame)
      throws JpegIrregularity {
    int count = end > content ? encoded[content] : 0;
    if (count < 1 || count > frame.components().size() || end - content != 4 + 2 * count) {
      throw new JpegIrregularity("a scan header of another length");
    }
    List<JpegComponent> components = new ArrayList<>();
    List<Integer> tables = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < count; i++) {
      int name = encoded[content + 1 + 2 * i];
      while (next < frame.components().size() && frame.components().get(next).name != name) {
        next++;
      }
      if (next == frame.components().size()) {
        throw new JpegIrregularity("components in another order");
      }
      components.add(frame.components().get(next++));
      int both = encoded[content + 2 + 2 * i] & 255;
      if ((both & 0xcc) != 0) {
        throw new JpegIrregularity("a table that cannot be");
      }
      tables.add(both);
    }
    int at = content + 1 + 2 * count;
    return new JpegScanHeader(
        List.copyOf(components),
        List.copyOf(tables),
        encoded[at] & 255,
        encoded[at + 1] & 255,
        encoded[at + 2] >> 4 & 15,
        encoded[at + 2] & 15);
  }
}
