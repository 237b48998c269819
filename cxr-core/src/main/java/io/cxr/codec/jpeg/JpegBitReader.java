package io.cxr.codec.jpeg;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.Words;
import java.util.Arrays;

/**
 * The bits of a scan (ITU-T T.81, B.1.1.5 and F.2.2.5), restart interval by restart interval.
 *
 * <p>The zero bytes after bytes of 255 and the restart markers are taken out before, so that eight
 * bytes at a time can be read without looking at them. After the scan there is room to read on a
 * little: whoever reads calls {@link #checkNotPast()} from time to time.
 */
final class JpegBitReader {
  /** More bytes than ten blocks take, 63 times 31 bits each and a little, and eight to look at. */
  static final int ROOM = 4096;

  private final CodecMemory memory;
  private int[] ends = new int[16];
  private int intervals;
  private int interval;

  /** Where the restart interval ends. */
  private int end;

  /** The bytes without stuffing. */
  byte[] bytes = {};

  /** Where the next byte is that is not in {@link #bits}. */
  int at;

  /** The next bits, from the highest down; below {@link #count} anything. */
  long bits;

  /** How many bits are valid. */
  int count;

  JpegBitReader(CodecMemory memory) {
    this.memory = memory;
  }

  /** Begins with the compressed data of a scan. */
  void start(byte[] encoded, int from, int to) throws JpegIrregularity {
    start(encoded, from, to, false);
  }

  /** Begins with the compressed data of a scan in which markers may have fill bytes before them. */
  void startWithFill(byte[] encoded, int from, int to) throws JpegIrregularity {
    start(encoded, from, to, true);
  }

  private void start(byte[] encoded, int from, int to, boolean fill) throws JpegIrregularity {
    bytes = memory.scan(to - from + ROOM);
    intervals = 0;
    int done = 0;
    int copied = from;
    while (true) {
      int marker = nextFf(encoded, copied, to);
      System.arraycopy(encoded, copied, bytes, done, marker - copied);
      done += marker - copied;
      if (marker == to) {
        break;
      }
      int next = marker + 1 == to ? 255 : encoded[marker + 1] & 255;
      copied = marker + 2;
      if (next == 0) {
        bytes[done++] = -1;
      } else if (next == 0xd0 + (intervals & 7)) {
        endInterval(done);
      } else if (fill && next == 255) {
        copied = marker + 1;
        if (copied == to) {
          break;
        }
      } else {
        throw new JpegIrregularity("a marker or fill byte within a scan");
      }
    }
    endInterval(done);
    Arrays.fill(bytes, done, done + ROOM, (byte) 0);
    interval = 0;
    end = ends[0];
    at = 0;
    bits = 0;
    count = 0;
  }

  /** How many restart intervals the scan has. */
  int intervals() {
    return intervals;
  }

  /** How many bytes the scan has, without stuffing. */
  int length() {
    return ends[intervals - 1];
  }

  private void endInterval(int end) {
    if (intervals == ends.length) {
      ends = Arrays.copyOf(ends, 2 * intervals);
    }
    ends[intervals++] = end;
  }

  /** The next byte of 255, or the end. */
  static int nextFf(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - 8; i += 8) {
      // A byte of 255 is one of 0 in the complement (H. Warren, Hacker's Delight, 6-1).
      long eight = ~Words.bigLong(bytes, i);
      if ((eight - 0x0101010101010101L & ~eight & 0x8080808080808080L) != 0) {
        break;
      }
    }
    while (i < to && bytes[i] != -1) {
      i++;
    }
    return i;
  }

  /** Makes at least 56 bits valid. */
  void refill() {
    bits |= Words.bigLong(bytes, at) >>> count;
    at += (63 - count) >> 3;
    count |= 56;
  }

  /** The next bits, at most 16. */
  int take(int number) {
    if (count < 32) {
      refill();
    }
    // In two steps, so that none is 0.
    int taken = (int) (bits >>> 1 >>> (63 - number));
    bits <<= number;
    count -= number;
    return taken;
  }

  /** A Huffman code and the difference after it (F.2.2.1, H.1.2.2). */
  int difference(JpegHuffmanTable table) throws JpegIrregularity {
    if (count < 32) {
      refill();
    }
    int entry = table.entries[(int) (bits >>> JpegHuffmanTable.UNSEEN)];
    int length = entry & JpegHuffmanTable.LENGTH_MASK;
    int difference = entry >> JpegHuffmanTable.VALUE_SHIFT;
    if ((entry & JpegHuffmanTable.COMPLETE) == 0) {
      if (length == 0) {
        entry = table.longCode((int) (bits >>> 48));
        length = entry & JpegHuffmanTable.LENGTH_MASK;
      }
      int size = entry >> JpegHuffmanTable.SYMBOL_SHIFT;
      if (size < 16) {
        difference = JpegHuffmanTable.extend((int) (bits << length >>> 1 >>> (63 - size)), size);
        length += size;
      } else {
        difference = table.largest(size);
      }
    }
    bits <<= length;
    count -= length;
    return difference;
  }

  /** A Huffman code without what may follow it. */
  int symbol(JpegHuffmanTable table) throws JpegIrregularity {
    if (count < 32) {
      refill();
    }
    int code = table.codes[(int) (bits >>> JpegHuffmanTable.UNSEEN)];
    if (code == 0) {
      code = table.longCode((int) (bits >>> 48));
    }
    int length = code & JpegHuffmanTable.LENGTH_MASK;
    bits <<= length;
    count -= length;
    return code >> JpegHuffmanTable.SYMBOL_SHIFT;
  }

  /** What is read so far lies within the restart interval. */
  void checkNotPast() throws JpegIrregularity {
    if (isPast()) {
      throw new JpegIrregularity("a restart interval that ends before its last block");
    }
  }

  /** Only bits that fill up a byte are left of the restart interval. */
  void checkIntervalEnds() throws JpegIrregularity {
    if (at - (count >> 3) != end) {
      throw new JpegIrregularity("a restart interval of another length");
    }
  }

  /** Goes on with the next restart interval, when this one has been read to its end. */
  void nextInterval() throws JpegIrregularity {
    checkIntervalEnds();
    skipToNextInterval();
  }

  /**
   * Goes on with the next restart interval, whatever is left of this one: encoders of lossless
   * coding fill up as they like.
   */
  void skipToNextInterval() throws JpegIrregularity {
    checkNotPast();
    if (interval + 1 == intervals) {
      throw new JpegIrregularity("fewer restart intervals");
    }
    at = end;
    interval++;
    end = ends[interval];
    bits = 0;
    count = 0;
  }

  /** Whether more was read than the restart interval holds. */
  boolean isPast() {
    return at - (count >> 3) > end;
  }

  /** The scan was read to its end. */
  void finish() throws JpegIrregularity {
    checkIntervalEnds();
    if (interval + 1 != intervals) {
      throw new JpegIrregularity("more restart intervals");
    }
  }
}
