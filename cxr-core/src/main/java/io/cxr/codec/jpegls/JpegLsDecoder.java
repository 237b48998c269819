package io.cxr.codec.jpegls;

import io.cxr.codec.CodecException;
import io.cxr.codec.SampleLayout;
import io.cxr.codec.Words;
import io.cxr.codec.jpeg.JpegFrameHeader;
import io.cxr.codec.jpeg.JpegSegment;
import java.util.Arrays;

/**
 * JPEG-LS (ITU-T T.87), lossless and near-lossless, 2 to 16 bits; one or three components,
 * interleaved by line, by sample or not at all. Mapping tables and restart intervals are refused.
 */
public final class JpegLsDecoder {
  /** The order of run lengths (T.87, table A.7 and A.7.1.1). */
  private static final int[] J = {
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15
  };

  private static final int RUN = 365;
  private static final int CONTEXTS = 367;

  private final byte[] encoded;
  private final SampleLayout layout;
  private final int precision;
  private final byte[] into;

  private int presetMaximum;
  private final int[] preset = new int[4];

  // Of the scan.
  private int maximum;
  private int near;
  private int range;
  private int rangeBits;
  private int limit;
  private int t1;
  private int t2;
  private int t3;
  private int reset;
  private final int[] a = new int[CONTEXTS];
  private final int[] b = new int[CONTEXTS];
  private final int[] c = new int[CONTEXTS];
  private final int[] n = new int[CONTEXTS];
  private final int[] negative = new int[2];

  // The bits.
  private int at;
  private int current;
  private int left;
  private boolean stuffed;

  private JpegLsDecoder(byte[] encoded, SampleLayout layout, int precision, byte[] into) {
    this.encoded = encoded;
    this.layout = layout;
    this.precision = precision;
    this.into = into;
  }

  /**
   * Decodes a codestream.
   *
   * @param encoded the codestream
   * @param layout what is known of its picture
   * @param into receives the samples
   * @throws CodecException if it cannot be decoded
   */
  public static void decode(byte[] encoded, SampleLayout layout, byte[] into) {
    JpegFrameHeader frame = JpegFrameHeader.find(encoded);
    if (frame.kind() != JpegFrameHeader.JPEG_LS) {
      throw CodecException.encoding(
          "a JPEG-LS codestream", "a JPEG codestream of " + JpegFrameHeader.coding(frame.kind()));
    }
    frame.check(layout);
    if (frame.precision() < 2) {
      throw CodecException.damaged("JPEG-LS of 2 to 16 bits", "fewer");
    }
    new JpegLsDecoder(encoded, layout, frame.precision(), into).segments();
  }

  private void segments() {
    int place = 2;
    int components = 0;
    while (components < layout.channels()) {
      JpegSegment segment = JpegSegment.at(encoded, place, "a JPEG-LS scan");
      int content = segment.content();
      int end = segment.contentEnd();
      place = end;
      switch (segment.kind()) {
        case 0xf8 -> presets(content, end);
        case 0xdd -> {
          for (int i = content; i < end; i++) {
            if (encoded[i] != 0) {
              throw CodecException.encoding("JPEG-LS without restart intervals", "some");
            }
          }
        }
        case 0xda -> {
          components += scan(content, end, components);
          place = nextMarker();
        }
        case 0xd9 ->
            throw CodecException.truncated("a JPEG-LS scan for all components", "the end marker");
        default -> {}
      }
    }
  }

  private int number(int place) {
    return (encoded[place] & 255) << 8 | (encoded[place + 1] & 255);
  }

  private void presets(int content, int end) {
    if (end - content != 11 || encoded[content] != 1) {
      throw CodecException.encoding("JPEG-LS without mapping tables", "other parameters");
    }
    presetMaximum = number(content + 1);
    for (int i = 0; i < 4; i++) {
      preset[i] = number(content + 3 + 2 * i);
    }
  }

