package io.cxr.codec.jpeg;

import java.util.Arrays;

/** Which bits of which coefficients the scans of a frame have brought (ITU-T T.81, G.1.1.1). */
final class JpegProgression {
  private static final int LOWEST_BIT = 13;

  private final JpegFrame frame;

  /** By component and place: the lowest bit that was sent, or -1 before the first. */
  private final int[][] sent;

  JpegProgression(JpegFrame frame) {
    this.frame = frame;
    this.sent = new int[frame.components().size()][64];
    for (int[] each : sent) {
      Arrays.fill(each, -1);
    }
  }

  /** Lets a scan pass that brings just the next bits of its coefficients. */
  void add(JpegScanHeader header) throws JpegIrregularity {
    if (frame.progressive()) {
      addProgressive(header);
    } else {
      addSequential(header);
    }
  }

  private void addSequential(JpegScanHeader header) throws JpegIrregularity {
    if (header.components().size() != frame.components().size()
        || header.first() != 0
        || header.last() != 63
        || header.high() != 0
        || header.low() != 0
        || sent[0][0] == 0) {
      throw new JpegIrregularity("another scan than one of all coefficients");
    }
    for (int[] bits : sent) {
      Arrays.fill(bits, 0);
    }
  }

  private void addProgressive(JpegScanHeader header) throws JpegIrregularity {
    int first = header.first();
    int last = header.last();
    int high = header.high();
    int low = header.low();
    boolean dc = first == 0;
    if (last > 63
        || last < first
        || (dc && last != 0)
        || (!dc && header.components().size() != 1)
        || low > LOWEST_BIT
        || (high != 0 && low != high - 1)) {
      throw new JpegIrregularity("a scan that progression does not have");
    }
    for (JpegComponent component : header.components()) {
      int[] bits = sent[component.index];
      if (!dc && bits[0] < 0) {
        throw new JpegIrregularity("a scan before that of the DC coefficients");
      }
      for (int place = first; place <= last; place++) {
        if (bits[place] != (high == 0 ? -1 : high)) {
          throw new JpegIrregularity("a scan of other bits than the next");
        }
        bits[place] = low;
      }
    }
  }

  /** Refuses what the codec would smooth over, because scans are missing. */
  void checkComplete() throws JpegIrregularity {
    for (int[] bits : sent) {
      for (int bit : bits) {
        if (bit != 0) {
          throw new JpegIrregularity("scans that leave out coefficients");
        }
      }
    }
  }
}
