package io.cxr.train.audit;

import java.util.Objects;

/**
 * Two images of a data set that are the same image.
 *
 * @param first a file relative to the data set's folder, with {@code /}
 * @param second another
 * @param kind how alike they are
 * @param distance in how many of 63 bits their perceptual hashes differ
 * @param acrossPatients whether they are listed under different patients
 * @param acrossLabels whether they are in different classes, or other things are said of their
 *     findings
 * @param acrossParts whether one is for training and the other for validation, by the folder's
 *     layout
 */
public record CopyPair(
    String first,
    String second,
    Kind kind,
    int distance,
    boolean acrossPatients,
    boolean acrossLabels,
    boolean acrossParts) {

  /** How alike two images are. */
  public enum Kind {
    /** The same bytes. */
    EXACT,
    /** The same picture, resized, recompressed or brightened. */
    NEAR
  }

  /** Checks the values. */
  public CopyPair {
    Objects.requireNonNull(first, "first");
    Objects.requireNonNull(second, "second");
    Objects.requireNonNull(kind, "kind");
  }

  /** The pair in words, on one line. */
  String words() {
    return (kind() == CopyPair.Kind.EXACT ? "same bytes:   " : "same picture: ")
        + first()
        + " = "
        + second()
        + (acrossPatients() ? ", across patients" : "")
        + (acrossLabels() ? ", across classes" : "")
        + (acrossParts() ? ", across the split" : "");
  }
}