  /** Decodes a scan; returns how many components it holds. */
  private int scan(int content, int end, int first) {
    int count = end - content < 1 ? 0 : encoded[content] & 255;
    if (end - content != 4 + 2 * count || count < 1 || first + count > layout.channels()) {
      throw CodecException.damaged("a JPEG-LS scan header", "another");
    }
    for (int i = 0; i < count; i++) {
      if (encoded[content + 2 + 2 * i] != 0) {
        throw CodecException.encoding("JPEG-LS without mapping tables", "some");
      }
    }
    near = encoded[end - 3] & 255;
    int interleave = encoded[end - 2] & 255;
    if (interleave > 2 || (encoded[end - 1] & 15) != 0 || (interleave == 0) != (count == 1)) {
      // Some writers state an interleave for one component, where it means nothing.
      if (count != 1 || interleave > 2 || (encoded[end - 1] & 15) != 0) {
        throw CodecException.damaged("an interleave mode that fits the components", "another");
      }
      interleave = 0;
    }
    parameters();
    at = end;
    current = 0;
    left = 0;
    stuffed = false;
    if (interleave == 2) {
      bySample();
    } else {
      byLine(first, count);
    }
    return count;
  }

  /** T.87 A.2.1, and C.2.4.1.1 for the defaults. */
  private void parameters() {
    maximum = presetMaximum == 0 ? (1 << precision) - 1 : presetMaximum;
    if (maximum >= 1 << precision || near > Math.min(255, maximum / 2)) {
      throw CodecException.damaged("a largest value and an error within the precision", "others");
    }
    int d1;
    int d2;
    int d3;
    if (maximum >= 128) {
      int factor = (Math.min(maximum, 4095) + 128) / 256;
      d1 = within(factor + 2 + 3 * near, near + 1);
      d2 = within(4 * factor + 3 + 5 * near, d1);
      d3 = within(17 * factor + 4 + 7 * near, d2);
    } else {
      int factor = 256 / (maximum + 1);
      d1 = within(Math.max(2, 3 / factor + 3 * near), near + 1);
      d2 = within(Math.max(3, 7 / factor + 5 * near), d1);
      d3 = within(Math.max(4, 21 / factor + 7 * near), d2);
    }
    t1 = preset[0] == 0 ? d1 : preset[0];
    t2 = preset[1] == 0 ? d2 : preset[1];
    t3 = preset[2] == 0 ? d3 : preset[2];
    reset = preset[3] == 0 ? 64 : preset[3];
    if (t1 > t2 || t2 > t3 || t3 > maximum || t1 < near + 1 || reset < 3) {
      throw CodecException.damaged("rising JPEG-LS thresholds", "others");
    }
    range = (maximum + 2 * near) / (2 * near + 1) + 1;
    rangeBits = 32 - Integer.numberOfLeadingZeros(range - 1);
    int bits = Math.max(2, 32 - Integer.numberOfLeadingZeros(maximum));
    limit = 2 * (bits + Math.max(8, bits));
    Arrays.fill(a, Math.max(2, (range + 32) / 64));
    Arrays.fill(b, 0);
    Arrays.fill(c, 0);
    Arrays.fill(n, 1);
    Arrays.fill(negative, 0);
  }

  private int within(int value, int least) {
    return value > maximum || value < least ? least : value;
  }

  // Lines ---------------------------------------------------------------------------------------

  private void byLine(int first, int count) {
    int columns = layout.columns();
    int[][][] lines = new int[count][2][columns + 2];
    int[] runIndex = new int[count];
    for (int row = 0; row < layout.rows(); row++) {
      for (int i = 0; i < count; i++) {
        int[] above = lines[i][row & 1];
        int[] line = lines[i][(row & 1) ^ 1];
        line[0] = above[1];
        above[columns + 1] = above[columns];
        runIndex[i] = line(above, line, runIndex[i]);
        int to = row * columns * layout.channels() + first + i;
        for (int x = 1; x <= columns; x++, to += layout.channels()) {
          put(to, line[x]);
        }
      }
    }
  }

  private int line(int[] above, int[] line, int startIndex) {
    int columns = layout.columns();
    int runIndex = startIndex;
    int x = 1;
    while (x <= columns) {
      int ra = line[x - 1];
      int rb = above[x];
      int rc = above[x - 1];
      int rd = above[x + 1];
      int q1 = quantized(rd - rb);
      int q2 = quantized(rb - rc);
      int q3 = quantized(rc - ra);
      if ((q1 | q2 | q3) != 0) {
        line[x++] = regular(q1, q2, q3, ra, rb, rc);
        continue;
      }
      int end = x;
      while (end <= columns && bit() == 1) {
        int length = 1 << J[runIndex];
        int rest = columns + 1 - end;
        int filled = Math.min(length, rest);
        Arrays.fill(line, end, end + filled, ra);
        end += filled;
        if (filled == length && runIndex < 31) {
          runIndex++;
        }
        if (end > columns) {
          return runIndex;
        }
      }
      int length = bits(J[runIndex]);
      if (length > columns - end) {
        throw CodecException.damaged("runs within a line", "a longer one");
      }
      Arrays.fill(line, end, end + length, ra);
      x = end + length;
      line[x] = interruption(ra, above[x], runIndex, Math.abs(ra - above[x]) <= near);
      x++;
      if (runIndex > 0) {
        runIndex--;
      }
    }
    return runIndex;
  }

