package io.cxr.preprocess;

/**
 * Spreads gray levels so that each share of the range holds the same share of the pixels: the
 * cumulative histogram, less the darkest level's count, scaled to 0..255. Same rounding as OpenCV's
 * {@code equalizeHist} (OpenCV manual, imgproc, Histogram Equalization), so equal bit for bit.
 * Stateless and thread-safe.
 */
final class HistogramEqualizer implements GrayFilter {

  @Override
  public GrayImage apply(GrayImage image, Workspace workspace) {
    int[] histogram = new int[256];
    int size = image.size();
    byte[] pixels = image.pixels;
    for (int i = 0; i < size; i++) {
      histogram[pixels[i] & 0xff]++;
    }
    int darkest = 0;
    while (histogram[darkest] == 0) {
      darkest++;
    }
    int others = size - histogram[darkest];
    if (others == 0) {
      return image;
    }
    // In float, as OpenCV computes it: double would round a few levels differently.
    float scale = 255f / others;
    byte[] equalized = new byte[256];
    int below = 0;
    for (int level = darkest + 1; level < 256; level++) {
      below += histogram[level];
      equalized[level] = (byte) Math.min(255, (int) Math.rint(below * scale));
    }
    for (int i = 0; i < size; i++) {
      pixels[i] = equalized[pixels[i] & 0xff];
    }
    return image;
  }
}
