package io.cxr.preprocess;

import java.util.Arrays;

/**
 * Memory that the steps of one call share, kept for the next call so that it leaves no garbage. It
 * grows to the largest image met. Contents are whatever was left there. For one thread at a time.
 *
 * <p>A step may use any of it while it runs; from one step to the next only pixels live on.
 */
final class Workspace {
  /** What an array takes beside its integers, in integers. */
  private static final int LINE_OVERHEAD = 6;

  private final byte[][] pixels = {new byte[0], new byte[0]};
  private int turn;
  private byte[] bytes = new byte[0];
  private int[] sums = new int[0];
  private int[][] lines = new int[0][];
  private float[] floats = new float[0];

  /**
   * Memory for a step's result. It stays as it is until the second call from now, so the step that
   * follows can read it and write its own.
   *
   * @param length how many bytes are needed
   * @return an array at least so long
   */
  byte[] pixels(int length) {
    turn = 1 - turn;
    if (pixels[turn].length < length) {
      pixels[turn] = new byte[length];
    }
    return pixels[turn];
  }

  /** A scratch array of at least so many bytes; there is one. */
  byte[] bytes(int length) {
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    return bytes;
  }

  /** A scratch array of at least so many integers, apart from {@link #lines}; there is one. */
  int[] sums(int length) {
    if (sums.length < length) {
      sums = new int[length];
    }
    return sums;
  }

  /** At least so many scratch arrays, the first {@code count} of at least so many integers. */
  int[][] lines(int count, int length) {
    if (lines.length < count) {
      int known = lines.length;
      lines = Arrays.copyOf(lines, count);
      Arrays.fill(lines, known, count, new int[0]);
    }
    for (int i = 0; i < count; i++) {
      if (lines[i].length < length) {
        lines[i] = new int[length];
      }
    }
    return lines;
  }

  /** A scratch array of at least so many floats; there is one. */
  float[] floats(int length) {
    if (floats.length < length) {
      floats = new float[length];
    }
    return floats;
  }

  /** How much memory it holds. */
  long heldBytes() {
    long held = pixels[0].length + (long) pixels[1].length + bytes.length;
    long words = sums.length + (long) floats.length;
    for (int[] line : lines) {
      words += line.length + LINE_OVERHEAD;
    }
    return held + 4 * words;
  }
}
