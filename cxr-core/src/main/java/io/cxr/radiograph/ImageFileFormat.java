package io.cxr.radiograph;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecNotes;
import io.cxr.codec.GraySamples;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** A format that is told by its first bytes, and the words in which its files are refused. */
abstract sealed class ImageFileFormat implements RadiographFormat
    permits BmpFormat, GifFormat, JpegFormat, PngFormat, TiffFormat {
  private final String name;
  private final Set<String> extensions;
  private final List<byte[]> beginnings;

  /**
   * Creates the format.
   *
   * @param beginnings how its files begin, in hexadecimal digits
   */
  ImageFileFormat(String name, Set<String> extensions, String... beginnings) {
    this.name = name;
    this.extensions = extensions;
    this.beginnings = Arrays.stream(beginnings).map(HexFormat.of()::parseHex).toList();
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Set<String> extensions() {
    return extensions;
  }

  @Override
  public final int recognise(byte[] encoded, int length) {
    for (byte[] beginning : beginnings) {
      if (length >= beginning.length && agrees(beginning, encoded, beginning.length)) {
        return beginning.length;
      }
    }
    return 0;
  }

  @Override
  public final boolean mayBegin(byte[] encoded, int length) {
    return beginnings.stream()
        .anyMatch(beginning -> length < beginning.length && agrees(beginning, encoded, length));
  }

  private static boolean agrees(byte[] beginning, byte[] encoded, int length) {
    return Arrays.equals(beginning, 0, length, encoded, 0, length);
  }

  @Override
  public final Radiograph read(
      byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
    try {
      return buffers.radiograph(decode(encoded, length, options, buffers));
    } catch (CodecException e) {
      throw Refusal.of(name, e);
    }
  }

  /** Decodes a file to gray. */
  abstract GraySamples decode(
      byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers);

  /** The log for what is decoded though it is not as it should be. */
  final CodecNotes notes() {
    return (expected, found, taken) -> Leniency.tell(name, expected, found, taken);
  }

  static byte[] exactly(byte[] encoded, int length) {
    return encoded.length == length ? encoded : Arrays.copyOf(encoded, length);
  }
}
