package io.cxr.radiograph;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import io.cxr.codec.png.PngDecoder;
import java.awt.image.Raster;
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
        .decode(notes(), PngFormat::byCodec);
  }

  /** The gray as the JDK's codec decodes it. */
  static GraySamples byCodec(PngDecoder checked) {
    Raster raster = JdkRasters.png(checked.samplesOnly());
    int columns = checked.columns();
    int values = columns * checked.channels();
    short[] deep = new short[checked.depth() == 16 ? values : 0];
    return checked.grayOf(
        (y, samples) -> {
          if (deep.length == 0) {
            raster.getDataElements(0, y, columns, 1, samples);
            return;
          }
          raster.getDataElements(0, y, columns, 1, deep);
          for (int i = 0; i < values; i++) {
            samples[2 * i] = (byte) (deep[i] >> 8);
            samples[2 * i + 1] = (byte) deep[i];
          }
        });
  }
}