  private void bySample() {
    int columns = layout.columns();
    int count = layout.channels();
    int[][][] lines = new int[2][count][columns + 2];
    int runIndex = 0;
    int[] q = new int[3 * count];
    for (int row = 0; row < layout.rows(); row++) {
      int[][] above = lines[row & 1];
      int[][] line = lines[(row & 1) ^ 1];
      for (int i = 0; i < count; i++) {
        line[i][0] = above[i][1];
        above[i][columns + 1] = above[i][columns];
      }
      int x = 1;
      while (x <= columns) {
        int any = 0;
        for (int i = 0; i < count; i++) {
          q[3 * i] = quantized(above[i][x + 1] - above[i][x]);
          q[3 * i + 1] = quantized(above[i][x] - above[i][x - 1]);
          q[3 * i + 2] = quantized(above[i][x - 1] - line[i][x - 1]);
          any |= q[3 * i] | q[3 * i + 1] | q[3 * i + 2];
        }
        if (any != 0) {
          for (int i = 0; i < count; i++) {
            line[i][x] =
                regular(
                    q[3 * i],
                    q[3 * i + 1],
                    q[3 * i + 2],
                    line[i][x - 1],
                    above[i][x],
                    above[i][x - 1]);
          }
          x++;
          continue;
        }
        int end = x;
        boolean whole = false;
        while (!whole && bit() == 1) {
          int length = 1 << J[runIndex];
          int filled = Math.min(length, columns + 1 - end);
          end += filled;
          if (filled == length && runIndex < 31) {
            runIndex++;
          }
          whole = end > columns;
        }
        if (!whole) {
          int length = bits(J[runIndex]);
          if (length > columns - end) {
            throw CodecException.damaged("runs within a line", "a longer one");
          }
          end += length;
        }
        for (int i = 0; i < count; i++) {
          Arrays.fill(line[i], x, end, line[i][x - 1]);
        }
        x = end;
        if (!whole) {
          for (int i = 0; i < count; i++) {
            line[i][x] = interruption(line[i][x - 1], above[i][x], runIndex, false);
          }
          x++;
          if (runIndex > 0) {
            runIndex--;
          }
        }
      }
      for (int i = 0; i < count; i++) {
        int to = row * columns * count + i;
        for (int place = 1; place <= columns; place++, to += count) {
          put(to, line[i][place]);
        }
      }
    }
  }

  private void put(int sample, int value) {
    if (layout.sampleBytes() == 1) {
      into[sample] = (byte) value;
    } else {
      Words.setLittleChar(into, 2 * sample, (char) value);
    }
  }

  // Samples -------------------------------------------------------------------------------------

  private int quantized(int difference) {
    if (difference <= -t3) {
      return -4;
    }
    if (difference <= -t2) {
      return -3;
    }
    if (difference <= -t1) {
      return -2;
    }
    if (difference < -near) {
      return -1;
    }
    if (difference <= near) {
      return 0;
    }
    return difference < t1 ? 1 : difference < t2 ? 2 : difference < t3 ? 3 : 4;
  }

