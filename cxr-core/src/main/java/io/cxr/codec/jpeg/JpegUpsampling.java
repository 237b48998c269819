package io.cxr.codec.jpeg;

/**
 * Samples of a component that is sampled half as finely, at the places of the picture's pixels.
 * T.81 leaves the method open; this is the codec's triangle filter, bit for bit: the nearer sample
 * counts 3/4, the farther 1/4, along each axis, and of the sums that lie half-way every other is
 * rounded down.
 */
final class JpegUpsampling {
  private JpegUpsampling() {}

  /**
   * Upsamples a part of a row across. A component of one or two columns is repeated.
   *
   * @param samples the component
   * @param row where the row begins
   * @param columns how many samples it has
   * @param from the first pixel, even
   * @param to the pixel after the last, at most twice the samples
   * @param into receives the pixels, the first at index 0
   */
  static void across(byte[] samples, int row, int columns, int from, int to, byte[] into) {
    int last = columns - 1;
    for (int x = from; x < to; x++) {
      int near = samples[row + x / 2] & 255;
      int value = near;
      if (columns > 2) {
        if (x % 2 == 0) {
          int far = x == 0 ? near : samples[row + x / 2 - 1] & 255;
          value = x == 0 ? near : (3 * near + far + 1) >> 2;
        } else {
          int far = x / 2 == last ? near : samples[row + x / 2 + 1] & 255;
          value = x / 2 == last ? near : (3 * near + far + 2) >> 2;
        }
      }
      into[x - from] = (byte) value;
    }
  }

  /**
   * Upsamples a part of a row across, and down from the two rows between which it lies. A component
   * of one or two columns is repeated.
   *
   * @param samples the component
   * @param row where the nearer row begins
   * @param otherRow where the other begins; at the picture's edge the same
   * @param columns how many samples they have
   * @param from the first pixel, even
   * @param to the pixel after the last, at most twice the samples
   * @param into receives the pixels, the first at index 0
   */
  static void acrossAndDown(
      byte[] samples, int row, int otherRow, int columns, int from, int to, byte[] into) {
    if (columns <= 2) {
      across(samples, row, columns, from, to, into);
      return;
    }
    int last = columns - 1;
    int first = from / 2;
    int before = down(samples, row, otherRow, Math.max(first - 1, 0));
    int here = down(samples, row, otherRow, first);
    for (int i = first; 2 * i < to; i++) {
      int after = down(samples, row, otherRow, Math.min(i + 1, last));
      int x = 2 * i - from;
      into[x] = (byte) ((3 * here + before + 8) >> 4);
      if (x + 1 < to - from) {
        into[x + 1] = (byte) ((3 * here + after + 7) >> 4);
      }
      before = here;
      here = after;
    }
  }

  private static int down(byte[] samples, int row, int otherRow, int column) {
    return 3 * (samples[row + column] & 255) + (samples[otherRow + column] & 255);
  }
}
