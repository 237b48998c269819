package io.cxr.radiograph;

/** Gray of three components, as if they were converted to RGB first. */
final class JpegColour {
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
  static int grayOfYcc(int luma, int blue, int red) {
    int cb = blue - 128;
    int cr = red - 128;
    if ((cb | cr) == 0) {
      return luma;
    }
    return Luma.ofRgb(
        clamp(luma + ((91881 * cr + 32768) >> 16)),
        clamp(luma + ((-22554 * cb - 46802 * cr + 32768) >> 16)),
        clamp(luma + ((116130 * cb + 32768) >> 16)));
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
