package io.cxr.dicom.image;

/**
 * The cells of one decoded frame: samples interleaved, each in the low bits of an unsigned 16-bit
 * number as it was allocated; or, where the codec made one of a colour, finished 8-bit gray.
 */
final class Cells {
  private final short[] values;
  private final int samples;
  private final boolean rgb;

  private Cells(short[] values, int samples, boolean rgb) {
    this.values = values;
    this.samples = samples;
    this.rgb = rgb;
  }

  static Cells of(short[] values, int samples) {
    return new Cells(values, samples, false);
  }

  /** Colours that the codec turned to RGB already. */
  static Cells ofRgb(short[] values) {
    return new Cells(values, 3, true);
  }

  short[] values() {
    return values;
  }

  /** 3, or 1 for gray, palette indices and colours whose gray is finished. */
  int samples() {
    return samples;
  }

  boolean isRgb() {
    return rgb;
  }
}
