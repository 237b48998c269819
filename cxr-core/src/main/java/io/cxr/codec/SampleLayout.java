package io.cxr.codec;

/**
 * What decoded samples look like where that is known beforehand, such as from a DICOM data set: row
 * by row, the samples of a pixel together, each an unsigned number of one byte, or of two with the
 * lower one first.
 *
 * @param rows at least 1
 * @param columns at least 1
 * @param channels samples a pixel, at least 1
 * @param sampleBytes bytes a sample: 1 or 2
 */
public record SampleLayout(int rows, int columns, int channels, int sampleBytes) {

  /** Checks the values. */
  public SampleLayout {
    if (rows < 1 || columns < 1 || channels < 1 || sampleBytes < 1 || sampleBytes > 2) {
      throw new IllegalArgumentException(
          "Layout: expected rows, columns, channels and 1 or 2 bytes, found "
              + rows
              + ", "
              + columns
              + ", "
              + channels
              + " and "
              + sampleBytes);
    }
  }

  /** How many samples there are. */
  public int samples() {
    return Math.multiplyExact(Math.multiplyExact(rows, columns), channels);
  }

  /** How many bytes these take. */
  public int length() {
    return Math.multiplyExact(samples(), sampleBytes);
  }
}
