package io.cxr.radiograph;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import io.cxr.codec.tiff.TiffDecoder;
import java.util.Set;

/** TIFF (TIFF 6.0) and BigTIFF. */
public final class TiffFormat extends ImageFileFormat {
  /** For {@link java.util.ServiceLoader}. */
  public TiffFormat() {
    super("TIFF", Set.of("tif", "tiff"), "49492a00", "4d4d002a", "49492b00", "4d4d002b");
  }

  @Override
  GraySamples decode(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    return TiffDecoder.decode(
        exactly(encoded, length),
        options.limits().pixels(),
        CodecMemory.of(buffers),
        notes(),
        JdkCodecs::gray);
  }
}