  /** T.87 A.4 to A.6. */
  private int regular(int q1, int q2, int q3, int ra, int rb, int rc) {
    int context = (q1 * 9 + q2) * 9 + q3;
    int sign = context < 0 ? -1 : 1;
    context = Math.abs(context);
    int prediction;
    if (rc >= Math.max(ra, rb)) {
      prediction = Math.min(ra, rb);
    } else if (rc <= Math.min(ra, rb)) {
      prediction = Math.max(ra, rb);
    } else {
      prediction = ra + rb - rc;
    }
    prediction = Math.max(0, Math.min(maximum, prediction + sign * c[context]));
    int k = 0;
    while (n[context] << k < a[context]) {
      k++;
    }
    int mapped = golomb(k, limit);
    int error;
    if (near == 0 && k == 0 && 2 * b[context] <= -n[context]) {
      error = (mapped & 1) == 1 ? (mapped - 1) / 2 : -mapped / 2 - 1;
    } else {
      error = (mapped & 1) == 1 ? -(mapped + 1) / 2 : mapped / 2;
    }
    b[context] += error * (2 * near + 1);
    a[context] += Math.abs(error);
    if (n[context] == reset) {
      a[context] >>= 1;
      b[context] >>= 1;
      n[context] >>= 1;
    }
    n[context]++;
    if (b[context] <= -n[context]) {
      b[context] = Math.max(b[context] + n[context], 1 - n[context]);
      if (c[context] > -128) {
        c[context]--;
      }
    } else if (b[context] > 0) {
      b[context] = Math.min(b[context] - n[context], 0);
      if (c[context] < 127) {
        c[context]++;
      }
    }
    return reconstructed(prediction, sign * error);
  }

  /** The sample that ends a run (T.87 A.7.2). */
  private int interruption(int ra, int rb, int runIndex, boolean same) {
    int type = same ? 1 : 0;
    int context = RUN + type;
    int temp = same ? a[context] + (n[context] >> 1) : a[context];
    int k = 0;
    while (n[context] << k < temp) {
      k++;
    }
    int mapped = golomb(k, limit - J[runIndex] - 1);
    int map = (mapped + type) & 1;
    int absolute = (mapped + type + map) / 2;
    boolean mostlyNegative = k != 0 || 2 * negative[type] >= n[context];
    int error = mostlyNegative == (map == 1) ? -absolute : absolute;
    if (error < 0) {
      negative[type]++;
    }
    a[context] += (mapped + 1 - type) >> 1;
    if (n[context] == reset) {
      a[context] >>= 1;
      n[context] >>= 1;
      negative[type] >>= 1;
    }
    n[context]++;
    int sign = !same && ra > rb ? -1 : 1;
    return reconstructed(same ? ra : rb, sign * error);
  }

  private int reconstructed(int prediction, int error) {
    int width = 2 * near + 1;
    int value = prediction + error * width;
    if (value < -near) {
      value += range * width;
    } else if (value > maximum + near) {
      value -= range * width;
    }
    return Math.max(0, Math.min(maximum, value));
  }

  // Bits ----------------------------------------------------------------------------------------

  private int golomb(int k, int most) {
    if (k > 24) {
      throw CodecException.damaged("JPEG-LS differences within the precision", "longer ones");
    }
    int zeros = 0;
    while (bit() == 0) {
      if (++zeros > most) {
        throw CodecException.damaged("JPEG-LS codes within their limit", "a longer one");
      }
    }
    if (zeros < most - rangeBits - 1) {
      return zeros << k | bits(k);
    }
    return bits(rangeBits) + 1;
  }

  private int bits(int count) {
    int value = 0;
    int missing = count;
    while (missing > 0) {
      if (left == 0) {
        next();
      }
      int taken = Math.min(missing, left);
      left -= taken;
      value = value << taken | (current >> left & ((1 << taken) - 1));
      missing -= taken;
    }
    return value;
  }

  private int bit() {
    if (left == 0) {
      next();
    }
    left--;
    return current >> left & 1;
  }

  /** After 0xff a byte has seven bits, or is a marker (T.87 A.1). */
  private void next() {
    if (at >= encoded.length) {
      throw CodecException.truncated("a JPEG-LS scan for all pixels", "a shorter one");
    }
    int value = encoded[at] & 255;
    boolean marker =
        stuffed
            ? value >= 0x80
            : value == 0xff && at + 1 < encoded.length && (encoded[at + 1] & 255) >= 0x80;
    if (marker) {
      throw CodecException.truncated("a JPEG-LS scan for all pixels", "a marker");
    }
    at++;
    current = value;
    left = stuffed ? 7 : 8;
    stuffed = value == 0xff;
  }

  private int nextMarker() {
    int place = Math.max(2, at - 1);
    while (place + 1 < encoded.length
        && !(encoded[place] == -1 && (encoded[place + 1] & 255) >= 0x80)) {
      place++;
    }
    return place;
  }
}
