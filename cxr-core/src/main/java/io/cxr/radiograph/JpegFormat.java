package io.cxr.radiograph;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import io.cxr.codec.jpeg.JpegDecoder;
import java.util.Optional;
import java.util.Set;

/** JPEG (ITU-T T.81, JFIF). */
public final class JpegFormat extends ImageFileFormat {
  /** For {@link java.util.ServiceLoader}. */
  public JpegFormat() {
    super("JPEG", Set.of("jpg", "jpeg"), "ffd8ff");
  }

  @Override
  GraySamples decode(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    CodecMemory memory = CodecMemory.of(buffers);
    JpegDecoder checked =
        JpegDecoder.ofCheckedSegments(encoded, length, options.limits().pixels(), memory);
    Optional<GraySamples> gray = Optional.empty();
    if (options.jpegCodec() == JpegCodec.LIBJPEG_TURBO) {
      gray = byTurbo(checked, encoded, length, buffers);
    }
    if (gray.isEmpty()) {
      gray = checked.byScans();
    }
    return gray.orElseGet(() -> JdkCodecs.gray(checked));
  }

  /**
   * The gray by libjpeg-turbo, or nothing if the file is of a rare kind, refused, or if it is
   * warned of. Its own conversion to gray would take the luma, which differs where a colour is
   * clamped: so it decodes to RGB.
   */
  static Optional<GraySamples> byTurbo(
      JpegDecoder checked, byte[] encoded, int length, DecodeBuffers buffers) {
    if (!checked.isUsual()) {
      return Optional.empty();
    }
    CodecMemory memory = CodecMemory.of(buffers);
    int rows = checked.rows();
    int columns = checked.columns();
    boolean gray = checked.components() == 1;
    int space =
        gray ? TurboJpeg.SPACE_GRAY : checked.isRgb() ? TurboJpeg.SPACE_RGB : TurboJpeg.SPACE_YCC;
    byte[] into = gray ? memory.pixels(rows * columns) : memory.samples(3 * rows * columns);
    boolean decoded =
        buffers
            .turboJpeg()
            .decode(
                encoded, length, rows, columns, space, gray ? TurboJpeg.GRAY : TurboJpeg.RGB, into);
    if (!decoded) {
      return Optional.empty();
    }
    return Optional.of(gray ? checked.grayOf(into) : checked.grayOfRgb(into));
  }
}
