package io.cxr.radiograph;

import io.cxr.codec.GraySamples;
import java.util.Set;

/** Windows bitmaps. */
public final class BmpFormat extends ImageFileFormat {
  /** For {@link java.util.ServiceLoader}. */
  public BmpFormat() {
    super("BMP", Set.of("bmp"), "424d");
  }

  @Override
  GraySamples decode(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    return BmpDecoder.decode(exactly(encoded, length), options.limits().pixels(), notes());
  }
}
