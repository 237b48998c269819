package io.cxr.dicom;

import java.util.Objects;

/**
 * A deviation from the standard in a DICOM instance that was tolerated, and how it was interpreted.
 * Immutable.
 *
 * @param kind the rule that was violated
 * @param message what was found and how it was interpreted, without patient data
 * @param times the number of occurrences, from 1
 */
public record Leniency(Kind kind, String message, int times) {
  /** The rule of DICOM that was violated. */
  public enum Kind {
    /** File meta information in another encoding, incomplete or in the data set (PS3.10 7.1). */
    FILE_META_INFORMATION,
    /** A declared transfer syntax that is not that of the data set or its pixel data (PS3.5 10). */
    TRANSFER_SYNTAX,
    /** A value representation that PS3.5 6.2 does not define. */
    VALUE_REPRESENTATION,
    /** A tag that is repeated in its data set (PS3.5 7.1). */
    REPEATED_ELEMENT,
    /** Pixel data without a delimiter at their end (PS3.5 A.4). */
    MISSING_DELIMITER,
    /** Bytes after the data set. */
    TRAILING_BYTES,
    /** An invalid number. */
    NUMBER,
    /** A code string in lower case, or one that PS3.3 does not define there. */
    CODE_STRING,
    /** A lookup table whose descriptor contradicts its data, or one without data (PS3.3 C.11). */
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

  /** The message and the number of occurrences. */
  @Override
  public String toString() {
    return times == 1 ? message : message + " (" + times + " times)";
  }
}
