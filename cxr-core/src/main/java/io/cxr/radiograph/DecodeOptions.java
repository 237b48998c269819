package io.cxr.radiograph;

import java.util.Objects;

/**
 * How files are decoded.
 *
 * @param limits the limits on the size of an image
 * @param jpegCodec the codec for JPEG files
 */
public record DecodeOptions(DecodeLimits limits, JpegCodec jpegCodec) {

  /** {@link DecodeLimits#DEFAULT} and {@link JpegCodec#OWN}. */
  public static final DecodeOptions DEFAULT =
      new DecodeOptions(DecodeLimits.DEFAULT, JpegCodec.OWN);

  /** Checks the values. */
  public DecodeOptions {
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(jpegCodec, "jpegCodec");
  }
}
