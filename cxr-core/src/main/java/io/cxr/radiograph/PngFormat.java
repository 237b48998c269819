package io.cxr.radiograph;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import io.cxr.codec.png.PngDecoder;
import java.util.Set;

/** PNG (ISO/IEC 15948). */
public final class PngFormat extends ImageFileFormat {
  /** For {@link java.util.ServiceLoader}. */
  public PngFormat() {
    super("PNG", Set.of("png"), "89504e470d0a1a0a");
  }

  @Override
  GraySamples decode(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    return PngDecoder.ofCheckedChunks(
            encoded, length, options.limits().pixels(), CodecMemory.of(buffers))
        .decode(notes(), JdkCodecs::gray);
  }
}
