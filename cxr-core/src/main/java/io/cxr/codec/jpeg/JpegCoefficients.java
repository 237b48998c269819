package io.cxr.codec.jpeg;

import io.cxr.codec.CodecMemory;
import java.util.Arrays;
import java.util.List;

/**
 * All coefficients of a frame, for the scans of a progressive file each bring a part of them (ITU-T
 * T.81, annex G). Padded to whole MCUs.
 */
final class JpegCoefficients {
  /** Most that is held here: 256 MiB. */
  private static final long MOST = 1 << 27;

  private static final byte[] NATURAL = JpegZigzag.naturalOrder();

  private final JpegFrame frame;

  /** By component, block row, block column and place in the file. */
  final short[] values;

  /** By component, block row and block column: places, as bits, of AC coefficients but 0. */
  final long[] present;

  /** By component: the index of its first block. */
  private final int[] first;

  private JpegCoefficients(JpegFrame frame, short[] values, long[] present, int[] first) {
    this.frame = frame;
    this.values = values;
    this.present = present;
    this.first = first;
  }

  /** How many blocks a frame has. */
  static long blocks(JpegFrame frame) {
    long blocks = 0;
    for (JpegComponent component : frame.components()) {
      blocks += (long) component.horizontal * component.vertical;
    }
    return blocks * frame.mcuRows() * frame.mcuColumns();
  }

  /** Coefficients that are all 0. */
  static JpegCoefficients of(JpegFrame frame, CodecMemory memory) throws JpegIrregularity {
    long blocks = blocks(frame);
    if (64 * blocks > MOST) {
      throw new JpegIrregularity("more coefficients than fit");
    }
    short[] values = memory.coefficients((int) (64 * blocks));
    Arrays.fill(values, 0, (int) (64 * blocks), (short) 0);
    long[] present = memory.present((int) blocks);
    Arrays.fill(present, 0, (int) blocks, 0);
    List<JpegComponent> components = frame.components();
    int[] first = new int[components.size()];
    for (int i = 1; i < first.length; i++) {
      JpegComponent before = components.get(i - 1);
      first[i] =
          first[i - 1] + before.horizontal * before.vertical * frame.mcuRows() * frame.mcuColumns();
    }
    return new JpegCoefficients(frame, values, present, first);
  }

  /** The index of a block. */
  int block(int component, int row, int column) {
    int columns = frame.components().get(component).horizontal * frame.mcuColumns();
    return first[component] + row * columns + column;
  }

  /** Makes the picture of coefficients that are complete. */
  void show(JpegGray gray) throws JpegIrregularity {
    JpegBlock block = new JpegBlock();
    for (int mcuRow = 0; mcuRow < frame.mcuRows(); mcuRow++) {
      for (int i = 0; i < frame.components().size(); i++) {
        JpegComponent component = frame.components().get(i);
        int from = mcuRow * component.vertical;
        int to = Math.min(from + component.vertical, component.blockRows);
        for (int row = from; row < to; row++) {
          int index = block(i, row, 0);
          for (int column = 0; column < component.blockColumns; column++) {
            dequantize(component, index + column, block);
            gray.block(component, row, column, block);
          }
        }
      }
      gray.endRow(mcuRow);
    }
  }

  private void dequantize(JpegComponent component, int index, JpegBlock into)
      throws JpegIrregularity {
    into.clear();
    int at = 64 * index;
    int[] quantization = component.quantization;
    into.dc = values[at] * quantization[0];
    int acSum = 0;
    for (long rest = present[index]; rest != 0; rest &= rest - 1) {
      int place = Long.numberOfTrailingZeros(rest);
      int natural = NATURAL[place];
      int coefficient = values[at + place] * quantization[place];
      into.pairs[natural >> 1] += (long) coefficient << (natural << 5);
      acSum += Math.abs(coefficient);
    }
    into.acSum = acSum;
    into.present = present[index];
    into.check();
  }
}
