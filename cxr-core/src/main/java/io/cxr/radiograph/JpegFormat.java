package io.cxr.radiograph;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.GraySamples;
import io.cxr.codec.jpeg.JpegDecoder;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.util.ArrayList;
import java.util.List;
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
    return gray.orElseGet(() -> byCodec(checked));
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

  /** The gray as the JDK's codec decodes it; its warnings count as damage. */
  static GraySamples byCodec(JpegDecoder checked) {
    List<String> warnings = new ArrayList<>();
    Raster raster = JdkRasters.jpeg(checked.picture(), warnings);
    for (String warning : warnings) {
      checkWarning(warning);
    }
    if (raster.getWidth() != checked.columns()
        || raster.getHeight() != checked.rows()
        || raster.getNumBands() != checked.components()
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || buffer.getSize() != checked.rows() * checked.columns() * checked.components()) {
      throw Refusal.damaged("JPEG", "one frame of the stated size", "another");
    }
    return checked.grayOf(buffer.getData());
  }

  /**
   * Warnings of the JDK's libjpeg; bytes between segments, which it warns of too, were left out.
   */
  private static void checkWarning(String warning) {
    if (warning.startsWith("Premature end")) {
      throw Refusal.truncated("JPEG", "its end marker before the last pixels");
    }
    if (warning.startsWith("Corrupt JPEG data")
        || warning.startsWith("Inconsistent progression")
        || warning.startsWith("Invalid SOS parameters")) {
      if (warning.contains("premature end of data segment")) {
        throw Refusal.truncated("JPEG", "a scan that ends before the last pixels");
      }
      throw Refusal.damaged("JPEG", "scans without errors", "errors in the compressed pixels");
    }
  }
}
