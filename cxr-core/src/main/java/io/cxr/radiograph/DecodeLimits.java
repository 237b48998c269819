package io.cxr.radiograph;

/**
 * Limits on the size of an image, checked before memory for its pixels is allocated.
 *
 * @param pixels the maximum number of pixels, rows times columns; at least 1
 * @param bytes the maximum number of encoded bytes; at least 1
 */
public record DecodeLimits(long pixels, long bytes) {

  /** 64 megapixels (2^26) and 256 MiB. */
  public static final DecodeLimits DEFAULT = new DecodeLimits(1L << 26, 1L << 28);

  /** Checks the values. */
  public DecodeLimits {
    if (pixels < 1 || bytes < 1 || bytes > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException(
          "Limits: expected at least one pixel and 1 to "
              + (Integer.MAX_VALUE - 16)
              + " bytes, found "
              + pixels
              + " and "
              + bytes);
    }
  }
}
