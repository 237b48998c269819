package io.cxr.train;

/** Which images count alike in the training loss. */
public enum Balance {
  /** Each image, times the weight of its label where one is given. */
  NONE,
  /** Each label. */
  LABELS,
  /**
   * Each label, and within a label each source that has it: {@code images / (labels * sources of
   * the label * images of the label in the source)}. Otherwise a label looks like its largest
   * source.
   */
  SOURCES
}
