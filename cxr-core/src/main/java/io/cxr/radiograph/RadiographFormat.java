package io.cxr.radiograph;

import io.cxr.error.UnsupportedRadiographException;
import java.util.Set;

/**
 * A file format that {@link RadiographReader} reads. Formats are found by {@link
 * java.util.ServiceLoader}, through the class loader of this interface: register one in {@code
 * META-INF/services/io.cxr.radiograph.RadiographFormat}, or in a module's {@code provides}. One
 * instance is used by all threads.
 */
public interface RadiographFormat {
  /**
   * The format's name.
   *
   * @return such as {@code PNG}
   */
  String name();

  /**
   * The usual file name extensions.
   *
   * @return in lower case, without a dot; may be empty
   */
  Set<String> extensions();

  /**
   * Whether files of this format often have other extensions or none, so that they must be
   * recognised by their first bytes.
   *
   * @return false by default
   */
  default boolean isOftenUnnamed() {
    return false;
  }

  /**
   * Recognises a file of this format by its first bytes. If several formats recognise a file, the
   * one that recognises the most bytes reads it.
   *
   * @param encoded starts with the file, or with its first bytes
   * @param length the number of valid bytes in the array
   * @return the number of leading bytes that identify the format; 0 if the file has another format
   */
  int recognise(byte[] encoded, int length);

  /**
   * Whether a file is so short that it could be the beginning of a file of this format.
   *
   * @param encoded starts with the file
   * @param length the number of valid bytes in the array; at least 1
   * @return false by default
   */
  default boolean mayBegin(byte[] encoded, int length) {
    return false;
  }

  /**
   * Reads a recognised file.
   *
   * @param encoded starts with the file; neither changed nor kept
   * @param length the number of valid bytes in the array
   * @param options the limits and codecs
   * @param buffers the buffers of the calling thread
   * @return the radiograph; nothing else may hold its pixels
   * @throws UnsupportedRadiographException if the file is damaged, too large or of a kind that
   *     cannot be read
   */
  Radiograph read(byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers);
}
