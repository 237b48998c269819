package io.cxr.radiograph;

import io.cxr.error.UnsupportedRadiographException;
import java.util.Set;

/**
 * A file format that {@link RadiographReader} reads. Formats are found by {@link
 * java.util.ServiceLoader}, through the class loader of this interface: named in {@code
 * META-INF/services/io.cxr.radiograph.RadiographFormat}, or in a module's {@code provides}. One
 * instance serves all threads.
 */
public interface RadiographFormat {
  /**
   * The format's name.
   *
   * @return such as {@code PNG}
   */
  String name();

  /**
   * The usual endings of its files' names.
   *
   * @return in lower case, without a point; may be empty
   */
  Set<String> extensions();

  /**
   * Whether its files often have another name, or none that says anything, so that they are looked
   * for by their first bytes.
   *
   * @return false, unless the format says otherwise
   */
  default boolean isOftenUnnamed() {
    return false;
  }

  /**
   * Whether bytes are a file of this format, by how it begins. Where several formats say so, that
   * is read of which the most bytes are known.
   *
   * @param encoded begins with the file, or with its first bytes
   * @param length how many bytes of the array count
   * @return up to which byte the file is known to be of this format; 0 if it is none
   */
  int recognise(byte[] encoded, int length);

  /**
   * Whether a file is so short that it might begin one of this format.
   *
   * @param encoded begins with the file
   * @param length how many bytes of the array count; at least 1
   * @return false, unless the format says otherwise
   */
  default boolean mayBegin(byte[] encoded, int length) {
    return false;
  }

  /**
   * Reads a file that was recognised.
   *
   * @param encoded begins with the file; unchanged and not kept
   * @param length how many bytes of the array count
   * @param options the limits, and who decodes
   * @param buffers memory of the calling thread
   * @return the radiograph, of which nobody else holds the pixels
   * @throws UnsupportedRadiographException if the file is damaged, too large or of a kind that
   *     cannot be read
   */
  Radiograph read(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers);
}
