package io.cxr.dataset;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.file.Sha256;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * An annotated image of a data set. The pixels stay on disk until they are read.
 *
 * @param file the image file
 * @param annotation what is true of it: its label, its findings or measured values
 * @param patient an identifier of the patient, where known; left out of {@link #toString()}
 * @param source the collection or hospital that the image comes from, where known
 * @param subset the subset that the folders {@code train}, {@code val} and {@code test}, or the
 *     column of a table, assign it to, where there are such
 */
public record LabelledRadiograph(
    Path file,
    Annotation annotation,
    Optional<String> patient,
    Optional<String> source,
    Optional<Subset> subset) {

  /** Checks the values. */
  public LabelledRadiograph {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(annotation, "annotation");
    Objects.requireNonNull(patient, "patient");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(subset, "subset");
  }

  /**
   * An image with one label.
   *
   * @param file the image file
   * @param label the true label, such as {@code COVID19}
   * @param patient an identifier of the patient, where known
   * @param source the collection or hospital that the image comes from, where known
   * @param subset the subset that folders or a table assign it to, where they do
   */
  public LabelledRadiograph(
      Path file,
      String label,
      Optional<String> patient,
      Optional<String> source,
      Optional<Subset> subset) {
    this(file, new ExclusiveLabel(label), patient, source, subset);
  }

  /**
   * The one label.
   *
   * @return such as {@code COVID19}
   * @throws IllegalStateException if the image has findings or measured values instead
   */
  public String label() {
    if (annotation instanceof ExclusiveLabel exclusive) {
      return exclusive.label();
    }
    throw new IllegalStateException(
        "Image: expected one exclusive label, found " + annotation.getClass().getSimpleName());
  }

  /**
   * What is known of each finding.
   *
   * @return a state for each
   * @throws IllegalStateException if the image has one label or measured values instead
   */
  public FindingStates findings() {
    if (annotation instanceof FindingStates states) {
      return states;
    }
    throw new IllegalStateException(
        "Image: expected findings, found " + annotation.getClass().getSimpleName());
  }

  /**
   * What was measured.
   *
   * @return a value for each measurement
   * @throws IllegalStateException if the image has one label or findings instead
   */
  public MeasuredValues measured() {
    if (annotation instanceof MeasuredValues values) {
      return values;
    }
    throw new IllegalStateException(
        "Image: expected measured values, found " + annotation.getClass().getSimpleName());
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

  /** The file and what is true of it, without the patient: this text may reach a log. */
  @Override
  public String toString() {
    return "LabelledRadiograph[" + file + ", " + annotation + "]";
  }
}
