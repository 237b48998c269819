package io.cxr.codec.jpeg;

import io.cxr.codec.Luma;

/** Gray of three components, as if they were converted to RGB first. */
final class JpegColour {
  /** What a colour difference adds to the luma. */
  private static final int[] RED = new int[256];

  private static final int[] BLUE = new int[256];

  /** The same for green, times 65536; rounding included in one. */
  private static final int[] GREEN_OF_RED = new int[256];

  private static final int[] GREEN_OF_BLUE = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int difference = i - 128;
      RED[i] = (91881 * difference + 32768) >> 16;
      BLUE[i] = (116130 * difference + 32768) >> 16;
      GREEN_OF_RED[i] = -46802 * difference;
      GREEN_OF_BLUE[i] = -22554 * difference + 32768;
    }
  }

  private JpegColour() {}

  /** Gray of interleaved red, green and blue. */
  static void grayOfRgb(byte[] samples, int length, byte[] pixels) {
    for (int i = 0, at = 0; i < length; i++, at += 3) {
      pixels[i] =
          (byte) Luma.ofRgb(samples[at] & 255, samples[at + 1] & 255, samples[at + 2] & 255);
    }
  }

  /** Gray of interleaved luma, blue and red. */
  static void grayOfYcc(byte[] samples, int length, byte[] pixels) {
    for (int i = 0, at = 0; i < length; i++, at += 3) {
      pixels[i] = (byte) grayOfYcc(samples[at] & 255, samples[at + 1] & 255, samples[at + 2] & 255);
    }
  }

  /** Turns red into gray, in place. */
  static void grayOfRgb(byte[] pixels, int from, int length, byte[] greens, byte[] blues) {
    for (int i = 0; i < length; i++) {
      pixels[from + i] = (byte) Luma.ofRgb(pixels[from + i] & 255, greens[i] & 255, blues[i] & 255);
    }
  }

  /** Turns luma into gray, in place. */
  static void grayOfYcc(byte[] pixels, int from, int length, byte[] blues, byte[] reds) {
    for (int i = 0; i < length; i++) {
      pixels[from + i] = (byte) grayOfYcc(pixels[from + i] & 255, blues[i] & 255, reds[i] & 255);
    }
  }

  /**
   * YCbCr to RGB in libjpeg's fixed point of 16 bits (JFIF 1.02), then to gray: the luma alone
   * would differ where a colour is clamped.
   */
  private static int grayOfYcc(int luma, int blue, int red) {
    int r = luma + RED[red];
    int g = luma + ((GREEN_OF_BLUE[blue] + GREEN_OF_RED[red]) >> 16);
    int b = luma + BLUE[blue];
    if (((r | g | b) & ~255) != 0) {
      r = clamp(r);
      g = clamp(g);
      b = clamp(b);
    }
    return Luma.ofRgb(r, g, b);
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
