package io.cxr.codec.jpeg;

import io.cxr.codec.Words;
import java.util.Objects;

/**
 * The one scan of a baseline or extended sequential frame (ITU-T T.81, annex F), block by block
 * into the picture.
 */
final class JpegSequentialScan {
  private static final int END_OF_BLOCK = 0;
  private static final int SIXTEEN_ZEROS = 0xf0;

  private static final byte[] NATURAL = JpegZigzag.naturalOrder();

  private final JpegFrame frame;
  private final JpegComponent[] components;
  private final JpegBitReader reader;
  private final JpegGray gray;
  private final JpegBlock block = new JpegBlock();

  JpegSequentialScan(JpegFrame frame, JpegBitReader reader, JpegGray gray) {
    this.frame = frame;
    this.components = frame.components().toArray(new JpegComponent[0]);
    this.reader = reader;
    this.gray = gray;
  }

  /** Decodes all components, the tables of which are set. */
  void decode(int restartInterval) throws JpegIrregularity {
    int untilRestart = restartInterval == 0 ? Integer.MAX_VALUE : restartInterval;
    for (int row = 0; row < frame.mcuRows(); row++) {
      for (int column = 0; column < frame.mcuColumns(); column++) {
        if (untilRestart == 0) {
          reader.nextInterval();
          for (JpegComponent component : components) {
            component.dcPrediction = 0;
          }
          untilRestart = restartInterval;
        }
        untilRestart--;
        decodeUnit(row, column);
      }
      gray.endRow(row);
    }
    reader.finish();
  }

  /** A minimum coded unit (A.2). */
  private void decodeUnit(int row, int column) throws JpegIrregularity {
    for (JpegComponent component : components) {
      for (int y = 0; y < component.vertical; y++) {
        for (int x = 0; x < component.horizontal; x++) {
          decodeBlock(component);
          gray.block(
              component, row * component.vertical + y, column * component.horizontal + x, block);
        }
      }
    }
    reader.checkNotPast();
  }

  private void decodeBlock(JpegComponent component) throws JpegIrregularity {
    JpegBlock into = block;
    into.clear();
    JpegBitReader from = reader;
    component.dcPrediction += from.difference(Objects.requireNonNull(component.dcTable));
    into.dc = component.dcPrediction * component.quantization[0];

    JpegHuffmanTable table = Objects.requireNonNull(component.acTable);
    int[] entries = table.entries;
    byte[] bytes = from.bytes;
    long bits = from.bits;
    int count = from.count;
    int at = from.at;
    int[] quantization = component.quantization;
    long[] pairs = into.pairs;
    long present = 0;
    int acSum = 0;
    int place = 1;
    while (place < 64) {
      // Enough for a code, and rarely needed: a branch that is hard to predict costs most here.
      if (count < 16) {
        bits |= Words.bigLong(bytes, at) >>> count;
        at += (63 - count) >> 3;
        count |= 56;
      }
      int entry = entries[(int) (bits >>> JpegHuffmanTable.UNSEEN)];
      int length = entry & JpegHuffmanTable.LENGTH_MASK;
      int value = entry >> JpegHuffmanTable.VALUE_SHIFT;
      if (value != 0) {
        place += entry >> JpegHuffmanTable.RUN_SHIFT & 15;
      } else {
        if (length == 0) {
          entry = table.longCode((int) (bits >>> 48));
          length = entry & JpegHuffmanTable.LENGTH_MASK;
        }
        int symbol = entry >> JpegHuffmanTable.SYMBOL_SHIFT;
        bits <<= length;
        count -= length;
        if (symbol == END_OF_BLOCK) {
          break;
        }
        place += symbol >> 4;
        length = symbol & 15;
        if (length == 0) {
          place++;
          if (symbol != SIXTEEN_ZEROS || place > 63) {
            throw new JpegIrregularity("a run of zeros without a coefficient after it");
          }
          continue;
        }
        if (count < 16) {
          bits |= Words.bigLong(bytes, at) >>> count;
          at += (63 - count) >> 3;
          count |= 56;
        }
        value = JpegHuffmanTable.extend((int) (bits >>> (64 - length)), length);
      }
      bits <<= length;
      count -= length;
      if (place > 63) {
        throw new JpegIrregularity("more than 64 coefficients");
      }
      int natural = NATURAL[place];
      int coefficient = value * quantization[place];
      pairs[natural >> 1] += (long) coefficient << (natural << 5);
      present |= 1L << place;
      acSum += Math.abs(coefficient);
      place++;
    }
    into.present = present;
    into.acSum = acSum;
    from.bits = bits;
    from.count = count;
    from.at = at;
    into.check();
  }
}
