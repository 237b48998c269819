package io.cxr.dataset;

/**
 * What a data set says of an image: one label, what is known of each finding, or measured values.
 * All images of an {@link ImageSet} have the same kind. Implementations are immutable and
 * thread-safe.
 */
public sealed interface Annotation permits ExclusiveLabel, FindingStates, MeasuredValues {
  /** The kinds of annotation, each with the type that holds it. */
  enum Kind {
    /** {@link ExclusiveLabel}. */
    LABEL,
    /** {@link FindingStates}. */
    FINDINGS,
    /** {@link MeasuredValues}. */
    VALUES
  }
}
