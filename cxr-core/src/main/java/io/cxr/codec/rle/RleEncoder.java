package io.cxr.codec.rle;

import java.io.ByteArrayOutputStream;

/**
 * Writes RLE Lossless (DICOM PS3.5, annex G): a header of 64 bytes, then a segment for each byte of
 * a pixel, the high ones first, in which each row is packed on its own. Stateless and thread-safe.
 */
public final class RleEncoder {
  private static final int HEADER = 64;
  private static final int MOST_SEGMENTS = 15;
  private static final int LONGEST_RUN = 128;

  private RleEncoder() {}

  /**
   * Encodes a frame.
   *
   * @param rows rows, at least 1
   * @param columns columns, at least 1
   * @param channels samples a pixel; the samples of a pixel lie together
   * @param sampleBytes bytes a sample, the low one first; with the channels at most 15 a pixel
   * @param samples {@code rows * columns * channels * sampleBytes} bytes, row by row
   * @return the frame, of an even number of bytes
   * @throws IllegalArgumentException if there are other samples than that
   */
  public static byte[] encode(
      int rows, int columns, int channels, int sampleBytes, byte[] samples) {
    int segments = channels * sampleBytes;
    if (rows < 1
        || columns < 1
        || segments < 1
        || segments > MOST_SEGMENTS
        || (long) rows * columns * segments != samples.length) {
      throw new IllegalArgumentException(
          "RLE: expected rows * columns pixels of 1 to 15 bytes, found "
              + rows
              + " x "
              + columns
              + " of "
              + segments
              + " bytes and "
              + samples.length
              + " bytes");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(HEADER + samples.length + segments);
    out.writeBytes(new byte[HEADER]);
    int[] starts = new int[segments];
    byte[] row = new byte[columns];
    for (int segment = 0; segment < segments; segment++) {
      starts[segment] = out.size();
      // The high byte of a sample comes last in memory and first in the file.
      int first = segment / sampleBytes * sampleBytes + sampleBytes - 1 - segment % sampleBytes;
      for (int y = 0; y < rows; y++) {
        int at = y * columns * segments + first;
        for (int x = 0; x < columns; x++, at += segments) {
          row[x] = samples[at];
        }
        pack(row, out);
      }
      if ((out.size() & 1) != 0) {
        out.write(0);
      }
    }
    byte[] frame = out.toByteArray();
    number(frame, 0, segments);
    for (int segment = 0; segment < segments; segment++) {
      number(frame, 4 + 4 * segment, starts[segment]);
    }
    return frame;
  }

  /** Runs of three and more are repeated, all else is copied (G.3.1). */
  private static void pack(byte[] row, ByteArrayOutputStream out) {
    int literal = 0;
    int at = 0;
    while (at < row.length) {
      int run = run(row, at);
      if (run >= 3 || (run == 2 && literal == at)) {
        copy(row, literal, at, out);
        out.write(1 - run);
        out.write(row[at]);
        literal = at + run;
      }
      at += run;
    }
    copy(row, literal, row.length, out);
  }

  private static int run(byte[] row, int at) {
    int end = at + 1;
    while (end < row.length && end - at < LONGEST_RUN && row[end] == row[at]) {
      end++;
    }
    return end - at;
  }

  private static void copy(byte[] row, int from, int to, ByteArrayOutputStream out) {
    for (int at = from; at < to; at += LONGEST_RUN) {
      int count = Math.min(LONGEST_RUN, to - at);
      out.write(count - 1);
      out.write(row, at, count);
    }
  }

  private static void number(byte[] frame, int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      frame[at + i] = (byte) (value >>> (8 * i));
    }
  }
}
