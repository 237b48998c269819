package io.cxr.dicom;

import java.util.Objects;

/**
 * Something in a DICOM instance that is not as the standard has it, and what it was taken for, so
 * that the instance could be read all the same. Immutable.
 *
 * @param kind which rule was not kept
 * @param message what was found and what it counts as, without a value of the patient
 * @param times how often it was found, from 1
 */
public record Leniency(Kind kind, String message, int times) {
  /** Which rule of DICOM was not kept. */
  public enum Kind {
    /** File meta information in another encoding, incomplete or in the data set (PS3.10 7.1). */
    FILE_META_INFORMATION,
    /** A transfer syntax that the data set or its pixel data are not in (PS3.5 10). */
    TRANSFER_SYNTAX,
    /** A value representation that PS3.5 6.2 does not have. */
    VALUE_REPRESENTATION,
    /** A tag that comes again in its data set (PS3.5 7.1). */
    REPEATED_ELEMENT,
    /** Pixel data without a delimiter at their end (PS3.5 A.4). */
    MISSING_DELIMITER,
    /** Bytes after the data set. */
    TRAILING_BYTES,
    /** A number that cannot be read or means nothing. */
    NUMBER,
    /** A code string in lower case, or one that PS3.3 does not define there. */
    CODE_STRING,
    /** A lookup table whose descriptor and data disagree, or one without data (PS3.3 C.11). */
    LOOKUP_TABLE
  }

  /** Checks the values. */
  public Leniency {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(message, "message");
    if (times < 1) {
      throw new IllegalArgumentException("Times: expected at least 1, found " + times);
    }
  }

  /** The message, and how often. */
  @Override
  public String toString() {
    return times == 1 ? message : message + " (" + times + " times)";
  }
}
