package io.cxr.dataset;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.file.Sha256;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A labelled image of a data set. The pixels stay on disk until they are read.
 *
 * @param file the image file
 * @param label the true label, such as {@code COVID19}
 * @param patient an identifier of the patient, where known; left out of {@link #toString()}
 * @param source the collection or hospital that the image comes from, where known
 * @param subset the subset that the folders {@code train}, {@code val} and {@code test} assign it
 *     to, where there are such folders
 */
public record LabelledRadiograph(
    Path file,
    String label,
    Optional<String> patient,
    Optional<String> source,
    Optional<Subset> subset) {

  /** Checks the values. */
  public LabelledRadiograph {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(patient, "patient");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(subset, "subset");
  }

  /**
   * Reads the pixels, each time anew.
   *
   * @return the radiograph
   * @throws IOException if the file is missing or unreadable
   * @throws UnsupportedRadiographException if it is not an image, damaged, or too large
   */
  public Radiograph read() throws IOException {
    return Radiograph.read(file);
  }

  /**
   * Reads the pixels as {@link #read()} does, for those who read many: a refusal names the file.
   *
   * @return the radiograph
   * @throws IOException if the file is missing or unreadable
   * @throws UnsupportedRadiographException if it is not an image, damaged, or too large
   */
  public Radiograph readNamed() throws IOException {
    try {
      return read();
    } catch (UnsupportedRadiographException e) {
      throw named(e);
    }
  }

  /**
   * Decodes the pixels from the bytes of the file, for those who have read it already.
   *
   * @param encoded the file's bytes
   * @return the radiograph
   * @throws UnsupportedRadiographException if it is not an image, damaged, or too large; the
   *     message names the file
   */
  public Radiograph decodeNamed(byte[] encoded) {
    try {
      return Radiograph.read(encoded);
    } catch (UnsupportedRadiographException e) {
      throw named(e);
    }
  }

  private UnsupportedRadiographException named(UnsupportedRadiographException e) {
    return new UnsupportedRadiographException(
        e.reason(), file + ": " + e.getMessage() + " Remove or replace this file.", e);
  }

  /**
   * The SHA-256 of the file's bytes: equal for copies under other names. It reads the whole file,
   * each time anew.
   *
   * @return 64 lower-case hexadecimal digits
   * @throws IOException if the file is missing or unreadable
   */
  public String contentHash() throws IOException {
    return Sha256.hex(file);
  }

  /** The file and its label, without the patient: this text may reach a log. */
  @Override
  public String toString() {
    return "LabelledRadiograph[" + file + ", " + label + "]";
  }
}
