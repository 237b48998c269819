package io.cxr.codec.jpeg;

import io.cxr.codec.Words;
import java.util.Objects;

/** A scan of a progressive frame (ITU-T T.81, annex G), into its coefficients. */
final class JpegProgressiveScan {
  private final JpegFrame frame;
  private final JpegBitReader reader;
  private final JpegCoefficients coefficients;

  private final JpegScanHeader header;
  private final int first;
  private final int last;
  private final int high;
  private final int low;

  /** Blocks of only zeros, or only corrections, that are still to come (EOBRUN). */
  private int endOfBandRun;

  /** A scan that the progression let pass. */
  JpegProgressiveScan(
      JpegFrame frame, JpegBitReader reader, JpegCoefficients coefficients, JpegScanHeader header) {
    this.frame = frame;
    this.reader = reader;
    this.coefficients = coefficients;
    this.header = header;
    this.first = header.first();
    this.last = header.last();
    this.high = header.high();
    this.low = header.low();
  }

  /** Whether the scan reads DC differences. */
  boolean needsDcTables() {
    return first == 0 && high == 0;
  }

  /** Whether the scan reads AC coefficients. */
  boolean needsAcTables() {
    return first != 0;
  }

  /** Decodes the scan; its tables are set, and the reader stands at its beginning. */
  void decode(int restartInterval) throws JpegIrregularity {
    boolean interleaved = header.components().size() > 1;
    JpegComponent only = header.components().get(0);
    int rows = interleaved ? frame.mcuRows() : only.blockRows;
    int columns = interleaved ? frame.mcuColumns() : only.blockColumns;
    int untilRestart = restartInterval == 0 ? Integer.MAX_VALUE : restartInterval;
    restart();
    for (int row = 0; row < rows; row++) {
      int block = coefficients.block(only.index, row, 0);
      for (int column = 0; column < columns; column++) {
        if (untilRestart == 0) {
          reader.nextInterval();
          restart();
          untilRestart = restartInterval;
        }
        untilRestart--;
        if (interleaved) {
          decodeUnit(row, column);
        } else {
          decodeBlock(only, block + column);
        }
        reader.checkNotPast();
      }
    }
    reader.finish();
  }

  private void restart() {
    for (JpegComponent component : header.components()) {
      component.dcPrediction = 0;
    }
    endOfBandRun = 0;
  }

  private void decodeUnit(int row, int column) throws JpegIrregularity {
    for (JpegComponent component : header.components()) {
      for (int y = 0; y < component.vertical; y++) {
        for (int x = 0; x < component.horizontal; x++) {
          decodeBlock(
              component,
              coefficients.block(
                  component.index,
                  row * component.vertical + y,
                  column * component.horizontal + x));
        }
      }
    }
  }

  private void decodeBlock(JpegComponent component, int block) throws JpegIrregularity {
    if (first == 0) {
      if (high == 0) {
        decodeDc(component, 64 * block);
      } else if (reader.take(1) != 0) {
        coefficients.values[64 * block] |= (short) (1 << low);
      }
    } else if (high == 0) {
      decodeAc(component, block);
    } else {
      refineAc(component, block);
    }
  }

  /** G.1.2.1. */
  private void decodeDc(JpegComponent component, int at) throws JpegIrregularity {
    component.dcPrediction += reader.difference(Objects.requireNonNull(component.dcTable));
    coefficients.values[at] = (short) (component.dcPrediction << low);
  }

  /** G.1.2.2. */
  private void decodeAc(JpegComponent component, int block) throws JpegIrregularity {
    if (endOfBandRun > 0) {
      endOfBandRun--;
      return;
    }
    JpegHuffmanTable table = Objects.requireNonNull(component.acTable);
    int[] entries = table.entries;
    short[] values = coefficients.values;
    JpegBitReader from = reader;
    byte[] bytes = from.bytes;
    long bits = from.bits;
    int count = from.count;
    int at = from.at;
    long present = coefficients.present[block];
    int place = first;
    while (place <= last) {
      if (count < 32) {
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
        int run = symbol >> 4;
        int size = symbol & 15;
        if (size == 0) {
          bits <<= length;
          count -= length;
          if (run == 15) {
            place += 16;
            if (place > last) {
              throw new JpegIrregularity("a run of zeros without a coefficient after it");
            }
            continue;
          }
          endOfBandRun = (1 << run) - 1 + (int) (bits >>> 1 >>> (63 - run));
          bits <<= run;
          count -= run;
          break;
        }
        place += run;
        value = JpegHuffmanTable.extend((int) (bits << length >>> (64 - size)), size);
        length += size;
      }
      bits <<= length;
      count -= length;
      value <<= low;
      if (place > last || value != (short) value) {
        throw new JpegIrregularity("a coefficient that cannot be");
      }
      values[64 * block + place] = (short) value;
      present |= 1L << place;
      place++;
    }
    coefficients.present[block] = present;
    from.bits = bits;
    from.count = count;
    from.at = at;
  }

  /** G.1.2.3. */
  private void refineAc(JpegComponent component, int block) throws JpegIrregularity {
    long band = -1L >>> (63 - last) & -1L << first;
    long known = coefficients.present[block] & band;
    int place = first;
    if (endOfBandRun == 0) {
      place = refineToEndOfBand(Objects.requireNonNull(component.acTable), block, known);
    }
    if (endOfBandRun > 0) {
      endOfBandRun--;
      if (place <= last) {
        refine(known & -1L << place, 64 * block);
      }
    }
  }

  /** Up to the end of the block or of its band; returns the place after what was read. */
  private int refineToEndOfBand(JpegHuffmanTable table, int block, long known)
      throws JpegIrregularity {
    long present = coefficients.present[block];
    int place = first;
    while (place <= last) {
      int symbol = reader.symbol(table);
      int run = symbol >> 4;
      int size = symbol & 15;
      int value = 0;
      if (size == 1) {
        value = reader.take(1) != 0 ? 1 << low : -1 << low;
      } else if (size != 0) {
        throw new JpegIrregularity("a new coefficient of more than one bit");
      } else if (run != 15) {
        endOfBandRun = (1 << run) + reader.take(run);
        break;
      }
      // To the zero after so many others, and past the coefficients known before: as many places
      // further as there are such up to there.
      long ahead = known & -1L << place;
      int from = place;
      int target = place + run;
      do {
        place = target;
        if (place > last) {
          throw new JpegIrregularity("a run of zeros without a coefficient after it");
        }
        target = from + run + Long.bitCount(ahead & -1L >>> (63 - place));
      } while (target != place);
      long passed = ahead & (1L << place) - 1;
      if (passed != 0) {
        refine(passed, 64 * block);
      }
      if (value != 0) {
        coefficients.values[64 * block + place] = (short) value;
        present |= 1L << place;
      }
      place++;
    }
    coefficients.present[block] = present;
    return place;
  }

  /** A correction bit for each of some coefficients, which are not 0. */
  private void refine(long places, int block) {
    short[] values = coefficients.values;
    int step = 1 << low;
    long rest = places;
    while (rest != 0) {
      int number = Math.min(Long.bitCount(rest), 16);
      int bits = reader.take(number) << (32 - number);
      for (int i = 0; i < number; i++) {
        int at = block + Long.numberOfTrailingZeros(rest);
        rest &= rest - 1;
        int value = values[at];
        int sign = value >> 31;
        // Away from 0 by one step, if the bit says so.
        values[at] = (short) (value + (((step ^ sign) - sign) & bits >> 31));
        bits <<= 1;
      }
    }
  }
}
