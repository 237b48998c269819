package io.cxr.radiograph;

import io.cxr.codec.GraySamples;
import java.util.Set;

/** GIF 87a and 89a. */
public final class GifFormat extends ImageFileFormat {
  /** For {@link java.util.ServiceLoader}. */
  public GifFormat() {
    super("GIF", Set.of("gif"), "474946383761", "474946383961");
  }

  @Override
  GraySamples decode(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    return GifDecoder.decode(exactly(encoded, length), options.limits().pixels());
  }
}
